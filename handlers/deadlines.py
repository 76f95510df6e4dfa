"""Watch the deadlines (办理时限): notices at 50, 80 and 100 %, silent tickets taken back, the queue given out in the
morning, old ones filed away. Rows that are due set it off (`consultations.timers`); this module may look as often as
it likes, and two processes may look.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session

from consultations import caseload, checks, downtime, tickets, timers
from consultations.contacts import Contact
from consultations.messages import Block
from consultations.tickets import STATE_NAMES, Ticket
from consultations.timers import DueTimer
from handlers import ask_colleague, check_wording, promises, ticket_wording, wording
from handlers.desk import Desk
from handlers.escalate import for_staff
from handlers.give_out import DUTY, give_out, told
from handlers.promises import roster_of
from handlers.take_back import leaders_named, take_back, tell_everybody, tell_room
from handlers.talk import office_time, tell

SHOWN_IN_QUEUE = 30


class Watch:
    """Looks at what is due. It remembers the day whose morning queue was shown, which saves looking, no more."""

    def __init__(self) -> None:
        self._day: date | None = None

    def send_due(self, desk: Desk) -> int:
        """How many tickets something happened to, the morning queue not counted.

        One transaction a ticket: what fails for one stops no other, and is tried again.

        Raises:
            Exception: The last failure, after all others were done.
        """
        now = desk.now()
        _note_look(desk, now)
        self._show_morning_queue(desk, now)
        with desk.reading() as session:
            due = timers.tickets_due(session, now)
        moved, failure = 0, None
        for ticket_id in due:
            try:
                moved += _act(desk, ticket_id, now)
            except Exception as error:  # noqa: BLE001  the others must not wait for it; raised below for the log
                failure = error
        if failure is not None:
            raise failure
        return moved

    def _show_morning_queue(self, desk: Desk, now: datetime) -> None:
        office = office_time(desk.settings)
        day = office.day(now)
        if day == self._day or not office.is_open(now):
            return
        opened = office.at(day, office.hours[0])
        with desk.writing() as session:
            waited = [each for each in caseload.unclaimed(session) if each.created_at < opened]
            if waited:
                _tell_queue(session, desk, waited, now)
        self._day = day


def adopt(desk: Desk) -> int:
    """How many living tickets of an older release got their timers; called once at start, before any door opens."""
    now = desk.now()
    _note_look(desk, now)
    with desk.writing() as session:
        alive = {each.key: each for each in tickets.list_alive(session, limit=100_000)}
        fresh = [alive[each] for each in sorted(timers.unwatched(session, alive))]
        for each in fresh:
            if each.replied_at is None:
                promises.plan_promise(session, desk, each, now)
            promises.resume(session, desk, each, now)
    return len(fresh)


def _note_look(desk: Desk, now: datetime) -> None:
    """After a downtime of ours (停机), in which nobody could act, people get the working time it took back, no more."""
    with desk.reading() as session:
        if not downtime.is_to_be_noted(session, now):
            return
    office = office_time(desk.settings)
    with desk.writing() as session:
        dark = downtime.note_look(session, now)
        if dark is None:
            return
        for each in timers.waiting_after(session, timers.OF_PEOPLE, dark.began):
            since = max(dark.began, each.runs_since or dark.began)  # before the first look somebody may have acted
            left = office.worked(since, each.due_at) / timedelta(minutes=1)
            each.due_at = office.due(dark.ended, left)


def _act(desk: Desk, ticket_id: int, now: datetime) -> int:
    """Do what is due for one ticket; of the notices only the gravest goes out."""
    with desk.writing() as session:
        due = {each.kind: each for each in timers.take_due(session, ticket_id, now)}
        ticket = tickets.get(session, ticket_id)
        if ticket is None or not due:
            return 0
        grave = next((due[kind] for kind in reversed(timers.PROMISE) if kind in due), None)
        if grave is not None and ticket.state in ("open", "assigned", "claimed"):
            _warn(session, desk, ticket, grave, now)
        for kind, act in _ACTS.items():
            if kind in due:
                act(session, desk, ticket, now)
        return 1


# --- notices


def _warn(session: Session, desk: Desk, ticket: Ticket, due: DueTimer, now: datetime) -> None:
    zone = office_time(desk.settings).zone
    whose = ticket.holder_name or ticket.assignee_name
    words = ticket_wording.WARNINGS[due.kind](ticket.number, wording.moment_name(ticket.due_at, zone), whose)
    leaders = leaders_named(desk, now) if due.kind != "half" else ()
    waits = (Block("note", check_wording.IS_WRITTEN),) if checks.draft_waits(session, ticket.key) else ()
    told_so = (Block("text", words), *waits, *leaders)
    tell_room(session, desk, ticket, told_so, now)
    if due.kind == "over":
        tell_everybody(session, desk, told_so, now, f"over:{ticket.key}:{due.seq}")
        _apologise(session, desk, ticket, now)


def _apologise(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """The asker hears it from us that the promise was broken; not in their quiet hours."""
    contact = session.get_one(Contact, ticket.contact_id)
    if contact.is_blocked or contact.erased_at is not None:
        return
    due_at = office_time(desk.settings).after_quiet(now)
    tell(session, contact, (Block("text", ticket_wording.overdue_to_asker(ticket.number)),), now, due_at=due_at)


def _tell_queue(session: Session, desk: Desk, waited: Sequence[Ticket], now: datetime) -> None:
    office = office_time(desk.settings)
    lines = [
        ticket_wording.queue_line(
            each.number,
            desk.duty.book.kind_name(each.kind),
            STATE_NAMES[each.state],
            wording.moment_name(each.due_at, office.zone),
            for_staff(each.question)[:40],
        )
        for each in waited[:SHOWN_IN_QUEUE]
    ]
    there = [each.name for each in roster_of(desk).on_duty(now)]
    text = ticket_wording.morning_queue(len(waited), lines, there)
    tell_everybody(session, desk, (Block("text", text),), now, f"morning:{office.day(now)}")


# --- what happens to tickets


def _take_back_unclaimed(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    if ticket.state != "assigned" or ticket.merged_into:
        return
    take_back(session, desk, ticket, now, ticket_wording.not_claimed(ticket.assignee_name))


def _take_back_silent(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    if ticket.state not in ("claimed", "replied") or ticket.merged_into:
        return
    take_back(session, desk, ticket, now, ticket_wording.was_silent(ticket.holder_name))


def _give_out_waiting(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """The next in the queue; one that waits for a colleague on duty is looked at again at their time."""
    if ticket.state != "open" or ticket.merged_into:
        return
    found = give_out(session, desk, ticket, now)
    if found is not None and found.member is not None:
        text = Block("text", ticket_wording.from_the_queue(ticket.number))
        tell_room(session, desk, ticket, (text, *told(desk, found, now)), now)


def _file_away(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    del desk
    if ticket.state in ("closed", "withdrawn"):
        tickets.archive(session, ticket.key, DUTY, now)


_ACTS = {
    "unclaimed": _take_back_unclaimed,
    "silent": _take_back_silent,
    "queue": _give_out_waiting,
    "archive": _file_away,
    "check_told": ask_colleague.tell_asker,
    "check_stuck": ask_colleague.tell_leader,
}
