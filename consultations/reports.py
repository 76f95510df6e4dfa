"""Reports that were made (已出具的报告): what each said, of which records, under which definitions.

Made again, a report gives the same numbers, or one sees which figure changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.figures import DEFINITIONS, Counted


class Report(SQLModel, table=True):
    """One report as it was made. `period` is its code (``2026-11``), `figures` and `hashes` are by key of figure."""

    __tablename__ = "report"

    id: int | None = Field(default=None, primary_key=True)
    period: str = Field(index=True)
    definitions: int
    figures: dict[str, int] = Field(sa_type=JSON)
    hashes: dict[str, str] = Field(sa_type=JSON)
    sha256: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class Change:
    """A figure that is not what it was: before and after. With equal numbers it counts other records."""

    key: str
    before: int
    after: int


def keep(session: Session, period: str, counted: Counted, made_by: str, now: datetime) -> Report:
    """Note what a report says."""
    made = Report(
        period=period,
        definitions=DEFINITIONS,
        figures=counted.values,
        hashes=counted.hashes,
        sha256=counted.sha256,
        made_by=made_by,
        made_at=now,
    )
    session.add(made)
    session.flush()
    return made


def latest(session: Session, period: str) -> Report | None:
    """The last report of that period."""
    found = select(Report).where(Report.period == period).order_by(col(Report.id).desc())
    return session.exec(found).first()


def newest(session: Session, limit: int = 20) -> Sequence[Report]:
    """The last reports, the newest first."""
    return session.exec(select(Report).order_by(col(Report.id).desc()).limit(limit)).all()


def changes(before: Report, counted: Counted) -> list[Change]:
    """The figures that count other records than they did."""
    values, hashes = counted.values, counted.hashes
    return [
        Change(key, before.figures.get(key, 0), values[key]) for key in values if before.hashes.get(key) != hashes[key]
    ]
