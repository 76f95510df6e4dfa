"""Tickets (工单): a question a person answers.

受理 open → 办理 claimed → 已回复 replied → 办结 closed, or 已撤回 withdrawn.

Every change of state goes through `move`: it changes the row only when it is still as it was seen, refuses illegal
moves, and writes the history. So of fifty people claiming at once, one wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, text, update
from sqlmodel import Field, Session, SQLModel, col, select

State = Literal["open", "claimed", "replied", "closed", "withdrawn"]
Reason = Literal["asked", "weak", "complaint", "personal_case", "other"]
Author = Literal["asker", "staff", "note", "draft", "dropped"]

STATE_NAMES: Mapping[str, str] = {
    "open": "受理",
    "claimed": "办理中",
    "replied": "已回复",
    "closed": "已办结",
    "withdrawn": "已撤回",
}
REASON_NAMES: Mapping[str, str] = {
    "asked": "转人工",
    "weak": "依据不足",
    "complaint": "投诉建议",
    "personal_case": "个案咨询",
    "other": "其他",
}
LEGAL_ORIGINS: Mapping[State, frozenset[State]] = {
    "open": frozenset(),
    "claimed": frozenset({"open"}),
    "replied": frozenset({"claimed"}),
    "closed": frozenset({"claimed", "replied"}),
    "withdrawn": frozenset({"open", "claimed", "replied"}),
}
ALIVE: tuple[State, ...] = ("open", "claimed", "replied")
_IS_ALIVE = "state IN ('open', 'claimed', 'replied')"


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


class Ticket(SQLModel, table=True):
    """One ticket. `reason` says why it was opened, `due_at` is the promised time of the first reply."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_contact", "contact_id"),
        # One ticket at a time: whatever the asker adds belongs to it.
        Index(
            "ix_ticket_alive", "contact_id", unique=True, sqlite_where=text(_IS_ALIVE), postgresql_where=text(_IS_ALIVE)
        ),
        Index("ix_ticket_state", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    contact_id: int = Field(foreign_key="contact.id")
    consultation_id: int | None = Field(default=None, foreign_key="consultation.id")
    question: str
    reason: str
    service_item: str = ""
    state: str = "open"
    holder: str = ""
    holder_name: str = ""
    created_at: datetime
    due_at: datetime
    claimed_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored ticket."""
        assert self.id is not None
        return self.id

    @property
    def thread_key(self) -> str:
        """The staff thread of this ticket."""
        return f"ticket:{self.id}"

    @property
    def is_alive(self) -> bool:
        """Whether anything can still happen on it."""
        return self.state in ALIVE


class TicketEvent(SQLModel, table=True):
    """One line of a ticket's history."""

    __tablename__ = "ticket_event"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    from_state: str
    to_state: str
    actor: str
    at: datetime


class TicketMessage(SQLModel, table=True):
    """What was said on a ticket: by the asker, by staff to the asker, or as a note (备注) among staff.

    A ``draft`` is a reply held back until its author insists or writes another; then it is ``dropped``.
    """

    __tablename__ = "ticket_message"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    author: str
    actor: str = ""
    text: str
    received_id: int | None = None
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


def list_alive(session: Session, limit: int = 20) -> Sequence[Ticket]:
    """The tickets somebody must work on, the most urgent first."""
    alive = select(Ticket).where(col(Ticket.state).in_(ALIVE))
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
    return move(session, ticket_id, "claimed", staff.key, now, holder=staff.key, holder_name=staff.name, claimed_at=now)


def reply(session: Session, ticket_id: int, staff: Staff, text: str, now: datetime) -> Ticket:
    """The ticket with one more reply to the asker; only its first reply changes the state and stops the clock.

    Raises:
        IllegalMoveError: The ticket is not claimed, or closed.
    """
    ticket = get(session, ticket_id)
    assert ticket is not None
    if ticket.state != "replied":
        ticket = move(session, ticket_id, "replied", staff.key, now, replied_at=now)
    drop_drafts(session, ticket_id)
    add_message(session, ticket, "staff", text, now, actor=staff.key)
    return ticket


def hold(session: Session, ticket: Ticket, staff: Staff, text: str, now: datetime) -> int:
    """The id of a reply that is kept but not sent; drafts before it are dropped."""
    drop_drafts(session, ticket.key)
    draft = TicketMessage(ticket_id=ticket.key, author="draft", actor=staff.key, text=text, at=now)
    session.add(draft)
    session.flush()
    assert draft.id is not None
    return draft.id


def take_draft(session: Session, ticket_id: int, draft_id: int | None) -> TicketMessage | None:
    """The draft of that ticket, taken out of waiting; of two presses one gets it, the other ``None``."""
    waiting = (col(TicketMessage.id) == draft_id, col(TicketMessage.ticket_id) == ticket_id)
    taken = update(TicketMessage).where(*waiting, col(TicketMessage.author) == "draft").values(author="dropped")
    if draft_id is None or not session.connection().execute(taken).rowcount:
        return None
    return session.get(TicketMessage, draft_id, populate_existing=True)


def drop_drafts(session: Session, ticket_id: int) -> None:
    """Nothing waits on this ticket any more."""
    waiting = update(TicketMessage).where(col(TicketMessage.ticket_id) == ticket_id)
    session.connection().execute(waiting.where(col(TicketMessage.author) == "draft").values(author="dropped"))


def close(session: Session, ticket_id: int, actor: str, now: datetime) -> Ticket:
    """The ticket, now closed.

    Raises:
        IllegalMoveError: Nobody claimed it, or it is closed already.
    """
    return move(session, ticket_id, "closed", actor, now, closed_at=now)


def withdraw(session: Session, ticket_id: int, actor: str, now: datetime) -> Ticket:
    """The ticket, called off by the asker.

    Raises:
        IllegalMoveError: It is closed already.
    """
    return move(session, ticket_id, "withdrawn", actor, now, closed_at=now)


def move(session: Session, ticket_id: int, target: State, actor: str, now: datetime, **changes: Any) -> Ticket:  # noqa: ANN401  column values
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
    origin = seen.state
    still = (col(Ticket.id) == ticket_id, col(Ticket.state) == origin)
    moved = session.connection().execute(update(Ticket).where(*still).values(state=target, **changes)).rowcount
    session.refresh(seen)
    if not moved:
        raise IllegalMoveError(seen, target)
    session.add(TicketEvent(ticket_id=ticket_id, from_state=origin, to_state=target, actor=actor, at=now))
    return seen


def add_message(  # noqa: PLR0913  each is one column
    session: Session,
    ticket: Ticket,
    author: Author,
    text: str,
    now: datetime,
    *,
    actor: str = "",
    received_id: int | None = None,
) -> None:
    """One more message or note on the ticket."""
    session.add(
        TicketMessage(ticket_id=ticket.key, author=author, actor=actor, text=text, received_id=received_id, at=now)
    )


def messages_of(session: Session, ticket_id: int) -> Sequence[TicketMessage]:
    """What was said on a ticket, oldest first."""
    said = select(TicketMessage).where(TicketMessage.ticket_id == ticket_id)
    return session.exec(said.order_by(col(TicketMessage.id))).all()


def history_of(session: Session, ticket_id: int) -> Sequence[TicketEvent]:
    """How a ticket came to its state, oldest first."""
    events = select(TicketEvent).where(TicketEvent.ticket_id == ticket_id)
    return session.exec(events.order_by(col(TicketEvent.id))).all()


def forget(session: Session, contact_id: int) -> None:
    """Take one person's words out of their tickets; numbers, states and times stay."""
    theirs = select(Ticket.id).where(col(Ticket.contact_id) == contact_id)
    said = update(TicketMessage).where(col(TicketMessage.ticket_id).in_(theirs))
    session.connection().execute(said.values(text=""))
    session.connection().execute(update(Ticket).where(col(Ticket.contact_id) == contact_id).values(question=""))
