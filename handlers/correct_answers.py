"""Correction push (更正推送): whoever got an answer from a card or an article that says something else now hears of it.

Only who really got other words: their question is answered anew, and what counts of it (the answer, and paragraphs with
figures) must differ from what they read last, in the archive or in a push since: a wrong push is taken back.
Only who lets themselves be written to, outside the quiet hours, once for each change, and nobody who asked again since.

What was found waits for somebody to approve it, like any push; everybody's words are made when it is sent, from what
holds then. What was overtaken meanwhile is called off. Messages and the mark that it was done are one transaction: a
process that dies repeats nothing and leaves nobody out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from consultations import archive, broadcasts, corrections, outbox
from consultations.archive import Consultation
from consultations.broadcasts import Broadcast, Content, State
from consultations.contacts import Contact
from consultations.corrections import Change, Correction
from consultations.messages import Block, Outbound
from handlers import policy_wording, push_wording, wording, write_broadcast
from handlers.ask import compose
from handlers.desk import Desk
from handlers.layers import layers_of, name_of
from handlers.outlet_of_asker import answer_at
from handlers.send_broadcasts import SYSTEM
from handlers.talk import AFTERCARE_PRIORITY, human_row, office_time, row
from knowledge.passages import Answer

_MOST_AT_ONCE = 200  # questions answered anew in one tick; the rest waits for the next
_LATER_QUESTIONS = 200  # of one person that are looked through for whether they asked again
_FIGURE = re.compile(r"\d")
_OPEN: tuple[State, ...] = ("draft", "in_review", "approved", "paused")  # and not begun


@dataclass(frozen=True)
class _Asked:
    """What somebody asked and read, without its session; `told` are the hashes of what a push told them since."""

    consultation_id: int
    contact_id: int
    question: str
    reply: str
    at: datetime
    told: str
    outlet: str


@dataclass(frozen=True)
class _Over:
    """A text of which nothing holds any more, and the sentence that says so."""

    revision_id: int
    sentence: str

    def is_quoted_by(self, answer: Answer) -> bool:
        """Whether the question is about the time in which it held: the same answer is right today."""
        return any(each.passage_id.startswith(f"art:{self.revision_id}:") for each in answer.citations)

    def answer(self, today: Answer) -> Answer:
        """What the person hears: that it is over, then what their question is answered with today, if anything."""
        if today.action == "answer":
            return replace(today, lead=f"{self.sentence}{policy_wording.ANSWERED_TODAY}{today.lead}")
        return Answer("answer", today.label, today.question, f"{self.sentence}{policy_wording.NOTHING_TODAY}")


def run_due(desk: Desk) -> int:
    """How many pushes were opened or called off; the first look ever only takes stock of the archive."""
    with desk.reading() as session:
        has_begun = corrections.has_begun(session)
        changes = _changes(session, desk)
    if not has_begun:
        with desk.writing() as session:
            for change in changes:
                corrections.record(session, change, 0, desk.now())
            corrections.begin(session, desk.now())
        return 0
    n_done, n_asked = _call_off_overtaken(desk, changes), 0
    for change in changes:
        with desk.reading() as session:
            is_open = bool(broadcasts.about(session, _about(change), *_OPEN))
        if is_open:
            continue
        found, n_found = _affected(desk, change)
        n_asked += n_found
        n_done += _open(desk, change, found)
        if n_asked >= _MOST_AT_ONCE:
            break
    return n_done


def send_approved(desk: Desk) -> int:
    """How many people hear now that their answer changed, of pushes that were approved."""
    now, n_told = desk.now(), 0
    if office_time(desk.settings).is_quiet(now):
        return 0
    with desk.reading() as session:
        waiting = [each.key for each in broadcasts.in_states(session, "approved") if each.kind == "correction"]
        due = {_about(each): each for each in _changes(session, desk)} if waiting else {}
    for broadcast_id in waiting:
        with desk.reading() as session:
            about = session.get_one(Broadcast, broadcast_id).about
        change = due.get(about)
        n_told += _tell(desk, broadcast_id, change, _affected(desk, change)[0] if change else [])
    return n_told


def _changes(session: Session, desk: Desk) -> list[Change]:
    return corrections.due(session, layers_of(session, desk, _today(desk)).holding())


def _today(desk: Desk) -> date:
    return office_time(desk.settings).day(desk.now())


def _about(change: Change) -> str:
    return f"{change.subject}|{change.before}|{change.nth}|{change.after}"


def _affected(desk: Desk, change: Change) -> tuple[list[tuple[_Asked, Answer]], int]:
    """Who would read other words today, with these words; and how many were looked at."""
    with desk.reading() as session:
        since = corrections.read_since(session, change.subject)
        layers = layers_of(session, desk, _today(desk))
        found = layers.answered_with(change)
        asked = [_asked(each, since.get(each.key), layers.outlet_of(each)) for each in found]
        names = layers.answering(change.subject)
        ended = layers.ended_in(change)
        over = _Over(ended.id or 0, policy_wording.no_longer(name_of(desk, change.subject), ended)) if ended else None
    return _other_words(desk, change, names, asked, over), len(asked)


def _call_off_overtaken(desk: Desk, changes: Sequence[Change]) -> int:
    """How many open pushes tell of what is no change any more."""
    due = {_about(each) for each in changes}
    with desk.reading() as session:
        is_quiet = not any(_is_overtaken(each, due) for each in broadcasts.in_states(session, *_OPEN))
    if is_quiet:
        return 0
    with desk.writing() as session:
        overtaken = [each for each in broadcasts.in_states(session, *_OPEN) if _is_overtaken(each, due)]
        for each in overtaken:
            broadcasts.cancel(session, each, SYSTEM, desk.now(), push_wording.ANSWER_OVERTAKEN)
        return len(overtaken)


def _is_overtaken(broadcast: Broadcast, due: Collection[str]) -> bool:
    return broadcast.kind == "correction" and broadcast.started_at is None and broadcast.about not in due


def _open(desk: Desk, change: Change, found: Sequence[tuple[_Asked, Answer]]) -> int:
    """Whether a push waits for approval now. Without anybody to hear of it, or when staff called it off, it is done."""
    now = desk.now()
    with desk.writing() as session:
        welcome = _welcome(session, change, found)
        if broadcasts.about(session, _about(change), *_OPEN):
            return 0  # another process was faster
        if not welcome or _was_called_off(session, change):
            corrections.record(session, change, 0, now)
            return 0
        name = name_of(desk, change.subject)
        _, answer = next(iter(welcome.values()))
        content = Content(push_wording.correction(name, len(welcome), answer.lead), segment=push_wording.WHO_ASKED)
        broadcast = broadcasts.draft(session, content, SYSTEM, now, kind="correction", about=_about(change))
        broadcast.n_recipients = len(welcome)
        broadcasts.submit(session, broadcast, SYSTEM, now)
        write_broadcast.ask_rooms(session, desk, broadcast, now)
        return 1


def _was_called_off(session: Session, change: Change) -> bool:
    """Whether somebody of staff did not want it told."""
    before = broadcasts.about(session, _about(change), "cancelled")
    return any(broadcasts.history_of(session, each.key)[-1].actor != SYSTEM.key for each in before)


def _asked(each: Consultation, since: Correction | None, outlet: str) -> _Asked:
    question, told = each.edited_text or each.question, since.words if since else ""
    return _Asked(each.key, each.contact_id, question, each.reply, each.created_at, told, outlet)


def _other_words(
    desk: Desk, change: Change, names: Collection[str], asked: Sequence[_Asked], over: _Over | None
) -> list[tuple[_Asked, Answer]]:
    """Who would read other words today, with these words; whose question leads elsewhere by itself is left alone."""
    today = _today(desk)
    places = {(each.question, each.outlet) for each in asked}
    answers = {(words, outlet): answer_at(desk, words, today, outlet=outlet) for words, outlet in places}
    found = [(each, answers[each.question, each.outlet]) for each in asked]
    if over is not None:
        told = [(each, answer) for each, answer in found if not over.is_quoted_by(answer)]
        return [(each, over.answer(answer)) for each, answer in told if not each.told]
    return [(each, answer) for each, answer in found if _is_about(change, names, answer) and _differs(answer, each)]


def _is_about(change: Change, names: Collection[str], answer: Answer) -> bool:
    """Whether an answer comes from what changed."""
    if answer.action != "answer":
        return False
    if change.subject.startswith("law:"):
        return not answer.card_id and any(each.law in names for each in answer.citations)
    return answer.card_id in names


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


def _tell(desk: Desk, broadcast_id: int, change: Change | None, found: Sequence[tuple[_Asked, Answer]]) -> int:
    """Write to everybody who would read other words; ``None`` is a change that is none any more."""
    now = desk.now()
    with desk.writing() as session:
        broadcast = session.get_one(Broadcast, broadcast_id)
        if broadcast.state != "approved":
            return 0  # another process was faster, or somebody took it back
        welcome = _welcome(session, change, found) if change else {}
        if change is None or not corrections.record(session, change, len(welcome), now):
            broadcasts.cancel(session, broadcast, SYSTEM, now, push_wording.ANSWER_OVERTAKEN)
            return 0
        broadcasts.begin_sending(session, broadcast, SYSTEM, now)
        broadcast.n_recipients = len(welcome)
        for contact_id, (asked, answer) in welcome.items():
            n_before = len(corrections.told_person(session, contact_id, change.subject))
            outbox.enqueue(
                session,
                _message(session.get_one(Contact, contact_id), asked, answer),
                now=now,
                # Two versions may change at once, in two processes: whoever read both of them is told once.
                dedupe_key=f"correction:{change.subject}:{contact_id}:{n_before}",
                on_doubt="hold",
                priority=AFTERCARE_PRIORITY,
                broadcast_id=broadcast_id,
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
    return len(welcome)


def _welcome(
    session: Session, change: Change, found: Sequence[tuple[_Asked, Answer]]
) -> dict[int, tuple[_Asked, Answer]]:
    """Who hears of it, by the id of the contact; of several questions the last one counts."""
    people = {each.contact_id: (each, answer) for each, answer in found}
    return {
        contact_id: told
        for contact_id, told in people.items()
        if _may_be_told(session.get(Contact, contact_id))
        and not _asked_again(session, told[0])
        and not _knows(session, change, told[0])
    }


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
