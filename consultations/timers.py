"""Timers (时限提醒): what is to happen to a ticket at a moment, one row each.

Whoever looks takes a row by moving it out of ``waiting``, in the same transaction as what it sets off: of two processes
one does it, and a process that dies has done nothing. A row once done never comes back, however the clock jumps.
Unique on (ticket, kind, seq): planning anew replaces what waits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Index, UniqueConstraint, bindparam, func, text, update
from sqlmodel import Field, Session, SQLModel, col, select

# half, soon, over: of the promised time 50, 80, 100 %. unclaimed: given to somebody who does not take it. silent:
# taken, and nothing happens. queue: nobody was there. archive: closed long enough. check_told, check_stuck: a reply
# waits for a second person (二次复核), the asker or the duty leader is to know; they look themselves whether it does.
Kind = Literal["half", "soon", "over", "unclaimed", "silent", "queue", "archive", "check_told", "check_stuck"]
PROMISE: tuple[Kind, ...] = ("half", "soon", "over")
WITH_HOLDER: tuple[Kind, ...] = ("silent",)
OF_PEOPLE: tuple[Kind, ...] = ("unclaimed", "silent")  # time that somebody has
WITH_LEAD: tuple[Kind, ...] = ("unclaimed", "silent", "queue")  # a merged ticket leaves these to the leading one
CHECK: tuple[Kind, ...] = ("check_told", "check_stuck")
ALL: tuple[Kind, ...] = (*PROMISE, "unclaimed", "silent", "queue", "archive")
# What is over and done with once a ticket is in a state.
MOOT: dict[str, tuple[Kind, ...]] = {
    "open": ("unclaimed", "silent", "archive"),
    "assigned": ("unclaimed", "silent", "queue"),
    "claimed": ("unclaimed", "silent", "queue"),
    "replied": (*PROMISE, "unclaimed", "silent", "queue"),
    "closed": ALL,
    "withdrawn": ALL,
    "archived": ALL,
}


class TicketTimer(SQLModel, table=True):
    """One timer. ``waiting → done``, or ``cancelled`` when it no longer matters. `runs_since` is from when somebody's
    time is counted.
    """

    __tablename__ = "ticket_timer"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "seq"),
        # Holds the waiting rows only, however many were done before.
        Index(
            "ix_ticket_timer_due",
            "due_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    kind: str
    seq: int
    state: str = "waiting"
    runs_since: datetime | None = None
    due_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True)
class DueTimer:
    """A timer that was taken: what it is for, which round, when it was due."""

    kind: str
    seq: int
    due_at: datetime


def plan(session: Session, ticket_id: int, kind: Kind, due_at: datetime, *, runs_since: datetime | None = None) -> None:
    """A timer of that kind, in place of the one that waits."""
    cancel(session, ticket_id, (kind,))
    mine = select(func.max(col(TicketTimer.seq))).where(TicketTimer.ticket_id == ticket_id, TicketTimer.kind == kind)
    last = session.exec(mine).one()
    session.add(TicketTimer(ticket_id=ticket_id, kind=kind, seq=(last or 0) + 1, runs_since=runs_since, due_at=due_at))
    session.flush()


def is_waiting(session: Session, ticket_id: int, kind: Kind) -> bool:
    """Whether one of that kind is to come."""
    mine = select(TicketTimer.id).where(
        TicketTimer.ticket_id == ticket_id, TicketTimer.kind == kind, TicketTimer.state == "waiting"
    )
    return session.exec(mine).first() is not None


def cancel(session: Session, ticket_id: int, kinds: Collection[Kind] = ALL) -> None:
    """What waits of these kinds need not happen any more."""
    mine = (col(TicketTimer.ticket_id) == ticket_id, col(TicketTimer.kind).in_(kinds))
    waiting = update(TicketTimer).where(*mine, col(TicketTimer.state) == "waiting")
    session.connection().execute(waiting.values(state="cancelled"))


def waiting_after(session: Session, kinds: Collection[Kind], moment: datetime) -> Sequence[TicketTimer]:
    """What waits of these kinds and was not due at that moment."""
    mine = select(TicketTimer).where(TicketTimer.state == "waiting", col(TicketTimer.kind).in_(kinds))
    return session.exec(mine.where(col(TicketTimer.due_at) > moment).order_by(col(TicketTimer.id))).all()


# Asked every few seconds; built once, because building a statement costs more than running it.
_DUE = (
    select(TicketTimer.ticket_id)
    .where(col(TicketTimer.state) == "waiting", col(TicketTimer.due_at) <= bindparam("now"))
    .order_by(col(TicketTimer.due_at), col(TicketTimer.id))
    .limit(bindparam("n"))
)


def tickets_due(session: Session, now: datetime, limit: int = 200) -> Sequence[int]:
    """The tickets for which something is due by now, the longest due first, each once."""
    found = session.connection().execute(_DUE, {"now": now, "n": limit}).scalars()
    return list(dict.fromkeys(found))


def take_due(session: Session, ticket_id: int, now: datetime) -> Sequence[DueTimer]:
    """What is due for one ticket, done from now on: of two callers one gets it. Oldest first."""
    mine = (col(TicketTimer.ticket_id) == ticket_id, col(TicketTimer.due_at) <= now)
    taking = update(TicketTimer).where(*mine, col(TicketTimer.state) == "waiting").values(state="done", done_at=now)
    columns = taking.returning(col(TicketTimer.kind), col(TicketTimer.seq), col(TicketTimer.due_at))
    taken = [DueTimer(*each) for each in session.connection().execute(columns)]
    return sorted(taken, key=lambda each: each.due_at)


def unwatched(session: Session, ticket_ids: Collection[int]) -> set[int]:
    """Which of these tickets never had a timer: they come from an older release."""
    known = select(TicketTimer.ticket_id).where(col(TicketTimer.ticket_id).in_(ticket_ids))
    watched: Sequence[int] = session.exec(known).all()
    return set(ticket_ids).difference(watched)
