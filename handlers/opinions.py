"""Opinions and complaints (意见建议、投诉): a ledger of their own, replied to by people within some working days."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session

from consultations import dialogue, numbers, opinions, outbox, tickets
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.messages import Block, Outbound
from consultations.opinions import KINDS, STATES, Kind, Opinion
from consultations.tickets import Staff, Ticket
from handlers import opinion_wording, wording
from handlers.desk import Desk
from handlers.escalate import STAFF_PRIORITY, for_staff
from handlers.talk import Replies, StaffTalk, Talk, office_time, say, tell
from handlers.whose import in_sight, of_opinion
from handlers.wish import has_words, readable, storable

LONGEST, LONGEST_REASON = 4000, 200  # characters of what staff type; what people hand in themselves is kept whole
LISTED = 20
DOUBLE_WITHIN = timedelta(minutes=10)


class OpinionRefusedError(Exception):
    """Something can't be done with the ledger; the message is the sentence staff read."""


@dataclass(frozen=True)
class Entered:
    """A row of the ledger; `is_double` when the same words were entered moments ago."""

    number: str
    due: str
    is_double: bool = False


# From conversations


def register_complaint(talk: Talk, consultation: Consultation) -> tuple[Block, ...]:
    """A complaint recognised in conversation, in the ledger; what the asker reads about it."""
    kind: Kind = "complaint"
    opinion = _new(
        talk.session, talk.desk, kind, consultation.question, talk.now, key=f"consultation:{consultation.id}"
    )
    opinion.contact_id, opinion.channel = talk.contact.id, talk.inbound.address.channel
    opinion.consultation_id = consultation.id
    ticket = tickets.get(talk.session, consultation.ticket_id)
    opinion.ticket_id = ticket.id if ticket is not None and ticket.reason == "complaint" else None
    return (_registered(talk, opinion),)


def take(talk: Talk) -> Replies:
    """意见建议: with the words, or the next message brings them."""
    words = readable(talk.wish.argument)
    if not words:
        dialogue.await_words(talk.dialogue, "opinion", talk.now)
        return (say(talk, opinion_wording.PROMPT),)
    return _take_words(talk, words)


def take_text(talk: Talk) -> Replies:
    """The words we asked for."""
    dialogue.await_words(talk.dialogue, "", talk.now)
    return _take_words(talk, readable(talk.inbound.text))


def reply_of_ticket(session: Session, ticket: Ticket, staff: Staff, text: str, now: datetime) -> None:
    """A reply on a complaint's ticket is the reply in the ledger too; the first one counts."""
    for each in opinions.of_ticket(session, ticket.key):
        if each.state == "open":
            opinions.move(session, each, "replied", staff.key, now, reply=text, replied_by=staff.name, replied_at=now)


def close_of_ticket(session: Session, ticket: Ticket, actor: str, now: datetime) -> None:
    """A complaint's ticket is closed: what was replied is done in the ledger too; what was not stays open."""
    for each in opinions.of_ticket(session, ticket.key):
        if each.state == "replied":
            opinions.move(session, each, "closed", actor, now, note=ticket.number, closed_at=now)


# For every door of staff


def enter(  # noqa: PLR0913  what was said, by whom, how it came
    session: Session,
    desk: Desk,
    text: str,
    staff: Staff,
    *,
    kind: Kind = "suggestion",
    channel: str = "phone",
    consultation: Consultation | None = None,
) -> Entered:
    """A row entered by staff; the same words by the same person within ten minutes are one row.

    Raises:
        OpinionRefusedError: There are no words, or too many.
    """
    words, now = readable(storable(text)), desk.now()
    if not has_words(words):
        raise OpinionRefusedError(opinion_wording.STAFF_EMPTY)
    if len(words) > LONGEST:
        raise OpinionRefusedError(opinion_wording.too_long(LONGEST))
    key = f"consultation:{consultation.id}" if consultation else _key(kind, words, staff)
    same = opinions.newest_like(session, key + ":") if consultation is None else ()
    if same and now - same[0].created_at <= DOUBLE_WITHIN:
        return _entered(desk, same[0], is_double=True)
    opinion = _new(session, desk, kind, words, now, key=key if consultation else f"{key}:{len(same) + 1}")
    opinion.channel, opinion.entered_by = channel, staff.key
    if consultation is not None:
        opinion.consultation_id, opinion.contact_id = consultation.id, consultation.contact_id
    return _entered(desk, opinions.register(session, opinion))


