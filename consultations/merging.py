"""Tickets of several askers with one matter (并单): one leads, the others follow, each keeps number and asker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from consultations import timers
from consultations.tickets import (
    LEGAL_ORIGINS,
    NOBODY,
    WAITING,
    State,
    Ticket,
    TicketEvent,
    drop_unsent,
    followers_of,
    lead_of,
    move,
    record,
)


class IllegalMergeError(Exception):
    """Two tickets can't be merged: ``same``, ``over`` (one of them is closed), ``merged`` (they are already)."""

    def __init__(self, ticket: Ticket, into: Ticket, why: Literal["same", "over", "merged"]) -> None:
        super().__init__(f"{ticket.number} can't be merged into {into.number}: {why}.")
        self.why = why


def merge(session: Session, ticket: Ticket, into: Ticket, actor: str, now: datetime) -> Ticket:
    """The ticket that leads from now on: `into`, or the one that was itself merged into. Replies held back on either
    are not sent: each was written for one asker, and from now on both would read it.

    Raises:
        IllegalMergeError: They are one, already merged, or one of them is closed.
    """
    lead = lead_of(session, into)
    if lead.key == ticket.key:
        raise IllegalMergeError(ticket, into, "same" if into.key == ticket.key else "merged")
    if not (ticket.is_alive and lead.is_alive):
        raise IllegalMergeError(ticket, into, "over")
    if ticket.merged_into == lead.key:
        raise IllegalMergeError(ticket, into, "merged")
    session.refresh(lead, with_for_update=True)  # as `second_check` does: PostgreSQL never waits in a circle
    drop_unsent(session, lead, actor, now)
    for each in (*followers_of(session, ticket.key), ticket):
        each.merged_into = lead.key
        session.flush()
        record(session, each, actor, now, _joined(lead))
        record(session, lead, actor, now, f"{each.number} 并入本单")
        _catch_up(session, each, lead, actor, now)
        timers.cancel(session, each.key, timers.WITH_LEAD)
        drop_unsent(session, each, actor, now)
    return lead


def part(session: Session, ticket: Ticket, actor: str, now: datetime) -> Ticket | None:
    """Let what was merged into this ticket go on without it: the oldest leads the others; ``None`` without any."""
    parting = followers_of(session, ticket.key)
    for each in parting:
        each.merged_into = parting[0].key if each is not parting[0] else None
        record(session, each, actor, now, f"{ticket.number} 结束，从并单中分出")
    session.flush()
    return parting[0] if parting else None


def merged_with(session: Session, ticket_id: int) -> Sequence[Ticket]:
    """The ticket and whatever ever moved with it, closed, parted or not, oldest first."""
    lead = lead_of(session, session.get_one(Ticket, ticket_id))
    once = select(TicketEvent.ticket_id).where(TicketEvent.note == _joined(lead))
    theirs = (col(Ticket.id) == lead.key, col(Ticket.merged_into) == lead.key, col(Ticket.id).in_(once))
    together = select(Ticket).where(or_(*theirs))
    return session.exec(together.order_by(col(Ticket.id))).all()


def _joined(lead: Ticket) -> str:
    """What the history of a ticket says that was merged into another."""
    return f"并入 {lead.number}"


def _catch_up(session: Session, ticket: Ticket, lead: Ticket, actor: str, now: datetime) -> None:
    """Bring a merged ticket to where the leading one stands; one that has a reply keeps it."""
    whose = {name: getattr(lead, name) for name in NOBODY}
    target: State = "open" if lead.state == "open" else "assigned" if lead.state == "assigned" else "claimed"
    if ticket.state in LEGAL_ORIGINS[target] and (target != "claimed" or ticket.state in WAITING):
        move(session, ticket.key, target, actor, now, **whose)
    else:
        session.connection().execute(update(Ticket).where(col(Ticket.id) == ticket.id).values(**whose))
        session.refresh(ticket)
