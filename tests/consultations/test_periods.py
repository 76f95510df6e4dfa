"""Report periods: how they are written, and which days of the outlet they hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from consultations.periods import read_period

PERIODS = [
    ("2026-11", "2026年11月", date(2026, 11, 1), date(2026, 12, 1)),
    ("2026-2", "2026年2月", date(2026, 2, 1), date(2026, 3, 1)),
    ("2026-12", "2026年12月", date(2026, 12, 1), date(2027, 1, 1)),
    (" 2026q4 ", "2026年第四季度", date(2026, 10, 1), date(2027, 1, 1)),
    ("2026-H1", "2026年上半年", date(2026, 1, 1), date(2026, 7, 1)),
    ("2026", "2026年", date(2026, 1, 1), date(2027, 1, 1)),
    ("2026-11-30", "2026年11月30日", date(2026, 11, 30), date(2026, 12, 1)),
    ("2026-11-30..2026-12-01", "2026年11月30日至2026年12月1日", date(2026, 11, 30), date(2026, 12, 2)),
]


@pytest.mark.parametrize(("written", "name", "first", "after"), PERIODS, ids=[each[0] for each in PERIODS])
def test_a_period_is_read_as_it_is_written(written: str, name: str, first: date, after: date) -> None:
    found = read_period(written)
    assert found is not None
    assert (found.name, found.first, found.after) == (name, first, after)
    assert read_period(found.code) == found


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026-13",
        "2026-0",
        "2026-Q5",
        "2026-H3",
        "26",
        "1900",
        "3000",
        "2026-11-31",
        "2026-11-02..2026-11-01",
        "1999-01-01",
        "２０２６x",
    ],
)
def test_what_is_no_period_is_none(written: str) -> None:
    assert read_period(written) is None


def test_a_month_begins_at_midnight_of_the_outlet() -> None:
    found = read_period("2026-11")
    assert found is not None
    start, end = found.span(ZoneInfo("Asia/Shanghai"))
    assert start == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert end == datetime(2026, 11, 30, 16, tzinfo=UTC)
