"""Tickets (工单): a question a person answers.

受理 open → 派发 assigned → 办理 claimed → 回复 replied → 办结 closed → 归档 archived; or 撤回 withdrawn by the asker.
回访 and 评价 are rows of their own (`follow_ups`, `surveys`), each with its own states.

Every change of state goes through `move`: it changes the row only when it is still as it was seen, refuses illegal
moves, and writes the history. So of fifty people claiming at once, one wins.

Tickets about one matter can be merged (并单): each keeps its number and its asker, and moves with the one it was merged
into. What staff do there is done for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Index, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations import ticket_messages, timers
from consultations.ticket_messages import TicketMessage

State = Literal["open", "assigned", "claimed", "replied", "closed", "withdrawn", "archived"]
Reason = Literal["asked", "weak", "complaint", "personal_case", "urgent", "other"]

STATE_NAMES: Mapping[str, str] = {
    "open": "受理",
    "assigned": "已派发",
    "claimed": "办理中",
    "replied": "已回复",
    "closed": "已办结",
    "withdrawn": "已撤回",
    "archived": "已归档",
}
REASON_NAMES: Mapping[str, str] = {
    "asked": "转人工",
    "weak": "依据不足",
    "complaint": "投诉建议",
    "personal_case": "个案咨询",
    "urgent": "情况紧急",
    "other": "其他",
}
# The table of moves: a state and the states it can be reached from.
LEGAL_ORIGINS: Mapping[State, frozenset[State]] = {
    "open": frozenset({"assigned", "claimed", "replied", "closed"}),  # given back, taken back, reopened (重新办理)
    "assigned": frozenset({"open", "assigned", "claimed", "replied"}),  # 派单, also from one colleague to the next
    "claimed": frozenset({"open", "assigned"}),
    "replied": frozenset({"claimed"}),
    "closed": frozenset({"claimed", "replied"}),
    "withdrawn": frozenset({"open", "assigned", "claimed", "replied"}),
    "archived": frozenset({"closed", "withdrawn"}),
}
ALIVE: tuple[State, ...] = ("open", "assigned", "claimed", "replied")
WAITING: tuple[State, ...] = ("open", "assigned")  # nobody took it yet
OVERTAKES: tuple[State, ...] = ("open", "assigned", "closed", "withdrawn")  # a reply still held back is not sent then
_IS_ALIVE = "state IN ('open', 'assigned', 'claimed', 'replied')"
NOBODY: Mapping[str, Any] = {"holder": "", "holder_name": "", "assignee": "", "assignee_name": "", "claimed_at": None}


@dataclass(frozen=True)
class Staff:
    """A member of staff (工作人员): a key that is the same every time (``telegram:77``), and a name for colleagues."""

    key: str
    name: str


class IllegalMoveError(Exception):
    """A ticket was to change into a state it can't reach from where it is."""

    def __init__(self, ticket: Ticket, target: State) -> None:
        super().__init__(f"Ticket {ticket.number} is {ticket.state}, it cannot become {target}.")
        self.ticket = ticket
        self.target = target


class AnotherAliveError(Exception):
    """A ticket can't be reopened: its asker has another one that is being worked on."""

    def __init__(self, other: Ticket) -> None:
        super().__init__(f"{other.number} is alive.")
        self.other = other


