"""The periods reports are made for (报告期): a month, a quarter, half a year, a year, or some days, as the outlet's
own calendar has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
_HALF = re.compile(r"(\d{4})-?[Hh]([12])")
_YEAR = re.compile(r"(\d{4})")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")
HOW_WRITTEN = "2026-11（月）、2026-Q4（季度）、2026-H2（半年）、2026（年），或起止日期 2026-11-20..2026-11-26"
_FIRST_YEAR, _LAST_YEAR = 2000, 2200
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
    """``2026-11``, ``2026-Q4``, ``2026-H2``, ``2026``, ``2026-11-20..2026-11-26`` (both days included) or one day;
    ``None`` for anything else.
    """
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
        year = int(found[1])
        return _months(f"{year:04}", f"{year}年", year, 1, 12)
    return _from_day_to_day(written)


def month_of(day: date) -> Period:
    """The month a day lies in."""
    found = read_period(f"{day:%Y-%m}")
    assert found is not None
    return found


def usual_on(day: date) -> list[Period]:
    """What is asked for most: this month, quarter, half and year, and what was before them; of halves only this one."""
    month, half = month_of(day), f"{day.year}-H{1 if day.month <= 6 else 2}"
    quarter = read_period(f"{day.year}-Q{(day.month + 2) // 3}")
    year = read_period(str(day.year))
    assert quarter is not None
    assert year is not None
    found = (month, period_before(month), quarter, period_before(quarter), read_period(half), year, period_before(year))
    return [each for each in found if each is not None]


def period_before(period: Period) -> Period:
    """The period of the same kind before: last month, last year; of some days, as many before them."""
    found = read_period(period.code)
    length = period.after - period.first
    if found is None or ".." in period.code or length == timedelta(days=1):
        first, last = period.first - length, period.first - timedelta(days=1)
        code = f"{first}" if first == last else f"{first}..{last}"
        return _from_day_to_day(code) or period
    n_months = (period.after.year - period.first.year) * 12 + period.after.month - period.first.month
    month = period.first.year * 12 + period.first.month - 1 - n_months
    year, nth = month // 12, month % 12
    code = {
        1: f"{year}-{nth + 1:02}",
        3: f"{year}-Q{nth // 3 + 1}",
        6: f"{year}-H{nth // 6 + 1}",
        12: f"{year}",
    }[n_months]
    return read_period(code) or period


def _from_day_to_day(written: str) -> Period | None:
    found = _DAYS.fullmatch(written)
    if found is None:
        return None
    try:
        first, last = (date.fromisoformat(each or found[1]) for each in found.groups())
    except ValueError:
        return None
    if first > last or not (first.year >= _FIRST_YEAR and last.year <= _LAST_YEAR):
        return None
    name = f"{first.year}年{first.month}月{first.day}日"
    if last > first:
        name += f"至{last.year}年{last.month}月{last.day}日"
    return Period(written, name, first, last + timedelta(days=1))


def _months(code: str, name: str, year: int, month: int, n_months: int) -> Period | None:
    end = month + n_months
    years = (year, year + (end - 1) // 12)
    if not (years[0] >= _FIRST_YEAR and years[1] <= _LAST_YEAR):
        return None
    return Period(code, name, date(years[0], month, 1), date(years[1], (end - 1) % 12 + 1, 1))
