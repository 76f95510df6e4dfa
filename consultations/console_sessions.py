"""Sessions of the staff console (工作台): who is signed in, until when, and which ticket they look at.

The browser holds a random token, the table its hash: a copy of the database opens nobody's session.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index, delete, update
from sqlmodel import Field, Session, SQLModel, col, select

IDLE = timedelta(hours=2)  # without a page asked for
LONGEST = timedelta(hours=12)  # however busy: a working day, then one proves oneself again
NOTED_EVERY = timedelta(minutes=1)
LOOKS_FOR = timedelta(seconds=40)  # an open page says so every `LOOKS_FOR` / 2


class ConsoleSession(SQLModel, table=True):
    """One browser somebody is signed in with."""

    __tablename__ = "console_session"
    __table_args__ = (Index("ix_console_session_ticket", "ticket_id", "looks_until"),)

    token_hash: str = Field(primary_key=True)
    staff: str = Field(index=True)
    began_at: datetime
    seen_at: datetime
    ticket_id: int | None = None
    looks_until: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it opens no more."""
        return now - self.seen_at > IDLE or now - self.began_at > LONGEST

    def is_worth_noting(self, now: datetime) -> bool:
        """Whether it was noted long enough ago that somebody is there."""
        return now - self.seen_at >= NOTED_EVERY


def begin(session: Session, token_hash: str, staff: str, now: datetime) -> None:
    """Signed in. Whatever is over anywhere is removed with it."""
    over = (col(ConsoleSession.seen_at) < now - IDLE) | (col(ConsoleSession.began_at) < now - LONGEST)
    session.connection().execute(delete(ConsoleSession).where(over))
    session.add(ConsoleSession(token_hash=token_hash, staff=staff, began_at=now, seen_at=now))


def find(session: Session, token_hash: str, now: datetime) -> ConsoleSession | None:
    """The session of that token, as long as it is open."""
    found = session.get(ConsoleSession, token_hash, populate_existing=True)
    return found if found is not None and not found.is_over(now) else None


def note_seen(session: Session, token_hash: str, now: datetime) -> None:
    """A page was asked for."""
    theirs = update(ConsoleSession).where(col(ConsoleSession.token_hash) == token_hash)
    session.connection().execute(theirs.values(seen_at=now))


def end(session: Session, token_hash: str) -> None:
    """Signed out in that browser."""
    session.connection().execute(delete(ConsoleSession).where(col(ConsoleSession.token_hash) == token_hash))


def end_all(session: Session, staff: str) -> int:
    """How many browsers that person was signed in with; now with none."""
    theirs = delete(ConsoleSession).where(col(ConsoleSession.staff) == staff)
    return session.connection().execute(theirs).rowcount


def look_at(session: Session, token_hash: str, ticket_id: int, now: datetime) -> None:
    """That browser shows this ticket, for a while."""
    theirs = update(ConsoleSession).where(col(ConsoleSession.token_hash) == token_hash)
    session.connection().execute(theirs.values(ticket_id=ticket_id, looks_until=now + LOOKS_FOR))


def looking_at(session: Session, ticket_id: int, now: datetime) -> Sequence[str]:
    """Everybody who has this ticket open, as in `ConsoleSession.staff`."""
    here = select(ConsoleSession.staff).where(
        ConsoleSession.ticket_id == ticket_id, col(ConsoleSession.looks_until) > now
    )
    return session.exec(here.distinct().order_by(ConsoleSession.staff)).all()
