"""Working time and quiet hours (工作时间、静默时段): when a promise falls due, when nobody may be disturbed.

Which days are worked is the calendar's matter (`work_calendar`). Without one it is Monday to Friday, except the
holidays on fixed days (元旦、劳动节、国庆节; 全国年节及纪念日放假办法, 2024 revision, article 2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


def is_plain_workday(day: date) -> bool:
    """Monday to Friday, fixed holidays excepted."""
    return day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS


@dataclass(frozen=True)
class OfficeTime:
    """The clock on the office wall. `hours` and `quiet` are (from, to), the second moment is not included."""

    zone: ZoneInfo
    hours: tuple[time, time]
    quiet: tuple[time, time]
    is_workday: Callable[[date], bool] = is_plain_workday

    def day(self, moment: datetime) -> date:
        """The day in the office at that moment."""
        return moment.astimezone(self.zone).date()

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody is at work."""
        local = moment.astimezone(self.zone)
        return self.is_workday(local.date()) and self.hours[0] <= local.time() < self.hours[1]

    def next_open(self, moment: datetime) -> datetime:
        """That moment when somebody is at work, else the next one when somebody will be."""
        local = moment.astimezone(self.zone)
        if self.is_open(moment):
            return moment
        day = local.date() if local.time() < self.hours[0] else local.date() + timedelta(days=1)
        while not self.is_workday(day):
            day += timedelta(days=1)
        return self.at(day, self.hours[0])

    def due(self, moment: datetime, working_minutes: float) -> datetime:
        """When that many working minutes will have passed, counted from the moment."""
        at, left = self.next_open(moment), timedelta(minutes=working_minutes)
        while True:
            closing = self.at(self.day(at), self.hours[1])
            if left <= closing - at:
                return at + left
            left -= closing - at
            at = self.next_open(closing)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; none when the second is earlier."""
        at, total = self.next_open(start), timedelta()
        while at < end:
            closing = self.at(self.day(at), self.hours[1])
            total += min(closing, end) - at
            at = self.next_open(closing)
        return total

    def due_in_days(self, moment: datetime, working_days: int) -> datetime:
        """The end of the last of that many workdays after the day of the moment (个工作日)."""
        day = self.day(moment)
        for _ in range(working_days):
            day += timedelta(days=1)
            while not self.is_workday(day):
                day += timedelta(days=1)
        return self.at(day, self.hours[1])

    def is_quiet(self, moment: datetime) -> bool:
        """Whether people want to be left alone."""
        start, end = self.quiet
        now = moment.astimezone(self.zone).time()
        return start <= now < end if start < end else now >= start or now < end

    def after_quiet(self, moment: datetime) -> datetime:
        """That moment, or the end of the quiet hours it falls into."""
        if not self.is_quiet(moment):
            return moment
        local = moment.astimezone(self.zone)
        ends_today = local.time() < self.quiet[1]
        return self.at(local.date() + timedelta(days=0 if ends_today else 1), self.quiet[1])

    def at(self, day: date, at: time) -> datetime:
        """A time of day in the office as a moment."""
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)
