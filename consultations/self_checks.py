"""The nightly self-check (自检) of the knowledge base: one row a day, so that two processes tell once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import JSON
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select


class SelfCheck(SQLModel, table=True):
    """What one night found: `findings` are sentences by their key, which stays the same until the fault changes."""

    __tablename__ = "self_check"

    id: int | None = Field(default=None, primary_key=True)
    day: date = Field(unique=True)
    checked_at: datetime
    findings: dict[str, str] = Field(sa_type=JSON)


def latest(session: Session) -> SelfCheck | None:
    """The last night's result, if there was one."""
    return session.exec(select(SelfCheck).order_by(col(SelfCheck.day).desc()).limit(1)).first()


def record(session: Session, day: date, findings: Mapping[str, str], now: datetime) -> bool:
    """Whether this is the day's result: of two processes, one gets ``True``."""
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"day": day, "findings": dict(findings), "checked_at": now}
    adding = insert(SelfCheck).on_conflict_do_nothing(index_elements=["day"]).returning(col(SelfCheck.id))
    return session.connection().execute(adding, row).scalar_one_or_none() is not None
