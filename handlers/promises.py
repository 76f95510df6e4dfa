"""What is promised (承诺的时间) and planned: when an answer is due, notices before that, taking back, filing away."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import checks, timers
from consultations.permissions import may
from consultations.roster import Roster
from consultations.tickets import Ticket
from handlers.desk import Desk
from handlers.talk import office_time

SHARES = {"half": 0.5, "soon": 0.8}  # of the working time between taking the ticket in and the promised moment


def roster_of(desk: Desk) -> Roster:
    """Who works when."""
    return Roster(desk.duty.book, office_time(desk.settings))


def served_from(desk: Desk, now: datetime, outlet: str = "") -> datetime:
    """When somebody will be there: at once, at the next shift, or at the next opening when no shift is known."""
    office, book = office_time(desk.settings), desk.duty.book
    people = [each for each in book.members.values() if may(book.person(each), "ticket.reply", outlet or each.outlet)]
    at = roster_of(desk).next_on_duty(now, people) if people else None
    return office.next_open(at or now)


def promised(desk: Desk, kind_id: str, now: datetime, outlet: str = "") -> datetime:
    """When a ticket of that kind is to be answered, in working time from the moment somebody is there."""
    minutes = desk.duty.book.deadline_of(kind_id).reply_minutes or desk.settings.reply_minutes
    return office_time(desk.settings).due(served_from(desk, now, outlet), minutes)


def plan_promise(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """The notices at 50, 80 and 100 % of the time promised, counted from when somebody is there."""
    office = office_time(desk.settings)
    start = min(served_from(desk, now, ticket.outlet), ticket.due_at)
    minutes = office.worked(start, ticket.due_at) / timedelta(minutes=1)
    for kind in timers.PROMISE:
        at = office.due(start, minutes * SHARES[kind]) if kind in SHARES and minutes else ticket.due_at
        timers.plan(session, ticket.key, kind, at)


def plan_claim(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """How long the one it was given to has for taking it."""
    minutes = desk.duty.book.deadline_of(ticket.kind).claim_minutes
    due_at = office_time(desk.settings).due(now, minutes)
    timers.plan(session, ticket.key, "unclaimed", due_at, runs_since=now)


def plan_silence(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """How long the holder may be silent, counted from now; whose reply waits for a second person is not silent."""
    if checks.draft_waits(session, ticket.key):
        return
    minutes = desk.duty.book.deadline_of(ticket.kind).silent_minutes
    timers.plan(session, ticket.key, "silent", office_time(desk.settings).due(now, minutes), runs_since=now)


def expect_answer(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """The asker said something to whoever holds the ticket; the first unanswered word counts."""
    if ticket.state in ("claimed", "replied") and not timers.is_waiting(session, ticket.key, "silent"):
        plan_silence(session, desk, ticket, now)


def plan_queue(session: Session, ticket: Ticket, at: datetime) -> None:
    """When an open ticket is to be given out."""
    timers.plan(session, ticket.key, "queue", at)


def promise_again(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """A ticket that had its reply and waits for somebody else now gets a new time to be answered by."""
    if ticket.replied_at is not None and ticket.is_alive:
        ticket.due_at = promised(desk, ticket.kind, now, ticket.outlet)
        session.flush()
        plan_promise(session, desk, ticket, now)


def resume(session: Session, desk: Desk, ticket: Ticket | None, now: datetime) -> None:
    """Watch a ticket that goes on by itself after having been merged."""
    if ticket is None:
        return
    if ticket.state == "open" and desk.duty.book.members:
        plan_queue(session, ticket, served_from(desk, now, ticket.outlet))
    elif ticket.state == "assigned":
        plan_claim(session, desk, ticket, now)
    elif ticket.state == "claimed":
        plan_silence(session, desk, ticket, now)


def plan_archive(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """When a closed ticket is filed away."""
    timers.plan(session, ticket.key, "archive", now + timedelta(days=desk.settings.archive_days))
