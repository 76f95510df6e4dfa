"""Correction push (更正推送): whoever got an answer from a card or an article that says something else now hears of it.

Only who really got other words: their question is answered anew, and what counts of it (the answer, and paragraphs with
figures) must differ from what they read last, in the archive or in a push since: a wrong push is taken back.
Only who lets themselves be written to, outside the quiet hours, once for each change, and nobody who asked again since.
Their messages and the mark that it was done are one transaction: a process that dies repeats nothing and leaves nobody
out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from consultations import archive, corrections, outbox
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.corrections import Change, Correction
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
    """What somebody asked and read, without its session; `told` are the hashes of what a push told them since."""

    consultation_id: int
    contact_id: int
    question: str
    reply: str
    at: datetime
    told: str


def run_due(desk: Desk) -> int:
    """How many people will hear that their answer changed; the first look ever only takes stock of the archive."""
    today = office_time(desk.settings).day(desk.now())
    with desk.reading() as session:
        has_begun = corrections.has_begun(session)
        changes = corrections.due(session, _holding(session, desk, today))
    if not has_begun:
        with desk.writing() as session:
            for change in changes:
                corrections.record(session, change, 0, desk.now())
            corrections.begin(session, desk.now())
        return 0
    n_told, n_asked = 0, 0
    for change in changes:
        with desk.reading() as session:
            since = corrections.read_since(session, change.subject)
            asked = [_asked(each, since.get(each.key)) for each in _answered_with(session, change)]
        n_asked += len(asked)
        n_told += _tell(desk, change, _other_words(desk, change, asked, today))
        if n_asked >= _MOST_AT_ONCE:
            break
    return n_told


def _holding(session: Session, desk: Desk, today: date) -> Iterator[tuple[str, str, str]]:
    """``(subject, what answers in the archive quoted, what holds today)``; both are the same where nothing changed."""
    for card_id, version in sorted(corrections.cards_answered_with(session)):
        card = desk.shelf.version_on(card_id, today)
        if card is not None and not card.is_empty:
            yield f"card:{card_id}", version, card.version
    for law, revision in sorted(corrections.laws_answered_with(session)):
        policy = policy_titled(session, law)
        current = in_force(revisions_of(session, policy.id), today) if policy and policy.id else []
        if ids := [str(each.id) for each in current]:  # excerpts of one version hold side by side
            yield f"law:{law}", revision, revision if revision in ids else ",".join(ids)


def _answered_with(session: Session, change: Change) -> Sequence[Consultation]:
    kind, _, name = change.subject.partition(":")
    find = corrections.answered_with_card if kind == "card" else corrections.answered_with_law
    return find(session, name, change.before)


def _asked(each: Consultation, since: Correction | None) -> _Asked:
    question = each.edited_text or each.question
    return _Asked(each.key, each.contact_id, question, each.reply, each.created_at, since.words if since else "")


def _other_words(desk: Desk, change: Change, asked: Sequence[_Asked], today: date) -> list[tuple[_Asked, Answer]]:
    """Who would read other words today, with these words; whose question leads elsewhere by itself is left alone."""
    answers = {question: desk.answerer.answer(question, today) for question in {each.question for each in asked}}
    return [
        (each, answers[each.question])
        for each in asked
        if _is_about(desk, change, answers[each.question], today) and _differs(answers[each.question], each)
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


def _differs(answer: Answer, asked: _Asked) -> bool:
    """Whether what counts of an answer does not stand in what somebody read last."""
    if asked.told:
        return not set(_hashes(answer)) <= set(asked.told.split())
    read = "".join(asked.reply.split())
    return any(each not in read for each in _counting(answer))


def _counting(answer: Answer) -> list[str]:
    """What counts of an answer, without white space: the answer itself, and paragraphs with figures."""
    counts = [answer.lead, *(each for each in answer.details if _FIGURE.search(each))]
    return ["".join(each.split()) for each in counts]


def _hashes(answer: Answer) -> list[str]:
    return [hashlib.sha256(each.encode()).hexdigest()[:16] for each in _counting(answer)]


def _tell(desk: Desk, change: Change, found: Sequence[tuple[_Asked, Answer]]) -> int:
    now = desk.now()
    due_at = office_time(desk.settings).after_quiet(now)
    with desk.writing() as session:
        people = {each.contact_id: (each, answer) for each, answer in found}  # their last question counts
        welcome = {
            contact_id: told
            for contact_id, told in people.items()
            if _may_be_told(session.get(Contact, contact_id))
            and not _asked_again(session, told[0])
            and not _knows(session, change, told[0])
        }
        if not corrections.record(session, change, len(welcome), now):
            return 0
        for contact_id, (asked, answer) in welcome.items():
            n_before = len(corrections.told_person(session, contact_id, change.subject))
            outbox.enqueue(
                session,
                _message(session.get_one(Contact, contact_id), asked, answer),
                now=now,
                due_at=due_at,
                # Two versions may change at once, in two processes: whoever read both of them is told once.
                dedupe_key=f"correction:{change.subject}:{contact_id}:{n_before}",
                on_doubt="hold",
                priority=AFTERCARE_PRIORITY,
            )
            words = " ".join(_hashes(answer))
            session.add(
                Correction(
                    consultation_id=asked.consultation_id,
                    subject=change.subject,
                    after=change.after,
                    words=words,
                    at=now,
                )
            )
        if welcome:
            _tell_staff(session, desk, change, len(welcome), now)
    return len(welcome)


def _knows(session: Session, change: Change, asked: _Asked) -> bool:
    """Whether the person was told the same since, for another answer of theirs."""
    told = corrections.told_person(session, asked.contact_id, change.subject)
    return bool(told) and told[-1].at >= asked.at and told[-1].after == change.after


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
        key = f"correction:{change.subject}:{change.before}:{change.nth}:{room}"
        message = Outbound(room, (Block("text", text),), kind="staff")
        due_at = office_time(desk.settings).next_open(now)
        outbox.enqueue(session, message, now=now, due_at=due_at, dedupe_key=key, priority=_STAFF_PRIORITY)
