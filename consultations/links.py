"""Link codes (关联码): how one person shows that two contacts on different channels are both theirs.

A code is asked for on one channel and typed on the other within half an hour; it works once.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col

VALID_FOR = timedelta(minutes=30)
DIGITS = 8  # ten guesses a minute, as the limit allows, find one of a hundred million in half an hour: 1 in 300,000


class LinkCode(SQLModel, table=True):
    """One code that was given out and not used yet."""

    __tablename__ = "link_code"

    code: str = Field(primary_key=True)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    expires_at: datetime


def give_code(session: Session, contact_id: int, now: datetime) -> str:
    """A fresh code for this contact; an older one of theirs no longer works."""
    forget(session, contact_id)
    session.connection().execute(delete(LinkCode).where(col(LinkCode.expires_at) <= now))
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    if session.get(LinkCode, code) is not None:
        return give_code(session, contact_id, now)
    session.add(LinkCode(code=code, contact_id=contact_id, expires_at=now + VALID_FOR))
    session.flush()
    return code


def use_code(session: Session, code: str, now: datetime) -> int | None:
    """Whose code it is; ``None`` when there is no such code, it is over, or it was used."""
    found = session.get(LinkCode, code)
    if found is None or found.expires_at <= now:
        return None
    used = session.connection().execute(delete(LinkCode).where(col(LinkCode.code) == code)).rowcount
    return found.contact_id if used else None


def forget(session: Session, contact_id: int) -> None:
    """The codes of one contact no longer work."""
    session.connection().execute(delete(LinkCode).where(col(LinkCode.contact_id) == contact_id))