class Ticket(SQLModel, table=True):
    """One ticket. `reason` says why it was opened, `kind` what it is about (工单类型), `kinds_before` what it was taken
    for earlier, `due_at` is the promised time of the first reply. `assignee` is who it was given to (派单), `holder`
    who took it, both as keys of staff. `merged_into` is the id of the ticket it moves with.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_contact", "contact_id"),
        Index("ix_ticket_created_at", "created_at"),
        # One ticket at a time: whatever the asker adds belongs to it.
        Index(
            "ix_ticket_alive", "contact_id", unique=True, sqlite_where=text(_IS_ALIVE), postgresql_where=text(_IS_ALIVE)
        ),
        Index("ix_ticket_state", "state", "due_at"),
        Index("ix_ticket_merged_into", "merged_into"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    contact_id: int = Field(foreign_key="contact.id")
    consultation_id: int | None = Field(default=None, foreign_key="consultation.id")
    question: str
    reason: str
    kind: str = "consult"
    kinds_before: list[str] = Field(default_factory=list, sa_type=JSON)
    service_item: str = ""
    outlet: str = ""
    state: str = "open"
    assignee: str = ""
    assignee_name: str = ""
    holder: str = ""
    holder_name: str = ""
    merged_into: int | None = None
    created_at: datetime
    due_at: datetime
    claimed_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    reopened_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored ticket."""
        assert self.id is not None
        return self.id

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind it ever was of, this one last."""
        return (*self.kinds_before, self.kind)

    @property
    def thread_key(self) -> str:
        """The staff thread of this ticket, the other one's when it was merged."""
        return f"ticket:{self.merged_into or self.id}"

    @property
    def is_alive(self) -> bool:
        """Whether anything can still happen on it."""
        return self.state in ALIVE


class TicketEvent(SQLModel, table=True):
    """One line of a ticket's history; `from_state` equals `to_state` where only the `note` tells what happened."""

    __tablename__ = "ticket_event"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    from_state: str
    to_state: str
    actor: str
    note: str = ""
    at: datetime


def open_ticket(session: Session, ticket: Ticket) -> Ticket:
    """The same ticket, stored with its id and the first line of its history."""
    session.add(ticket)
    session.flush()
    first = TicketEvent(ticket_id=ticket.key, from_state="", to_state="open", actor="", at=ticket.created_at)
    session.add(first)
    return ticket


def alive_of(session: Session, contact_id: int) -> Ticket | None:
    """The ticket somebody is working on for this contact; a contact has at most one."""
    theirs = select(Ticket).where(Ticket.contact_id == contact_id, col(Ticket.state).in_(ALIVE))
    return session.exec(theirs.order_by(col(Ticket.id).desc())).first()


def get(session: Session, ticket_id: int | None) -> Ticket | None:
    """The ticket as it is now, read anew."""
    return session.get(Ticket, ticket_id, populate_existing=True) if ticket_id else None


def by_number(session: Session, number: str) -> Ticket | None:
    """The ticket of that number, as in GD-20261123-0001; letters in any case."""
    return session.exec(select(Ticket).where(Ticket.number == number.strip().upper())).first()


def list_alive(session: Session, limit: int | None = 20) -> Sequence[Ticket]:
    """The tickets somebody must work on, the most urgent first."""
    alive = select(Ticket).where(col(Ticket.state).in_(ALIVE), col(Ticket.merged_into).is_(None))
    return session.exec(alive.order_by(col(Ticket.due_at), col(Ticket.id)).limit(limit)).all()


def of_contact(session: Session, contact_id: int, limit: int = 5) -> Sequence[Ticket]:
    """One person's last tickets, newest first."""
    theirs = select(Ticket).where(Ticket.contact_id == contact_id)
    return session.exec(theirs.order_by(col(Ticket.id).desc()).limit(limit)).all()


def claim(session: Session, ticket_id: int, staff: Staff, now: datetime) -> Ticket:
    """The ticket, now held by this member of staff; the first one wins.

    Raises:
        IllegalMoveError: Somebody holds it already, or it is closed.
    """
    taken: dict[str, Any] = {"holder": staff.key, "holder_name": staff.name, "claimed_at": now}
    return _move_all(session, ticket_id, "claimed", staff.key, now, **taken)


def assign(  # noqa: PLR0913  who gives what to whom, when and why
    session: Session, ticket_id: int, to: Staff, actor: str, now: datetime, *, note: str = ""
) -> Ticket:
    """The ticket, given to a member of staff (派单) who is to claim it; whoever held it no longer does.

    Raises:
        IllegalMoveError: It is closed.
    """
    given: dict[str, Any] = {**NOBODY, "assignee": to.key, "assignee_name": to.name}
    return _move_all(session, ticket_id, "assigned", actor, now, note=note, **given)


