"""The periods reports are made for (报告期): a month, a quarter, half a year, a year of the outlet's own days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
_HALF = re.compile(r"(\d{4})-?[Hh]([12])")
_YEAR = re.compile(r"(\d{4})")
_QUARTERS, _HALVES = ("第一季度", "第二季度", "第三季度", "第四季度"), ("上半年", "下半年")


@dataclass(frozen=True)
class Period:
    """A period as it is written and called, from its first day until the day after its last."""

    code: str
    name: str
    first: date
    after: date

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its first moment and the first moment after it, in UTC."""
        start, end = (datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in (self.first, self.after))
        return start, end


def read_period(text: str) -> Period | None:
    """``2026-11``, ``2026-Q4``, ``2026-H2`` or ``2026``; ``None`` for anything else."""
    written = text.strip()
    if (found := _MONTH.fullmatch(written)) and 1 <= int(found[2]) <= 12:
        year, month = int(found[1]), int(found[2])
        return _months(f"{year:04}-{month:02}", f"{year}年{month}月", year, month, 1)
    if found := _QUARTER.fullmatch(written):
        year, nth = int(found[1]), int(found[2])
        return _months(f"{year:04}-Q{nth}", f"{year}年{_QUARTERS[nth - 1]}", year, nth * 3 - 2, 3)
    if found := _HALF.fullmatch(written):
        year, nth = int(found[1]), int(found[2])
        return _months(f"{year:04}-H{nth}", f"{year}年{_HALVES[nth - 1]}", year, nth * 6 - 5, 6)
    if found := _YEAR.fullmatch(written):
        return _months(written, f"{int(found[1])}年", int(found[1]), 1, 12)
    return None


def _months(code: str, name: str, year: int, month: int, n_months: int) -> Period | None:
    end = month + n_months
    years = (year, year + (end - 1) // 12)
    if not (years[0] >= 2000 and years[1] <= 2200):
        return None
    return Period(code, name, date(years[0], month, 1), date(years[1], (end - 1) % 12 + 1, 1))
