"""The ledger of opinions and complaints (意见建议、投诉台账): rows of their own, with number, due date and reply.

待答复 open → 已答复 replied → 已办结 closed; open → closed is a row that nobody could be answered about. Every change
goes through `move`, which refuses illegal moves and writes the history. Nothing here ever feeds cards or gaps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, String, cast, func, literal, update
from sqlmodel import Field, Session, SQLModel, col, select

State = Literal["open", "replied", "closed"]
Kind = Literal["complaint", "suggestion"]

KINDS: Mapping[str, str] = {"complaint": "投诉", "suggestion": "意见建议"}
STATES: Mapping[str, str] = {"open": "待答复", "replied": "已答复", "closed": "已办结"}
LEGAL_ORIGINS: Mapping[State, frozenset[str]] = {
    "open": frozenset(),
    "replied": frozenset({"open"}),
    "closed": frozenset({"open", "replied"}),
}


class IllegalOpinionMoveError(Exception):
    """A row can't become what somebody asked for."""

    def __init__(self, opinion: Opinion, target: State) -> None:
        super().__init__(f"{opinion.number} is {opinion.state}, it cannot become {target}.")
        self.opinion = opinion
        self.target = target


class Opinion(SQLModel, table=True):
    """One opinion or complaint. `key` is the same for the same one handed in twice. `contact_id` is empty where staff
    wrote it down without a name, `ticket_id` is the ticket opened for it, if one was. `warned` is what staff
    were told of its time: ``soon``, or ``over``.
    """

    __tablename__ = "opinion"
    __table_args__ = (Index("ix_opinion_state", "state", "due_at"), Index("ix_opinion_due", "due_at"))

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    key: str = Field(unique=True)
    kind: str
    channel: str
    contact_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    consultation_id: int | None = Field(default=None, foreign_key="consultation.id")
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    text: str
    state: str = "open"
    entered_by: str = ""
    reply: str = ""
    replied_by: str = ""
    created_at: datetime
    due_at: datetime
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    warned: str = ""


class OpinionEvent(SQLModel, table=True):
    """One line of a row's history."""

    __tablename__ = "opinion_event"

    id: int | None = Field(default=None, primary_key=True)
    opinion_id: int = Field(foreign_key="opinion.id", index=True)
    from_state: str
    to_state: str
    actor: str
    note: str = ""
    at: datetime


@dataclass(frozen=True)
class ReplyRate:
    """Of the rows whose time has come: how many there are, how many were replied in time, and late. `n_pending` are
    those still in their time.
    """

    n_due: int
    n_in_time: int
    n_late: int
    n_pending: int


def register(session: Session, opinion: Opinion) -> Opinion:
    """The same row, stored with the first line of its history.

    Raises:
        IntegrityError: It was handed in by somebody else in this very moment.
    """
    session.add(opinion)
    session.flush()
    assert opinion.id is not None
    first = OpinionEvent(
        opinion_id=opinion.id, from_state="", to_state="open", actor=opinion.entered_by, at=opinion.created_at
    )
    session.add(first)
    return opinion


def move(  # noqa: PLR0913  what becomes what, who says so, when and why
    session: Session,
    opinion: Opinion,
    target: State,
    actor: str,
    now: datetime,
    *,
    note: str = "",
    **changes: Any,  # noqa: ANN401  column values
) -> Opinion:
    """The row in its new state.

    Raises:
        IllegalOpinionMoveError: It can't become that from where it is, or somebody was faster.
    """
    session.refresh(opinion)
    origin = opinion.state
    if origin not in LEGAL_ORIGINS[target]:
        raise IllegalOpinionMoveError(opinion, target)
    still = update(Opinion).where(col(Opinion.id) == opinion.id, col(Opinion.state) == origin)
    moved = session.connection().execute(still.values(state=target)).rowcount
    session.refresh(opinion)
    if not moved:
        raise IllegalOpinionMoveError(opinion, target)
    for name, value in changes.items():  # by the record itself: what is sealed of it is sealed anew
        setattr(opinion, name, value)
    assert opinion.id is not None
    session.add(OpinionEvent(opinion_id=opinion.id, from_state=origin, to_state=target, actor=actor, note=note, at=now))
    return opinion


