"""What an enterprise told of itself (企业画像), so that programmes can be matched; kept with consent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel


class EnterpriseFacts(SQLModel, table=True):
    """One person's enterprise: fact → name or number; what was left open is missing."""

    __tablename__ = "enterprise_facts"

    contact_id: int = Field(primary_key=True, foreign_key="contact.id", sa_column_kwargs={"autoincrement": False})
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    skipped: list[str] = Field(default_factory=list, sa_type=JSON)
    consent_version: str
    consent_at: datetime
    changed_at: datetime


def of_contact(session: Session, contact_id: int) -> EnterpriseFacts | None:
    """What one person told; ``None`` before they agreed."""
    return session.get(EnterpriseFacts, contact_id)


def begin(session: Session, contact_id: int, consent_version: str, now: datetime) -> EnterpriseFacts:
    """An empty row of somebody who agreed now; what was told before is gone."""
    forget(session, contact_id)
    made = EnterpriseFacts(contact_id=contact_id, consent_version=consent_version, consent_at=now, changed_at=now)
    session.add(made)
    session.flush()
    return made


def put(told: EnterpriseFacts, fact: str, value: str | int | None, now: datetime) -> None:
    """One fact; ``None`` leaves it open."""
    told.facts = {name: each for name, each in told.facts.items() if name != fact}
    told.skipped = [each for each in told.skipped if each != fact]
    if value is None:
        told.skipped = [*told.skipped, fact]
    else:
        told.facts = {**told.facts, fact: value}
    told.changed_at = now


def forget(session: Session, contact_id: int) -> None:
    """What one person told is deleted."""
    told = session.get(EnterpriseFacts, contact_id)
    if told is not None:
        session.delete(told)
        session.flush()
