"""Broadcasts (推送): a text, seen in preview, confirmed once, then one outbox row per contact."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select


class Broadcast(SQLModel, table=True):
    """One broadcast: ``draft → confirmed | dropped``."""

    __tablename__ = "broadcast"

    id: int | None = Field(default=None, primary_key=True)
    text: str
    author: str
    state: str = "draft"
    n_recipients: int = 0
    created_at: datetime
    confirmed_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored broadcast."""
        assert self.id is not None
        return self.id


def draft(session: Session, text: str, author: str, now: datetime) -> Broadcast:
    """A stored broadcast nobody has confirmed yet."""
    broadcast = Broadcast(text=text, author=author, created_at=now)
    session.add(broadcast)
    session.flush()
    return broadcast


def get(session: Session, broadcast_id: int | None) -> Broadcast | None:
    """The broadcast as it is now."""
    return session.get(Broadcast, broadcast_id, populate_existing=True) if broadcast_id else None


def confirm(session: Session, broadcast_id: int, now: datetime) -> bool:
    """Whether this press confirmed it: of two presses, one gets ``True``."""
    return _leave_draft(session, broadcast_id, "confirmed", now)


def drop(session: Session, broadcast_id: int, now: datetime) -> bool:
    """Whether this press called the draft off."""
    return _leave_draft(session, broadcast_id, "dropped", now)


def _leave_draft(session: Session, broadcast_id: int, state: str, now: datetime) -> bool:
    drafts = update(Broadcast).where(col(Broadcast.id) == broadcast_id, col(Broadcast.state) == "draft")
    return bool(session.connection().execute(drafts.values(state=state, confirmed_at=now)).rowcount)


def newest(session: Session, limit: int = 20) -> list[Broadcast]:
    """The last broadcasts, newest first."""
    return list(session.exec(select(Broadcast).order_by(col(Broadcast.id).desc()).limit(limit)))
