"""The working-day calendar: sixty days around every holiday, promises across them, faulty files, the last good one."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from consultations.authored_files import FaultyFilesError
from consultations.work_calendar import WorkCalendar, parse_year
from consultations.working_time import OfficeTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHIPPED = WorkCalendar()
OFFICE = OfficeTime(SHANGHAI, (time(9, 0), time(17, 30)), (time(20, 0), time(8, 30)), SHIPPED.is_workday)
OFF, ON = "休", "班"

# Each line: a first day, then one letter for it and each day after it.
AROUND_HOLIDAYS = [
    ("2025-12-31", "班休休休班班"),  # 元旦 2026; Sunday 4 January is worked
    ("2026-02-13", "班班休休休休休休休休休班班班班班休"),  # 春节; Saturdays the 14th and the 28th are worked
    ("2026-04-03", "班休休休班"),  # 清明节
    ("2026-04-30", "班休休休休休班班班班休班"),  # 劳动节; Saturday the 9th is worked
    ("2026-06-18", "班休休休班"),  # 端午节
    ("2026-09-19", "休班班班"),  # Sunday the 20th is worked
    ("2026-09-24", "班休休休班班班休休休休休休休班班班休班"),  # 中秋节, 国庆节; Saturday the 10th is worked
    ("2026-12-31", "班休休休班"),  # 元旦 2027 is a Friday
    ("2027-02-04", "班休休休休班"),  # 春节 2027, statutory days only
]
DAYS = [
    (date.fromordinal(date.fromisoformat(first).toordinal() + n), letter)
    for first, letters in AROUND_HOLIDAYS
    for n, letter in enumerate(letters)
]


@pytest.mark.parametrize(("day", "letter"), DAYS, ids=str)
def test_every_day_around_a_holiday(day: date, letter: str) -> None:
    assert SHIPPED.is_workday(day) == (letter == ON)


def test_there_are_at_least_sixty_of_them() -> None:
    assert len(DAYS) >= 60
    assert {letter for _, letter in DAYS} == {OFF, ON}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "minutes", "due"),
    [
        ("2026-02-13T17:00", 60, "2026-02-14T09:30"),  # Friday evening: the Saturday before 春节 is worked
        ("2026-02-14T17:00", 60, "2026-02-24T09:30"),
        ("2026-02-27T17:29", 3, "2026-02-28T09:02"),
        ("2026-05-08T17:00", 480, "2026-05-09T16:30"),
        ("2026-09-30T17:00", 510, "2026-10-08T17:00"),
        ("2026-10-08T17:20", 15, "2026-10-09T09:05"),
        ("2026-10-09T17:20", 30, "2026-10-10T09:20"),  # a worked Saturday
        ("2027-02-04T17:00", 60, "2027-02-09T09:30"),
        ("2028-10-01T10:00", 60, "2028-10-04T10:00"),  # a year without a file: fixed holidays and weekends
    ],
)
def test_a_promise_counts_make_up_workdays_and_no_holidays(asked: str, minutes: int, due: str) -> None:
    assert OFFICE.due(at(asked), minutes) == at(due)


def test_shipped_years_tell_how_far_they_can_be_trusted() -> None:
    assert SHIPPED.state_of(2026) == "已公布"
    assert SHIPPED.state_of(2027) == "待国务院办公厅公布后核对"
    assert "calendars/2028.toml" in SHIPPED.state_of(2028)


ANNOUNCED = """year = 2027
status = "official"
[[holiday]]
name = "示例节"
from = 2027-03-10
to = 2027-03-12
workdays = [2027-03-13]
"""
GOOD = ANNOUNCED + "".join(
    f'[[holiday]]\nname = "{name}"\nfrom = 2027-{first}\nto = 2027-{last}\n'
    for name, first, last in (
        ("元旦", "01-01", "01-01"),
        ("春节", "02-05", "02-08"),
        ("清明节", "04-05", "04-05"),
        ("劳动节", "05-01", "05-02"),
        ("端午节", "06-09", "06-09"),
        ("中秋节", "09-15", "09-15"),
        ("国庆节", "10-01", "10-03"),
    )
)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2027-03-12", "2027-03-32", "2027.toml 第 6 行不符合 TOML 格式"),
        ("2027-03-12", "2027-03-01", "2027.toml 第 6 行：to（2027-03-01）早于 from（2027-03-10）"),
        ("to = 2027-03-12", "to = 2027-04-12", "超过 15 天，请检查月份"),
        ("2027-03-13]", "2027-03-15]", "第 7 行：2027-03-15 是星期一，本来就上班"),
        ("to = 2027-03-12", "to = 2027-03-13", "第 7 行：2027-03-13 既是示例节假期又是调休上班日"),
        ("2027-03-13]", "2028-03-12]", "2028-03-12 不在 2027 年，请检查年份"),
        ("from = 2027-03-10", 'from = "三月十日"', "第 5 行：from = 三月十日 不是日期"),
        ("from = 2027-03-10\n", "", "第 3 行：缺少 from"),
        ("year = 2027", "year = 2026", "第 1 行：year = 2026 与文件名不一致"),
        ('"official"', '"final"', '第 2 行：status 应是其中之一："official"（已公布）'),
        ("workdays", "workday", "第 7 行：没有名为 workday 的项目"),
        ("[[holiday]]", "[holiday]", "第 3 行：请写两层方括号：[[holiday]]"),
        ("[[holiday]]", "[[feast]]", "第 3 行：不认识 [[feast]]"),
    ],
)
def test_every_fault_names_line_and_cure(old: str, new: str, told: str) -> None:
    assert old in ANNOUNCED
    with pytest.raises(FaultyFilesError) as refused:
        parse_year({"2027.toml": ANNOUNCED.replace(old, new, 1)})
    assert told in "\n".join(refused.value.problems)


def test_two_holidays_on_one_day_are_told() -> None:
    another = ANNOUNCED[ANNOUNCED.index("[[") :].replace("示例节", "另一节")
    with pytest.raises(FaultyFilesError, match="2027-03-10 既在示例节又在另一节假期里"):
        parse_year({"2027.toml": GOOD + another})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "calendars"


def write(folder: Path, text: str | bytes, name: str = "2027.toml") -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    earlier = path.stat().st_mtime_ns if path.exists() else 0
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    later = max(path.stat().st_mtime_ns, earlier + 1_000_000)  # clocks of some file systems are coarse
    os.utime(path, ns=(later, later))


WEDNESDAY = date(2027, 3, 10)


def test_a_file_of_the_outlet_replaces_its_year_without_a_restart(folder: Path) -> None:
    calendar = WorkCalendar(folder)
    assert calendar.is_workday(WEDNESDAY)
    assert not calendar.refresh()
    write(folder, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert calendar.refresh()
    assert not calendar.is_workday(WEDNESDAY)
    assert calendar.is_workday(date(2027, 3, 13))
    assert calendar.state_of(2027) == "已公布"
    assert not calendar.is_workday(date(2026, 10, 1))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "缺少元旦、劳动节、国庆节、春节、清明、端午、中秋，文件可能没有保存完整"),
        (GOOD[: GOOD.index('[[holiday]]\nname = "中秋节"')], "缺少国庆节、中秋，"),
        (GOOD.replace('name = "清明节"', 'name = "假期"'), "缺少清明，"),
        (GOOD[: GOOD.rindex("3")] + "2\n", "缺少国庆节，"),
    ],
)
def test_an_announced_year_that_is_cut_off_is_told(text: str, told: str) -> None:
    with pytest.raises(FaultyFilesError) as refused:
        parse_year({"2027.toml": text})
    assert told in "\n".join(refused.value.problems)
    assert parse_year({"2027.toml": f'status = "pending"\n{text}'.replace('\nstatus = "official"', "")}).year == 2027


@pytest.mark.parametrize(
    "broken", ["year = ", GOOD[: len(GOOD) - 90], GOOD.replace("2027-03-12", "2027-03-01"), b"\xff\xfe\x00"]
)
def test_the_last_good_file_stays_in_use_also_after_a_restart(folder: Path, broken: str | bytes) -> None:
    write(folder, GOOD)
    calendar = WorkCalendar(folder)
    write(folder, broken)
    assert calendar.refresh()
    for each in (calendar, WorkCalendar(folder)):
        assert not each.is_workday(WEDNESDAY)
        assert len(each.problems) == 1
        assert each.problems[0].startswith("2027.toml")
    write(folder, GOOD.replace("2027-03-10", "2027-03-11"))
    calendar.refresh()
    assert calendar.problems == ()
    assert calendar.is_workday(WEDNESDAY)


def test_a_faulty_year_takes_nothing_from_the_others(folder: Path) -> None:
    write(folder, "year = ", "2026.toml")
    write(folder, GOOD)
    calendar = WorkCalendar(folder)
    assert not calendar.is_workday(WEDNESDAY)
    assert not calendar.is_workday(date(2026, 10, 1))  # the shipped year: the outlet's was never good


def test_a_file_that_is_no_year_is_told(folder: Path) -> None:
    write(folder, GOOD, "明年.toml")
    assert WorkCalendar(folder).problems == ("明年.toml：文件名应是四位年份，例如 2027.toml。",)


def test_without_its_file_the_shipped_year_is_back(folder: Path) -> None:
    write(folder, GOOD)
    WorkCalendar(folder)
    (folder / "2027.toml").unlink()
    assert WorkCalendar(folder).is_workday(WEDNESDAY)
