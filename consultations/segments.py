"""Saved segments (受众): named rules of whom a push goes to. A push keeps the rule it was approved with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import JSON, Field, Session, SQLModel, col, select

from consultations.subscriptions import Rule

EVERYBODY = "全部订阅者"


class Segment(SQLModel, table=True):
    """One of them. `rule` gives values by facet; within a facet one is enough, every facet named must fit."""

    __tablename__ = "segment"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    rule: dict[str, Any] = Field(sa_type=JSON)
    author_name: str
    saved_at: datetime


def save(session: Session, name: str, rule: Rule, author_name: str, now: datetime) -> Segment:
    """The segment with that name, new or as it is now."""
    segment = find(session, name) or Segment(name=name, rule={}, author_name="", saved_at=now)
    segment.rule = {facet: list(values) for facet, values in rule.items()}
    segment.author_name, segment.saved_at = author_name, now
    session.add(segment)
    session.flush()
    return segment


def find(session: Session, name: str) -> Segment | None:
    """The segment with that name."""
    return session.exec(select(Segment).where(Segment.name == name)).first()


def drop(session: Session, name: str) -> bool:
    """Whether there was one to be taken off the list; pushes that used it keep its rule."""
    segment = find(session, name)
    if segment is not None:
        session.delete(segment)
    return segment is not None


def every(session: Session) -> Sequence[Segment]:
    """All of them, by name."""
    return session.exec(select(Segment).order_by(col(Segment.name))).all()
