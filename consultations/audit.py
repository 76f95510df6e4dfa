"""The audit trail (操作留痕): who took personal data out of the archive, out of the world, or wrote it in;
and who was refused what.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlmodel import Field, Session, SQLModel, col, select

from consultations.permissions import Action

Verb = Literal["export", "erase", "sheets", "record", "backup", "expire"]
REFUSED = "refused:"  # in front of an action


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

    ``sheets``, ``backup`` and ``expire`` (保存期限) concern many: their `contact_id` is 0.
    """
    session.add(AuditEntry(verb=verb, contact_id=contact_id, actor=actor, at=now))


def of_contact(session: Session, contact_id: int) -> Sequence[AuditEntry]:
    """What was done with one person's data, oldest first."""
    theirs = select(AuditEntry).where(AuditEntry.contact_id == contact_id)
    return session.exec(theirs.order_by(col(AuditEntry.id))).all()


def note_refusal(session: Session, action: Action, actor: str, now: datetime) -> None:
    """Write down that somebody was refused: ``refused:ticket.claim``. What it was about is nobody's business here."""
    session.add(AuditEntry(verb=f"{REFUSED}{action}", contact_id=0, actor=actor, at=now))


def refusals(session: Session) -> Sequence[AuditEntry]:
    """Who was refused what, oldest first."""
    found = select(AuditEntry).where(col(AuditEntry.verb).startswith(REFUSED, autoescape=True))
    return session.exec(found.order_by(col(AuditEntry.id))).all()
