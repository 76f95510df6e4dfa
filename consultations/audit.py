"""The audit trail (操作留痕): who took personal data out of the archive, out of the world, or wrote it in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlmodel import Field, Session, SQLModel

Verb = Literal["export", "erase", "sheets", "record"]


class AuditEntry(SQLModel, table=True):
    """One line; only ever added."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    verb: str
    contact_id: int = Field(index=True)
    actor: str
    at: datetime


def note(session: Session, verb: Verb, contact_id: int, actor: str, now: datetime) -> None:
    """Write one line. `actor` is ``contact:<id>`` for the person themselves, a staff key otherwise.

    ``sheets`` concerns many: their `contact_id` is 0.
    """
    session.add(AuditEntry(verb=verb, contact_id=contact_id, actor=actor, at=now))
