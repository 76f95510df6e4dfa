"""The office's time reckoned a second time, by hand, for the days that are simulated: not with the product's code."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENS, CLOSES = time(9, 0), time(17, 30)
QUIET_FROM, QUIET_TO = time(20, 0), time(8, 30)
# 国庆节 1–7 October 2026; Saturday 10 October is worked for it (国务院办公厅 2025-11-04).
WORKED = frozenset(date(2026, 10, day) for day in (8, 9, 10, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23))


def moment(day: date, at: time) -> datetime:
    """A time of day in Shanghai as UTC."""
    return datetime.combine(day, at, tzinfo=SHANGHAI).astimezone(UTC)


def is_quiet(now: datetime) -> bool:
    """20:00 to 8:30."""
    at = now.astimezone(SHANGHAI).time()
    return at >= QUIET_FROM or at < QUIET_TO


def after_quiet(at: datetime) -> datetime:
    """That moment, or the 8:30 after it."""
    if not is_quiet(at):
        return at
    local = at.astimezone(SHANGHAI)
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return moment(day, QUIET_TO)


def is_working(now: datetime) -> bool:
    """9:00 to 17:30 on a day that is worked."""
    local = now.astimezone(SHANGHAI)
    return local.date() in WORKED and OPENS <= local.time() < CLOSES


def next_working(at: datetime) -> datetime:
    """That moment, or the next opening."""
    if is_working(at):
        return at
    local = at.astimezone(SHANGHAI)
    later = [day for day in sorted(WORKED) if moment(day, OPENS) > at]
    assert later, f"no worked day after {local}"
    return moment(later[0], OPENS)


def worked_minutes(start: datetime, end: datetime) -> float:
    """Working minutes between two moments."""
    spans = ((moment(day, OPENS), moment(day, CLOSES)) for day in WORKED)
    return sum(max(0.0, (min(end, b) - max(start, a)) / timedelta(minutes=1)) for a, b in spans)
