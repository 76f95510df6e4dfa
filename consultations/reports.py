"""Reports that were made (已出具的报告): what each said, of which records, under which definitions.

Made again, a report gives the same numbers, or one sees which figure changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.figures import DEFINITIONS, Counted


class Report(SQLModel, table=True):
    """One report as it was made. `period` is its code (``2026-11``), `kind` which report, `chosen` what was selected
    in words; `figures` and `hashes` are by key of figure. `scheduled` is the key of a draft made on its set day, each
    made once.
    """

    __tablename__ = "report"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = "effect"
    period: str = Field(index=True)
    chosen: str = ""
    scheduled: str | None = Field(default=None, unique=True)
    definitions: int
    figures: dict[str, int] = Field(sa_type=JSON)
    hashes: dict[str, str] = Field(sa_type=JSON)
    sha256: str
    made_by: str
    made_at: datetime

    @property
    def key(self) -> int:
        """The id of a stored report."""
        assert self.id is not None
        return self.id


@dataclass(frozen=True)
class Change:
    """A figure that is not what it was: before and after. With equal numbers it counts other records."""

    key: str
    before: int
    after: int


def keep(  # noqa: PLR0913  what it says, of what, by whom
    session: Session,
    period: str,
    counted: Counted,
    made_by: str,
    now: datetime,
    *,
    kind: str = "effect",
    chosen: str = "",
    scheduled: str | None = None,
) -> Report | None:
    """Note what a report says; ``None`` when the one scheduled under that key was noted before."""
    values: dict[str, Any] = {"kind": kind, "period": period, "chosen": chosen, "scheduled": scheduled}
    values |= {"definitions": DEFINITIONS, "figures": counted.values, "hashes": counted.hashes}
    values |= {"sha256": counted.sha256, "made_by": made_by, "made_at": now}
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    unless_made = insert(Report).values(values).on_conflict_do_nothing(index_elements=["scheduled"])
    made = session.connection().execute(unless_made.returning(col(Report.id))).scalar_one_or_none()
    return session.get(Report, made) if made is not None else None


def is_made(session: Session, scheduled: str) -> bool:
    """Whether the draft scheduled under that key was made."""
    return session.exec(select(Report.id).where(Report.scheduled == scheduled)).first() is not None


def get(session: Session, report_id: int) -> Report | None:
    """A report that was made."""
    return session.get(Report, report_id)


def latest(session: Session, period: str, kind: str = "effect", chosen: str = "") -> Report | None:
    """The last report of that kind and selection of that period."""
    found = select(Report).where(Report.period == period, Report.kind == kind, Report.chosen == chosen)
    return session.exec(found.order_by(col(Report.id).desc())).first()


def newest(session: Session, limit: int = 20) -> Sequence[Report]:
    """The last reports, the newest first."""
    return session.exec(select(Report).order_by(col(Report.id).desc()).limit(limit)).all()


def changes(before: Report, counted: Counted) -> list[Change]:
    """The figures that count other records than they did."""
    values, hashes = counted.values, counted.hashes
    return [
        Change(key, before.figures.get(key, 0), values[key]) for key in values if before.hashes.get(key) != hashes[key]
    ]
