"""When a promise falls due and when nobody may be disturbed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultations.working_time import OfficeTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = OfficeTime(SHANGHAI, (time(9, 0), time(17, 30)), (time(20, 0), time(8, 30)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "minutes", "due"),
    [
        ("2026-11-23T10:00", 480, "2026-11-24T09:30"),  # Monday: 450 minutes today, 30 tomorrow
        ("2026-11-23T10:00", 30, "2026-11-23T10:30"),
        ("2026-11-23T17:30", 30, "2026-11-24T09:30"),  # closing time is over
        ("2026-11-23T08:00", 60, "2026-11-23T10:00"),  # before opening
        ("2026-11-27T17:00", 60, "2026-11-30T09:30"),  # Friday evening → Monday
        ("2026-11-28T12:00", 60, "2026-11-30T10:00"),  # Saturday
        ("2026-12-31T17:00", 60, "2027-01-04T09:30"),  # 元旦 is a Friday, then the weekend
        ("2026-09-30T17:29", 2, "2026-10-05T09:01"),  # 国庆节 1–3 October
        ("2026-11-23T09:00", 510, "2026-11-23T17:30"),  # exactly the whole day
        ("2026-11-23T09:00", 511, "2026-11-24T09:01"),
    ],
)
def test_a_promise_counts_working_minutes(asked: str, minutes: int, due: str) -> None:
    assert OFFICE.due(at(asked), minutes) == at(due)


MOMENTS = st.integers(0, 1_000_000).map(lambda minutes: at("2026-01-01T00:00") + timedelta(minutes=minutes))


@given(MOMENTS, st.integers(1, 5000))
def test_a_promise_falls_into_working_time_and_never_earlier_for_more_work(moment: datetime, minutes: int) -> None:
    due, later = OFFICE.due(moment, minutes), OFFICE.due(moment, minutes + 1)
    local = due.astimezone(SHANGHAI)
    assert time(9, 0) <= local.time() <= time(17, 30)
    assert local.weekday() < 5
    assert moment < due < later


@pytest.mark.parametrize(
    ("moment", "after"),
    [
        ("2026-11-23T19:59", "2026-11-23T19:59"),
        ("2026-11-23T20:00", "2026-11-24T08:30"),
        ("2026-11-24T00:10", "2026-11-24T08:30"),
        ("2026-11-24T08:29", "2026-11-24T08:30"),
        ("2026-11-24T08:30", "2026-11-24T08:30"),
    ],
)
def test_quiet_hours_end_in_the_morning(moment: str, after: str) -> None:
    assert OFFICE.after_quiet(at(moment)) == at(after)
    assert OFFICE.is_quiet(at(moment)) == (moment != after)


def test_quiet_hours_may_lie_within_a_day() -> None:
    noon = OfficeTime(SHANGHAI, OFFICE.hours, (time(12, 0), time(14, 0)))
    assert noon.after_quiet(at("2026-11-23T13:00")) == at("2026-11-23T14:00")
    assert not noon.is_quiet(at("2026-11-23T23:00"))
