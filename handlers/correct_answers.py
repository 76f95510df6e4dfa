"""Correction push (更正推送): whoever got an answer from a card or an article that says something else now hears of it.

Only who really got other words: their question is answered anew, and what counts of it (the answer, and paragraphs with
figures) must differ from what the archive says they read. Only who lets themselves be written to, outside the quiet
hours, once for each change, and nobody who asked again since. Their messages and the mark that it was done are one
transaction: a process that dies repeats nothing and leaves nobody out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from consultations import archive, corrections, outbox
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.corrections import Change
from consultations.messages import Block, Outbound
from handlers import policy_wording, wording
from handlers.ask import compose
from handlers.desk import Desk
from handlers.talk import AFTERCARE_PRIORITY, human_row, office_time, row
from knowledge.passages import Answer
from policies.compilation import policy_titled, revisions_of
from policies.validity import in_force

_MOST_AT_ONCE = 200  # questions answered anew in one tick; the rest waits for the next
_LATER_QUESTIONS = 200  # of one person that are looked through for whether they asked again
_FIGURE = re.compile(r"\d")
_STAFF_PRIORITY = 5


@dataclass(frozen=True)
class _Asked:
    """What somebody asked and read, without its session."""

    consultation_id: int
    contact_id: int
    question: str
    reply: str


def run_due(desk: Desk) -> int:
    """How many people will hear that their answer changed; the first look ever only takes stock of the archive."""
    today = office_time(desk.settings).day(desk.now())
    with desk.reading() as session:
        known, has_begun = corrections.told(session), corrections.has_begun(session)
        changes = [each for each in _changes(session, desk, today) if each not in known]
    if not has_begun:
        with desk.writing() as session:
            for change in changes:
                corrections.record(session, change, 0, desk.now())
            corrections.begin(session, desk.now())
        return 0
    n_told, n_asked = 0, 0
    for change in changes:
        with desk.reading() as session:
            asked = [_asked(each) for each in _answered_with(session, change)]
        n_asked += len(asked)
        n_told += _tell(desk, change, _other_words(desk, change, asked, today))
        if n_asked >= _MOST_AT_ONCE:
            break
    return n_told


def _changes(session: Session, desk: Desk, today: date) -> Iterator[Change]:
    """What answers in the archive rest on and says something else today."""
    for card_id, version in sorted(corrections.cards_answered_with(session)):
        card = desk.shelf.version_on(card_id, today)
        if card is not None and not card.is_empty and card.version != version:
            yield Change(f"card:{card_id}", version, card.version)
    for law, version in sorted(corrections.laws_answered_with(session)):
        policy = policy_titled(session, law)
        current = in_force(revisions_of(session, policy.id), today) if policy and policy.id else []
        if current and current[0].version != version:
            yield Change(f"law:{law}", version, current[0].version)


def _answered_with(session: Session, change: Change) -> Sequence[Consultation]:
    kind, _, name = change.subject.partition(":")
    find = corrections.answered_with_card if kind == "card" else corrections.answered_with_law
    return find(session, name, change.before)


def _asked(each: Consultation) -> _Asked:
    return _Asked(each.key, each.contact_id, each.edited_text or each.question, each.reply)


def _other_words(desk: Desk, change: Change, asked: Sequence[_Asked], today: date) -> list[tuple[_Asked, Answer]]:
    """Who would read other words today, with these words; whose question leads elsewhere by itself is left alone."""
    answers = {question: desk.answerer.answer(question, today) for question in {each.question for each in asked}}
    return [
        (each, answers[each.question])
        for each in asked
        if _is_about(desk, change, answers[each.question], today) and _differs(answers[each.question], each.reply)
    ]


def _is_about(desk: Desk, change: Change, answer: Answer, today: date) -> bool:
    """Whether an answer comes from what changed."""
    kind, _, name = change.subject.partition(":")
    if answer.action != "answer":
        return False
    if kind == "law":
        return not answer.card_id and any(each.law == name for each in answer.citations)
    card = desk.shelf.version_on(name, today)
    return card is not None and answer.card_id in (name, card.card_id)


def _differs(answer: Answer, reply: str) -> bool:
    """Whether what counts of an answer does not stand in what somebody read."""
    read = "".join(reply.split())
    counts = [answer.lead, *(each for each in answer.details if _FIGURE.search(each))]
    return any("".join(each.split()) not in read for each in counts)


def _tell(desk: Desk, change: Change, found: Sequence[tuple[_Asked, Answer]]) -> int:
    now = desk.now()
    due_at = office_time(desk.settings).after_quiet(now)
    with desk.writing() as session:
        people = {each.contact_id: (each, answer) for each, answer in found}  # their last question counts
        welcome = {
            contact_id: told
            for contact_id, told in people.items()
            if _may_be_told(session.get(Contact, contact_id)) and not _asked_again(session, told[0])
        }
        if not corrections.record(session, change, len(welcome), now):
            return 0
        for contact_id, (asked, answer) in welcome.items():
            outbox.enqueue(
                session,
                _message(session.get_one(Contact, contact_id), asked, answer),
                now=now,
                due_at=due_at,
                dedupe_key=f"correction:{change.subject}:{change.after}:{contact_id}",
                on_doubt="hold",
                priority=AFTERCARE_PRIORITY,
            )
        if welcome:
            _tell_staff(session, desk, change, len(welcome), now)
    return len(welcome)


def _may_be_told(contact: Contact | None) -> bool:
    return contact is not None and contact.is_welcome_to_unasked


def _asked_again(session: Session, asked: _Asked) -> bool:
    """Whether the person asked the same since: they know."""
    later = archive.latest(session, asked.contact_id, _LATER_QUESTIONS)
    return any(each.key > asked.consultation_id and each.question == asked.question for each in later)


def _message(contact: Contact, asked: _Asked, answer: Answer) -> Outbound:
    head = (Block("note", wording.asked_before(asked.question)), Block("text", policy_wording.ANSWER_CHANGED))
    buttons = (human_row(), row((wording.UNSUBSCRIBE, "stop")))
    return Outbound(contact.address, (*head, *compose(answer)), buttons, kind="follow_up")


def _tell_staff(session: Session, desk: Desk, change: Change, n_people: int, now: datetime) -> None:
    text = policy_wording.corrected(change.subject.partition(":")[2], n_people)
    for room in desk.settings.staff_rooms:
        key = f"correction:{change.subject}:{change.after}:{room}"
        message = Outbound(room, (Block("text", text),), kind="staff")
        due_at = office_time(desk.settings).next_open(now)
        outbox.enqueue(session, message, now=now, due_at=due_at, dedupe_key=key, priority=_STAFF_PRIORITY)
