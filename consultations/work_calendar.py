"""The working-day calendar (工作日历), one file a year: holidays and make-up workdays (调休上班) as the State Council
announces them.

The shipped years lie in `calendars/`; a file of the same name in the instance's ``calendars/`` replaces that year. A
year nobody wrote a file for has its weekends and the holidays on fixed days.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, cast

from consultations.authored_files import KEPT, AuthoredFolder, Entry, Kept, Reading, read_document, read_kept
from consultations.working_time import is_plain_workday

SHIPPED = Path(__file__).parent / "calendars"
LONGEST_DAYS = 15  # of one holiday; the longest so far had 9 days, more is a wrong month
STATES = {"official": "已公布", "pending": "待国务院办公厅公布后核对"}
Status = Literal["official", "pending"]
WEEKDAYS = "一二三四五六日"
# What no announced year is without: holidays on fixed days, and those by the moon, looked for by name. A file cut off
# while it was saved may read well and lack them (全国年节及纪念日放假办法, article 2).
FIXED: Mapping[str, Sequence[tuple[int, int]]] = {
    "元旦": ((1, 1),),
    "劳动节": ((5, 1),),
    "国庆节": ((10, 1), (10, 2), (10, 3)),
}
MOVING = ("春节", "清明", "端午", "中秋")
SKELETON = """# {year} 年工作日历：请按国务院办公厅的通知填写，改好后把 status 改成 "official"。
year = {year}
status = "pending"
source = ""

# 每个假期一段：from、to 是放假的第一天和最后一天，workdays 是为它调休上班的周末。
[[holiday]]
name = "元旦"
from = {year}-01-01
to = {year}-01-01
workdays = []
"""


@dataclass(frozen=True)
class Holiday:
    """One holiday: both days included, and the weekend days people work for it."""

    name: str
    first: date
    last: date
    workdays: tuple[date, ...] = ()

    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class CalendarYear:
    """One year as announced. A `pending` one knows the statutory days only."""

    year: int
    status: Status
    source: str
    holidays: tuple[Holiday, ...] = ()
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()


@dataclass
class WorkCalendar(AuthoredFolder):
    """The years in use, taken up anew when a file changes. `problems` are faults of files not in use for them."""

    years: dict[int, CalendarYear] = field(default_factory=dict)

    def take_up(self, paths: Sequence[Path]) -> tuple[str, ...]:
        """Read the outlet's years, which replace those shipped, one file each."""
        years = dict(shipped_years())
        problems: list[str] = []
        for path in paths:
            kept = _read_year(path, path.parent / KEPT / path.stem)
            problems += kept.problems
            if kept.value is not None:
                years[kept.value.year] = kept.value
        self.years = years
        return tuple(problems)

    def state_of(self, year: int) -> str:
        """How far a year is to be trusted, in Chinese; what to do when it is not."""
        known = self.years.get(year)
        if known is None:
            return f"没有日历文件，只除去周末和固定日期的节日；请在实例文件夹里建 calendars/{year}.toml"
        return STATES[known.status]

    def is_workday(self, day: date) -> bool:
        """Whether the outlet works on that day."""
        # An announcement may reach into the days around its year: 2022-12-31 belonged to 元旦 2023.
        for year in (self.years.get(day.year), self.years.get(day.year + 1), self.years.get(day.year - 1)):
            if year and day in year.worked:
                return True
            if year and day in year.off:
                return False
        return day.weekday() < 5 if day.year in self.years else is_plain_workday(day)


@functools.cache
def shipped_years() -> Mapping[int, CalendarYear]:
    """The years that come with the product."""
    years = [parse_year({path.name: path.read_text(encoding="utf-8")}) for path in sorted(SHIPPED.glob("*.toml"))]
    return {each.year: each for each in years}


def starting_text(year: int) -> str:
    """What a file of one's own begins with: the shipped year, or a skeleton."""
    shipped = SHIPPED / f"{year}.toml"
    return shipped.read_text(encoding="utf-8") if shipped.exists() else SKELETON.format(year=year)


