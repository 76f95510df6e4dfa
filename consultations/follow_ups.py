"""Follow-ups (回访): due rows, each sent once, however long the house was dark.

Unique on (ticket, kind, seq): planning twice plans once. ``waiting → sent → answered``, or ``cancelled``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Index, UniqueConstraint, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

Kind = Literal["visit", "score_reminder"]
LATE = timedelta(hours=1)  # a tick runs every minute; an hour past due means the house was dark


class FollowUp(SQLModel, table=True):
    """One follow-up. `result` is ``ok`` or ``more`` (needs more help) once answered."""

    __tablename__ = "follow_up"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "seq"),
        Index("ix_follow_up_due", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    contact_id: int = Field(foreign_key="contact.id", index=True)
    kind: str
    seq: int = 1
    state: str = "waiting"
    due_at: datetime
    sent_at: datetime | None = None
    is_late: bool = False
    result: str = ""
    answered_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored follow-up."""
        assert self.id is not None
        return self.id


def plan(  # noqa: PLR0913  each is one column
    session: Session, ticket_id: int, contact_id: int, kind: Kind, due_at: datetime, *, seq: int = 1
) -> None:
    """A follow-up on its day; the same (ticket, kind, seq) is planned once."""
    values: dict[str, Any] = {"ticket_id": ticket_id, "contact_id": contact_id, "kind": kind, "seq": seq}
    values |= {"state": "waiting", "due_at": due_at, "is_late": False, "result": ""}
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.connection().execute(insert(FollowUp).values(values).on_conflict_do_nothing())


def list_due(session: Session, now: datetime, limit: int = 100) -> Sequence[FollowUp]:
    """The follow-ups that should go out by now, oldest first."""
    due = select(FollowUp).where(FollowUp.state == "waiting", col(FollowUp.due_at) <= now)
    return session.exec(due.order_by(col(FollowUp.due_at)).limit(limit)).all()


def mark_sent(session: Session, follow_up: FollowUp, now: datetime) -> bool:
    """Whether this caller may send it: of two processes that try, one gets ``True``."""
    values = {"state": "sent", "sent_at": now, "is_late": now - follow_up.due_at > LATE}
    waiting = update(FollowUp).where(col(FollowUp.id) == follow_up.id, col(FollowUp.state) == "waiting")
    return bool(session.connection().execute(waiting.values(**values)).rowcount)


def owned(session: Session, follow_up_id: int | None, contact_id: int) -> FollowUp | None:
    """A follow-up that was sent to this very person; ``None`` for anybody else's."""
    found = session.get(FollowUp, follow_up_id) if follow_up_id else None
    return found if found and found.contact_id == contact_id and found.state in ("sent", "answered") else None


def answer(follow_up: FollowUp, result: str, now: datetime) -> None:
    """What the person says; the last word counts."""
    follow_up.state, follow_up.result, follow_up.answered_at = "answered", result, now


def cancel(session: Session, contact_id: int) -> None:
    """Nothing of what waits for this person goes out any more."""
    waiting = update(FollowUp).where(col(FollowUp.contact_id) == contact_id, col(FollowUp.state) == "waiting")
    session.connection().execute(waiting.values(state="cancelled"))


def cancel_reminder(session: Session, ticket_id: int) -> None:
    """The score was given: nobody needs to be reminded."""
    reminder = update(FollowUp).where(col(FollowUp.ticket_id) == ticket_id, col(FollowUp.kind) == "score_reminder")
    session.connection().execute(reminder.where(col(FollowUp.state) == "waiting").values(state="cancelled"))


def of_contact(session: Session, contact_id: int) -> Sequence[FollowUp]:
    """One person's follow-ups, oldest first."""
    return session.exec(select(FollowUp).where(FollowUp.contact_id == contact_id).order_by(col(FollowUp.id))).all()
