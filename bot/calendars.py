"""``zhixun calendar``: which days are worked, and a file of one's own to correct them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from bot.application import utc_now
from bot.screen import say
from bot.settings import Settings
from consultations.work_calendar import WEEKDAYS, CalendarYear, Holiday, WorkCalendar, starting_text


def show(settings: Settings, year: int | None) -> bool:
    """Print one year, or this and the next; whether every file is right."""
    calendar = WorkCalendar(settings.home / "calendars")
    this_year = utc_now().astimezone(ZoneInfo(settings.outlet.time_zone)).year
    for each in (year,) if year else (this_year, this_year + 1):
        say(f"{each} 年：{calendar.state_of(each)}")
        if each in calendar.years:
            for line in _lines(calendar.years[each]):
                say(line)
    for problem in calendar.problems:
        say(f"有误：{problem}改好之前沿用上一次正确的内容（没有过就用自带的）。")
    return not calendar.problems


def copy(settings: Settings, year: int) -> bool:
    """Put a file of that year into the instance folder; whether there was none yet."""
    path = settings.home / "calendars" / f"{year}.toml"
    if path.exists():
        say(f"{path} 已经有了，请直接修改它。")
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(starting_text(year).encode())
    say(f"已复制到 {path}。改好保存即可，几秒内生效，不用重启。")
    return True


def _lines(year: CalendarYear) -> Iterator[str]:
    if year.source:
        yield f"依据：{year.source}"
    yield from (f"  {_holiday(each)}" for each in year.holidays)


def _holiday(holiday: Holiday) -> str:
    one_day = holiday.first == holiday.last
    span = _day(holiday.first) if one_day else f"{_day(holiday.first)}至{_day(holiday.last)}"
    worked = "、".join(_day(each) for each in holiday.workdays)
    return f"{holiday.name}：{span}放假" + (f"；{worked}上班" if worked else "")


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日（星期{WEEKDAYS[day.weekday()]}）"