def parse_year(texts: Mapping[str, str]) -> CalendarYear:
    """The year in one file (name → text).

    Raises:
        FaultyFilesError: Something in it is wrong; every fault with its line and its cure.
    """
    ((name, text),) = texts.items()
    document, reading = read_document(name, text), Reading()
    reading.only(document.top, "year", "status", "source")
    year = reading.number(document.top, "year", _named_year(name), 2000, 2200)
    if year != _named_year(name):
        reading.refuse(document.top, "year", f"year = {year} 与文件名不一致，请改成 {_named_year(name)}，或改文件名。")
    entries = reading.entries(document, "holiday", "节假日")
    holidays = [_holiday(reading, each, year) for each in entries]
    if not reading.problems:  # what can't be read stands in as 1 January
        _refuse_clashes(reading, list(zip(entries, holidays, strict=True)))
    status = cast("Status", reading.chosen(document.top, "status", STATES, "official"))
    source = reading.text(document.top, "source", "")
    reading.finish()
    if status == "official":
        _refuse_gaps(reading, document.top, year, holidays)
        reading.finish()
    off = frozenset(day for each in holidays for day in each.days())
    worked = frozenset(day for each in holidays for day in each.workdays)
    return CalendarYear(year, status, source, tuple(holidays), off, worked)


def _holiday(reading: Reading, entry: Entry, year: int) -> Holiday:
    reading.only(entry, "name", "from", "to", "workdays")
    name = reading.text(entry, "name")
    first, last = reading.day(entry, "from"), reading.day(entry, "to")
    if first is None:
        if "from" not in entry.values:
            reading.refuse(entry, "from", "缺少 from，请写上放假第一天，例如 2026-10-01。")
        first = date(year, 1, 1)
        last = first
    last = last or first
    if last < first:
        reading.refuse(entry, "to", f"to（{last}）早于 from（{first}），请对调或改正。")
        last = first
    if (last - first).days >= LONGEST_DAYS:
        reading.refuse(entry, "to", f"{name}从 {first} 到 {last} 超过 {LONGEST_DAYS} 天，请检查月份。")
        last = first
    workdays = reading.days(entry, "workdays")
    for day, key in ((first, "from"), (last, "to"), *((each, "workdays") for each in workdays)):
        if not date(year - 1, 12, 1) <= day <= date(year + 1, 1, 31):
            reading.refuse(entry, key, f"{day} 不在 {year} 年，请检查年份。")
    for each in workdays:
        if each.weekday() < 5:
            week = WEEKDAYS[each.weekday()]
            reading.refuse(entry, "workdays", f"{each} 是星期{week}，本来就上班；调休上班日应是星期六或星期日。")
    return Holiday(name, first, last, workdays)


def _refuse_clashes(reading: Reading, holidays: Sequence[tuple[Entry, Holiday]]) -> None:
    """No day may be two holidays, or a holiday and a workday."""
    owner: dict[date, str] = {}
    for entry, each in holidays:
        for day in each.days():
            if day in owner:
                reading.refuse(entry, "from", f"{day} 既在{owner[day]}又在{each.name}假期里，请改正其中一处。")
            owner[day] = each.name
    for entry, each in holidays:
        for day in each.workdays:
            if day in owner:
                reading.refuse(entry, "workdays", f"{day} 既是{owner[day]}假期又是调休上班日，请改正其中一处。")


def _refuse_gaps(reading: Reading, top: Entry, year: int, holidays: Sequence[Holiday]) -> None:
    """An announced year has all its holidays."""
    off = {day for each in holidays for day in each.days()}
    missing = [name for name, days in FIXED.items() if not all(date(year, *day) in off for day in days)]
    missing += [name for name in MOVING if not any(name in each.name for each in holidays)]
    if missing:
        fault = f'缺少{"、".join(missing)}，文件可能没有保存完整：请补上；还没有公布的年份，请写 status = "pending"。'
        reading.refuse(top, "", fault)


def _read_year(path: Path, kept: Path) -> Kept[CalendarYear]:
    if not path.stem.isdecimal() or len(path.stem) != 4:
        return Kept(None, (f"{path.name}：文件名应是四位年份，例如 2027.toml。",))
    return read_kept([path], parse_year, kept)


def _named_year(name: str) -> int:
    stem = name.partition(".")[0]
    return int(stem) if stem.isdecimal() else 0