def put_back(session: Session, ticket_id: int, actor: str, now: datetime, note: str) -> Ticket:
    """The ticket, back in the queue and nobody's.

    Raises:
        IllegalMoveError: It is nobody's already, or closed.
    """
    seen = get(session, ticket_id)
    if seen is not None and not seen.is_alive:
        raise IllegalMoveError(seen, "open")
    return _move_all(session, ticket_id, "open", actor, now, note=note, **NOBODY)


def reopen(session: Session, ticket_id: int, actor: str, now: datetime, due_at: datetime) -> Ticket:
    """A closed ticket, back in the queue with a new promise (重新办理).

    Raises:
        IllegalMoveError: It is not closed, or archived.
        AnotherAliveError: Its asker has another ticket that is being worked on.
    """
    seen = get(session, ticket_id)
    assert seen is not None
    other = alive_of(session, seen.contact_id)
    if seen.is_alive or (other is None and seen.state != "closed"):
        raise IllegalMoveError(seen, "open")
    if other is not None:
        raise AnotherAliveError(other)
    fresh: dict[str, Any] = {**NOBODY, "closed_at": None, "reopened_at": now, "due_at": due_at, "merged_into": None}
    return move(session, ticket_id, "open", actor, now, **fresh)


def archive(session: Session, ticket_id: int, actor: str, now: datetime) -> Ticket:
    """The ticket, filed away for good (归档).

    Raises:
        IllegalMoveError: It is still being worked on, or archived already.
    """
    return move(session, ticket_id, "archived", actor, now)


def transfer(  # noqa: PLR0913  what goes where, who says so, when and why
    session: Session, ticket_id: int, outlet: str, actor: str, now: datetime, *, note: str
) -> Ticket:
    """The ticket, in the queue of another outlet (转办); the promised time stays.

    Raises:
        IllegalMoveError: It is closed.
    """
    ticket = get(session, ticket_id)
    assert ticket is not None
    if not ticket.is_alive:
        raise IllegalMoveError(ticket, "open")
    if ticket.state == "open":
        record(session, ticket, actor, now, note)
    else:
        ticket = put_back(session, ticket_id, actor, now, note)
    for each in (ticket, *followers_of(session, ticket_id)):
        each.outlet = outlet
    session.flush()
    return ticket


def record(session: Session, ticket: Ticket, actor: str, now: datetime, note: str) -> None:
    """One more line of history that changes no state."""
    session.add(
        TicketEvent(
            ticket_id=ticket.key, from_state=ticket.state, to_state=ticket.state, actor=actor, note=note, at=now
        )
    )


def reply(session: Session, ticket_id: int, staff: Staff, text: str, now: datetime) -> Ticket:
    """The ticket with one more reply to the asker; only its first reply changes the state and stops the clock.

    Raises:
        IllegalMoveError: The ticket is not claimed, or closed.
    """
    ticket = get(session, ticket_id)
    assert ticket is not None
    if ticket.state != "replied":
        first = ticket.replied_at or now
        ticket = _move_all(session, ticket_id, "replied", staff.key, now, replied_at=first)
    ticket_messages.drop_drafts(session, ticket_id, now)
    timers.cancel(session, ticket_id, timers.WITH_HOLDER)
    for each in (ticket, *followers_of(session, ticket_id)):
        ticket_messages.add(session, each.key, "staff", text, now, actor=staff.key)
    return ticket


def hold(session: Session, ticket: Ticket, staff: Staff, text: str, now: datetime) -> int:
    """The id of a reply that is kept but not sent; drafts before it are dropped."""
    if ticket_messages.drop_drafts(session, ticket.key, now):
        record(session, ticket, staff.key, now, "改写送复核的答复")
    draft = TicketMessage(ticket_id=ticket.key, author="draft", actor=staff.key, text=text, at=now)
    session.add(draft)
    session.flush()
    assert draft.id is not None
    return draft.id


def close(session: Session, ticket_id: int, actor: str, now: datetime) -> Ticket:
    """The ticket, now closed.

    Raises:
        IllegalMoveError: Nobody claimed it, or it is closed already.
    """
    return _move_all(session, ticket_id, "closed", actor, now, closed_at=now)