def reply(session: Session, desk: Desk, number: str, staff: Staff, text: str) -> str:
    """The reply, in the ledger and to whoever can be written to; what staff read.

    Raises:
        OpinionRefusedError: There is no such row, it was replied before, or the reply is empty.
    """
    opinion, words, now = _named(session, number), readable(storable(text)), desk.now()
    if not words:
        raise OpinionRefusedError(opinion_wording.REPLY_EMPTY)
    _move(session, opinion, "replied", staff, now, reply=words, replied_by=staff.name, replied_at=now)
    contact = session.get(Contact, opinion.contact_id) if opinion.contact_id else None
    if contact is None or contact.is_blocked or contact.erased_at is not None:
        return f"{opinion_wording.reply_kept(opinion.number)}{opinion_wording.NOT_REACHABLE}"
    tell(session, contact, (Block("note", opinion_wording.replied(opinion.number)), Block("text", words)), now)
    return opinion_wording.reply_kept(opinion.number)


def close(session: Session, desk: Desk, number: str, staff: Staff, reason: str) -> str:
    """The row, done; without a reply only with a reason. What staff read.

    Raises:
        OpinionRefusedError: There is no such row, it is closed, or the reason is missing or too long.
    """
    opinion, now, words = _named(session, number), desk.now(), readable(storable(reason))
    if len(words) > LONGEST_REASON:
        raise OpinionRefusedError(opinion_wording.too_long(LONGEST_REASON))
    if opinion.state == "open" and not words:
        raise OpinionRefusedError(opinion_wording.REASON_NEEDED)
    _move(session, opinion, "closed", staff, now, note=words, closed_at=now)
    return opinion_wording.closed(opinion.number)


def list_lines(session: Session, desk: Desk, rows: Sequence[Opinion]) -> list[str]:
    """These rows of the ledger, masked, and the reply rate of all in the last line."""
    zone, now = office_time(desk.settings).zone, desk.now()
    lines = [
        opinion_wording.line(
            each.number,
            KINDS[each.kind],
            state_name(each, now),
            wording.moment_name(each.due_at, zone),
            for_staff(each.text)[:80] or "（内容已清除）",
        )
        for each in rows
    ]
    found = opinions.reply_rate(session, now)
    rate = opinion_wording.rate(found.n_in_time, found.n_due, found.n_late, found.n_pending)
    return [*(lines or [opinion_wording.NO_OPINIONS]), rate]


def show(session: Session, desk: Desk, number: str, shown: Callable[[str], str] = for_staff) -> str:
    """One row, masked by `shown`, which in a staff room cuts it down too.

    Raises:
        OpinionRefusedError: There is no such row.
    """
    opinion, zone = _named(session, number), office_time(desk.settings).zone
    ticket = tickets.get(session, opinion.ticket_id)
    lines = [
        ("编号", f"{opinion.number} · {KINDS[opinion.kind]} · {state_name(opinion, desk.now())}"),
        ("渠道", opinion.channel),
        ("工单", ticket.number if ticket else ""),
        ("答复时限", wording.moment_name(opinion.due_at, zone)),
        ("内容", shown(opinion.text)),
        ("答复", shown(opinion.reply)),
        ("答复人", opinion.replied_by),
    ]
    assert opinion.id is not None
    history = [
        f"{each.at.astimezone(zone):%m-%d %H:%M} {STATES[each.to_state]} {each.actor} {for_staff(each.note)}".rstrip()
        for each in opinions.history_of(session, opinion.id)
    ]
    return opinion_wording.sheet(lines, history)