def warn(session: Session, opinion: Opinion, what: Literal["soon", "over"]) -> bool:
    """Whether this caller tells staff of its time: of two that try one gets ``True``."""
    still = (col(Opinion.id) == opinion.id, col(Opinion.warned) == opinion.warned, col(Opinion.state) == "open")
    told = update(Opinion).where(*still).values(warned=what)
    return bool(session.connection().execute(told).rowcount)


def by_number(session: Session, number: str) -> Opinion | None:
    """The row of that number, letters in any case."""
    return session.exec(select(Opinion).where(Opinion.number == number.strip().upper())).first()


def by_key(session: Session, key: str) -> Opinion | None:
    """The row handed in under that key."""
    return session.exec(select(Opinion).where(Opinion.key == key)).first()


def newest_like(session: Session, key: str) -> Sequence[Opinion]:
    """The rows whose key begins like this, newest first."""
    alike = select(Opinion).where(col(Opinion.key).startswith(key, autoescape=True))
    return session.exec(alike.order_by(col(Opinion.id).desc())).all()


def of_ticket(session: Session, ticket_id: int) -> Sequence[Opinion]:
    """The rows a ticket was opened for."""
    return session.exec(select(Opinion).where(Opinion.ticket_id == ticket_id).order_by(col(Opinion.id))).all()


def listed(session: Session, *, state: str = "", limit: int | None = 50) -> Sequence[Opinion]:
    """The rows, those that wait longest first, then the newest; only those of `state` when one is named."""
    rows = select(Opinion).where(Opinion.state == state) if state else select(Opinion)
    waiting_first = (
        col(Opinion.state) != "open",
        col(Opinion.due_at).desc() if state != "open" else col(Opinion.due_at),
    )
    return session.exec(rows.order_by(*waiting_first, col(Opinion.id)).limit(limit)).all()


def history_of(session: Session, opinion_id: int) -> Sequence[OpinionEvent]:
    """How a row came to its state, oldest first."""
    events = select(OpinionEvent).where(OpinionEvent.opinion_id == opinion_id)
    return session.exec(events.order_by(col(OpinionEvent.id))).all()


def reply_rate(session: Session, now: datetime, since: datetime | None = None) -> ReplyRate:
    """How many were replied in time, of those due by now; only those handed in from `since` on."""
    is_due = col(Opinion.due_at) <= now
    replied = col(Opinion.replied_at)
    counted = select(
        func.count().filter(is_due),
        func.count().filter(is_due, replied <= col(Opinion.due_at)),
        func.count().filter(is_due, replied > col(Opinion.due_at)),
        func.count().filter(~is_due),
    ).select_from(Opinion)
    return ReplyRate(*session.exec(counted.where(Opinion.created_at >= since) if since else counted).one())


def of_contact(session: Session, contact_id: int) -> Sequence[Opinion]:
    """What one person handed in, oldest first."""
    return session.exec(select(Opinion).where(Opinion.contact_id == contact_id).order_by(col(Opinion.id))).all()


def forget(session: Session, contact_id: int) -> None:
    """Take one person's words out; number, state and times stay, so that the reply rate does."""
    empty(session, [each.id for each in of_contact(session, contact_id) if each.id is not None])


def empty(session: Session, opinion_ids: Collection[int]) -> None:
    """Take all words out of these rows and their history, and the key, which is made from the words."""
    rows = update(Opinion).where(col(Opinion.id).in_(opinion_ids))
    nameless = literal("erased:") + cast(col(Opinion.id), String)
    session.connection().execute(rows.values(text="", reply="", key=nameless))
    history = update(OpinionEvent).where(col(OpinionEvent.opinion_id).in_(opinion_ids))
    session.connection().execute(history.values(note=""))