def withdraw(session: Session, ticket_id: int, actor: str, now: datetime) -> Ticket:
    """The ticket, called off by the asker.

    Raises:
        IllegalMoveError: It is closed already.
    """
    return move(session, ticket_id, "withdrawn", actor, now, closed_at=now)


def lead_of(session: Session, ticket: Ticket) -> Ticket:
    """The ticket this one moves with; itself when it was not merged."""
    return session.get_one(Ticket, ticket.merged_into) if ticket.merged_into else ticket


def followers_of(session: Session, ticket_id: int) -> Sequence[Ticket]:
    """What was merged into a ticket and is still alive, oldest first."""
    merged = select(Ticket).where(Ticket.merged_into == ticket_id, col(Ticket.state).in_(ALIVE))
    return session.exec(merged.order_by(col(Ticket.id))).all()


def _move_all(  # noqa: PLR0913  as `move`
    session: Session,
    ticket_id: int,
    target: State,
    actor: str,
    now: datetime,
    *,
    note: str = "",
    **changes: Any,  # noqa: ANN401
) -> Ticket:
    """`move`, also of everything that was merged into the ticket and can."""
    ticket = move(session, ticket_id, target, actor, now, note=note, **changes)
    for each in followers_of(session, ticket_id):
        if each.state in LEGAL_ORIGINS[target]:
            move(session, each.key, target, actor, now, note=note, **changes)
    return ticket


def move(  # noqa: PLR0913  what becomes what, who says so, when and why
    session: Session,
    ticket_id: int,
    target: State,
    actor: str,
    now: datetime,
    *,
    note: str = "",
    **changes: Any,  # noqa: ANN401
) -> Ticket:
    """The ticket in its new state: the only function that changes a state, and it writes the history.

    Raises:
        IllegalMoveError: The ticket can't become that from where it is, or somebody was faster.
        LookupError: There is no such ticket.
    """
    seen = get(session, ticket_id)
    if seen is None:
        raise LookupError(ticket_id)
    if seen.state not in LEGAL_ORIGINS[target]:
        raise IllegalMoveError(seen, target)
    origin, assignee = seen.state, seen.assignee
    still = (col(Ticket.id) == ticket_id, col(Ticket.state) == origin, col(Ticket.assignee) == assignee)
    moved = session.connection().execute(update(Ticket).where(*still).values(state=target, **changes)).rowcount
    session.refresh(seen)
    if not moved:
        raise IllegalMoveError(seen, target)
    timers.cancel(session, ticket_id, timers.MOOT[target])
    session.add(TicketEvent(ticket_id=ticket_id, from_state=origin, to_state=target, actor=actor, note=note, at=now))
    if target in OVERTAKES:
        drop_unsent(session, seen, actor, now)
    return seen


def drop_unsent(session: Session, ticket: Ticket, actor: str, now: datetime) -> None:
    """Replies that wait for a second person are not sent any more; the history says so."""
    if ticket_messages.drop_drafts(session, ticket.key, now):
        record(session, ticket, actor, now, "复核中的答复没有发出")


def history_of(session: Session, ticket_id: int) -> Sequence[TicketEvent]:
    """How a ticket came to its state, oldest first."""
    events = select(TicketEvent).where(TicketEvent.ticket_id == ticket_id)
    return session.exec(events.order_by(col(TicketEvent.id))).all()


def forget(session: Session, contact_id: int) -> None:
    """Take all words out of one person's tickets; numbers, states and times stay."""
    empty(session, [each.key for each in of_contact(session, contact_id, limit=10_000)])


def empty(session: Session, ticket_ids: Collection[int]) -> None:
    """Take all words out of these tickets: what was asked and said, and what staff noted in their history."""
    said = update(TicketMessage).where(col(TicketMessage.ticket_id).in_(ticket_ids))
    session.connection().execute(said.values(text=""))
    history = update(TicketEvent).where(col(TicketEvent.ticket_id).in_(ticket_ids))
    session.connection().execute(history.values(note=""))
    session.connection().execute(update(Ticket).where(col(Ticket.id).in_(ticket_ids)).values(question=""))