def state_name(opinion: Opinion, now: datetime) -> str:
    """The state as staff read it, overdue ones marked."""
    is_late = opinion.state == "open" and opinion.due_at < now
    return "逾期未答复" if is_late else STATES[opinion.state]


# In a staff chat


def take_entry(talk: StaffTalk) -> Replies:
    """``/opinion 内容``: a row entered by staff."""
    first, _, rest = talk.wish.argument.partition(" ")
    kind: Kind = "complaint" if first == KINDS["complaint"] and rest.strip() else "suggestion"
    try:
        words = rest if kind == "complaint" else talk.wish.argument
        made = enter(talk.session, talk.desk, words, talk.staff, kind=kind)
    except OpinionRefusedError as error:
        return (say(talk, str(error)),)
    told = opinion_wording.staff_registered(made.number, KINDS[kind], made.due)
    return (say(talk, opinion_wording.is_double(made.number) if made.is_double else told),)


def take_list(talk: StaffTalk) -> Replies:
    """``/opinions``: the ledger, or one row of it."""
    if not talk.wish.argument:
        every = opinions.listed(talk.session, limit=None)
        rows = in_sight(talk, "opinion.list", every, partial(of_opinion, talk.session, talk.desk.duty.book))
        return (say(talk, "\n".join(list_lines(talk.session, talk.desk, rows[:LISTED]))),)
    try:
        return (say(talk, show(talk.session, talk.desk, talk.wish.argument)),)
    except OpinionRefusedError as error:
        return (say(talk, str(error)),)


def _take_words(talk: Talk, words: str) -> Replies:
    if not has_words(words):
        return (say(talk, opinion_wording.EMPTY),)
    opinion = _new(talk.session, talk.desk, "suggestion", words, talk.now, key=f"message:{talk.received.id}")
    opinion.contact_id, opinion.channel = talk.contact.id, talk.inbound.address.channel
    return (say(talk, _registered(talk, opinion)),)


def _registered(talk: Talk, opinion: Opinion) -> Block:
    """Stored; staff hear of it, the asker reads the number and the promise."""
    opinions.register(talk.session, opinion)
    due = wording.moment_name(opinion.due_at, talk.office.zone)
    told = opinion_wording.staff_registered(opinion.number, KINDS[opinion.kind], due)
    blocks = (Block("text", told), Block("text", for_staff(opinion.text)))
    for room in talk.settings.staff_rooms:
        outbox.enqueue(talk.session, Outbound(room, blocks, kind="staff"), now=talk.now, priority=STAFF_PRIORITY)
    return Block("note", opinion_wording.registered(opinion.number, due))


def _new(  # noqa: PLR0913  each is one column
    session: Session, desk: Desk, kind: Kind, text: str, now: datetime, *, key: str
) -> Opinion:
    office = office_time(desk.settings)
    return Opinion(
        number=numbers.next_number(session, numbers.OPINION, office.day(now)),
        key=key,
        kind=kind,
        channel="",
        text=text,
        created_at=now,
        due_at=office.due_in_days(now, desk.settings.opinion_days),
    )


def _entered(desk: Desk, opinion: Opinion, *, is_double: bool = False) -> Entered:
    due = wording.moment_name(opinion.due_at, office_time(desk.settings).zone)
    return Entered(opinion.number, due, is_double)


def _named(session: Session, number: str) -> Opinion:
    found = opinions.by_number(session, number)
    if found is None:
        raise OpinionRefusedError(opinion_wording.no_such(for_staff(number.strip().upper())[:40]))
    return found


def _move(
    session: Session, opinion: Opinion, target: opinions.State, staff: Staff, now: datetime, **values: object
) -> None:
    try:
        opinions.move(session, opinion, target, staff.key, now, **values)  # type: ignore[arg-type]
    except opinions.IllegalOpinionMoveError as error:
        raise OpinionRefusedError(opinion_wording.refused(opinion.number, opinion.state)) from error


def _key(kind: str, words: str, staff: Staff) -> str:
    return "entry:" + hashlib.sha256(f"{kind}\n{words}\n{staff.key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
