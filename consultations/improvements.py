"""The improvement ledger (改进台账): what was not good enough, and what was done about it.

One row for each ticket and source, written by a low score (≤ 2) or 没解决, and by a follow-up that says so;
``open → done``. A score raised later leaves the row: what went wrong did go wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, UniqueConstraint, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

Source = Literal["survey", "follow_up"]
SOURCES: Mapping[str, str] = {"survey": "满意度评价", "follow_up": "回访"}


class ImprovementItem(SQLModel, table=True):
    """One item. `cause` says what happened; `measure` is what staff did, empty while it is open."""

    __tablename__ = "improvement_item"
    __table_args__ = (
        UniqueConstraint("ticket_id", "source"),
        Index("ix_improvement_item_state", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    source: str
    cause: str
    state: str = "open"
    opened_at: datetime
    due_at: datetime
    measure: str = ""
    closed_by: str = ""
    closed_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored item."""
        assert self.id is not None
        return self.id


def note(  # noqa: PLR0913  each is one column
    session: Session, ticket_id: int, source: Source, cause: str, *, now: datetime, due_at: datetime
) -> bool:
    """Whether the ledger has one more item. The same (ticket, source) is one item; a new cause is added to it."""
    values: dict[str, Any] = {"ticket_id": ticket_id, "source": source, "cause": cause, "state": "open"}
    values |= {"opened_at": now, "due_at": due_at, "measure": "", "closed_by": ""}
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    unless_known = insert(ImprovementItem).values(values).on_conflict_do_nothing()
    added = session.connection().execute(unless_known.returning(col(ImprovementItem.id))).scalar_one_or_none()
    if added is None:
        same = select(ImprovementItem).where(ImprovementItem.ticket_id == ticket_id, ImprovementItem.source == source)
        known = session.exec(same).one()
        known.cause = known.cause if cause in known.cause else f"{known.cause}；{cause}"
    return added is not None


def get(session: Session, item_id: int | None) -> ImprovementItem | None:
    """The item as it is now."""
    return session.get(ImprovementItem, item_id, populate_existing=True) if item_id else None


def ledger(session: Session, *, is_open: bool = False, limit: int = 1000) -> Sequence[ImprovementItem]:
    """The items, those open and due first; the finished ones left out when only the open are wanted."""
    rows = select(ImprovementItem)
    if is_open:
        rows = rows.where(ImprovementItem.state == "open")
    return session.exec(
        rows.order_by(col(ImprovementItem.state).desc(), col(ImprovementItem.due_at)).limit(limit)
    ).all()


def of_tickets(session: Session, ticket_ids: Collection[int]) -> Sequence[ImprovementItem]:
    """The items about these tickets, oldest first."""
    theirs = select(ImprovementItem).where(col(ImprovementItem.ticket_id).in_(ticket_ids))
    return session.exec(theirs.order_by(col(ImprovementItem.id))).all()


def forget(session: Session, ticket_ids: Collection[int]) -> None:
    """Take out what staff wrote about these tickets; that something was improved, and when, stays."""
    theirs = update(ImprovementItem).where(col(ImprovementItem.ticket_id).in_(ticket_ids))
    session.connection().execute(theirs.values(measure=""))


def finish(session: Session, item_id: int, measure: str, who: str, now: datetime) -> bool:
    """Whether this call closed the item; one that is done keeps what was written first."""
    still = update(ImprovementItem).where(col(ImprovementItem.id) == item_id, col(ImprovementItem.state) == "open")
    values = {"state": "done", "measure": measure, "closed_by": who, "closed_at": now}
    return bool(session.connection().execute(still.values(**values)).rowcount)
