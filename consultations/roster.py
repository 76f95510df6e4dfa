"""The roster (排班): who is on duty at a moment, why somebody is not, and when somebody will be. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from consultations.duty_book import DutyBook, Member, Shift
from consultations.working_time import OfficeTime

AHEAD_DAYS = 60  # further nobody plans; beyond it the next opening is as good a guess as any
WORKDAYS = frozenset(range(5))


@dataclass(frozen=True)
class Roster:
    """The duty book held against the clock on the office wall."""

    book: DutyBook
    office: OfficeTime

    def on_duty(self, moment: datetime) -> list[Member]:
        """Everybody who is there at that moment, in the order of the book."""
        return [each for each in self.book.members.values() if not self.why_not(each, moment)]

    def why_not(self, member: Member, moment: datetime) -> str:
        """Why somebody is not on duty at that moment, in Chinese; empty when they are."""
        day = self.office.day(moment)
        if member.until and day > member.until:
            return "已离岗"
        away = next(
            (each for each in self.book.absences if each.member == member.member_id and each.first <= day <= each.last),
            None,
        )
        if away:
            return f"请假到 {away.last}" + (f"（{away.reason}）" if away.reason else "")
        shifts = [each for each in self.book.shifts if member.member_id in each.members]
        if not shifts and member.employment == "part_time":
            return "兼职，没有排班"
        at = moment.astimezone(self.office.zone).time()
        spans = self._spans(shifts, day)
        return "" if any(start <= at < end for start, end in spans) else "不当班"

    def next_on_duty(self, moment: datetime, members: Iterable[Member] | None = None) -> datetime | None:
        """That moment when one of them is there, else the next one; ``None`` when nobody is within sixty days."""
        people = list(self.book.members.values() if members is None else members)
        if any(not self.why_not(each, moment) for each in people):
            return moment
        today = self.office.day(moment)
        for day in (today + timedelta(days=n) for n in range(AHEAD_DAYS)):
            starts = sorted(start for each in people for start, _ in self._spans(self._shifts_of(each), day))
            for start in starts:
                at = self.office.at(day, start)
                if at > moment and any(not self.why_not(each, at) for each in people):
                    return at
        return None

    def _shifts_of(self, member: Member) -> list[Shift]:
        return [each for each in self.book.shifts if member.member_id in each.members]

    def _spans(self, shifts: list[Shift], day: date) -> list[tuple[time, time]]:
        """The hours of a day; without any shift, those of the office."""
        if not shifts:
            return [self.office.hours] if self.office.is_workday(day) else []
        return [each.hours or self.office.hours for each in shifts if self._applies(each, day)]

    def _applies(self, shift: Shift, day: date) -> bool:
        """Monday to Friday only on workdays; weekends when they are named, or worked by everybody (调休)."""
        if (shift.first and day < shift.first) or (shift.last and day > shift.last):
            return False
        is_workday, weekday = self.office.is_workday(day), day.weekday()
        if not shift.weekdays:
            return is_workday
        if weekday in WORKDAYS:
            return is_workday and weekday in shift.weekdays
        return weekday in shift.weekdays or (is_workday and shift.weekdays >= WORKDAYS)
