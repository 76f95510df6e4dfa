"""Assets as people write them: what is understood, and every fault with its place and cure."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultations.asset_table import COLUMNS, EXAMPLES, are_lines, number_fault, read_lines, read_sheet
from consultations.assets import MOST

HEAD = (1, list(COLUMNS))


def test_the_template_itself_holds_nothing_to_take_up() -> None:
    sheet = read_sheet([HEAD, *enumerate(map(list, EXAMPLES), start=2)])
    assert sheet.rows == []
    assert sheet.problems == []


def test_a_row_is_understood_however_the_days_are_written() -> None:
    sheet = read_sheet(
        [HEAD, (2, ["发明", "zl 201010613264.6", "示例灯", "2010/12/30", "2012年8月1日", "", "", "已授权"])]
    )
    (row,) = sheet.rows
    assert (row.kind, row.number, row.state) == ("invention", "ZL201010613264.6", "live")
    assert (row.days["filed_on"], row.days["granted_on"]) == (date(2010, 12, 30), date(2012, 8, 1))


@pytest.mark.parametrize(
    ("cells", "place", "cure"),
    [
        (["灯", "1", "", "2020-01-01"], "第 2 行“类别”（A 列）", "发明专利"),
        (["发明", "", "", "2020-01-01"], "第 2 行“号码”（B 列）", "请写"),
        (["发明", "ZL201020507767.0", "", "2020-01-01"], "第 2 行“号码”（B 列）", "实用新型专利的号码"),
        (["发明", "ZL201010613264.7", "", "2020-01-01"], "第 2 行“号码”（B 列）", "应是 6"),
        (["发明", "1", "", "2021-02-29"], "第 2 行“申请日”（D 列）", "2026-11-01"),
        (["发明", "1", "", "0202-02-20"], "第 2 行“申请日”（D 列）", "核对年份"),
        (["发明", "1", "", ""], "第 2 行“申请日”（D 列）", "请补上"),
        (["商标", "1", "", ""], "第 2 行“授权或注册日”（E 列）", "有效期至"),
        (["发明", "1", "", "2020-01-01", "2019-01-01"], "第 2 行“授权或注册日”（E 列）", "早于申请日"),
        (["其他", "1", "", "", "", "", "", "亮着"], "第 2 行“状态”（H 列）", "有效、申请中、已失效"),
    ],
)
def test_a_fault_names_row_column_and_cure(cells: list[str], place: str, cure: str) -> None:
    sheet = read_sheet([HEAD, (2, cells)])
    assert sheet.rows == []
    (problem,) = sheet.problems
    assert problem.startswith(place)
    assert cure in problem


def test_the_same_number_twice_is_told_at_the_second() -> None:
    row = ["商标", "77", "", "", "2020-01-01"]
    assert read_sheet([HEAD, (2, row), (3, row)]).problems == ["第 3 行“号码”（B 列）：77 在这份表里重复，请只留一行。"]


def test_columns_nobody_knows_and_tables_too_long_or_empty_are_refused_whole() -> None:
    assert "不认识“颜色”列" in read_sheet([(1, ["类别", "号码", "颜色"])]).problems[0]
    assert "缺少“号码”列" in read_sheet([(1, ["类别"])]).problems[0]
    assert "模板" in read_sheet([]).problems[0]
    assert str(MOST) in read_sheet([HEAD, *((n, ["其他", str(n)]) for n in range(2, MOST + 3))]).problems[0]


@pytest.mark.parametrize(
    "line",
    [
        "发明 ZL201010613264.6 示例灯 申请日 2010-12-30 授权日 2012-08-01",
        "发明，ZL201010613264.6，示例灯，2010-12-30，2012-08-01",
        "发明专利\tZL201010613264.6\t示例灯\t2010-12-30\t2012-08-01",
        "发明 ZL201010613264.6 示例灯 授权日:2012-08-01 申请日:2010-12-30 有效",
    ],
)
def test_a_line_in_chat_may_be_typed_or_pasted(line: str) -> None:
    sheet = read_lines(line)
    assert sheet.problems == []
    (row,) = sheet.rows
    assert (row.kind, row.number, row.name) == ("invention", "ZL201010613264.6", "示例灯")
    assert (row.days["filed_on"], row.days["granted_on"]) == (date(2010, 12, 30), date(2012, 8, 1))


def test_the_days_of_a_mark_are_those_of_registration_and_end() -> None:
    (row,) = read_lines("商标 77 示例标 2017-03-15 2027-03-14").rows
    assert (row.days["granted_on"], row.days["valid_until"]) == (date(2017, 3, 15), date(2027, 3, 14))


def test_a_question_does_not_look_like_assets() -> None:
    assert not are_lines("商标续展多少钱？")
    assert not are_lines("商标 续展 怎么办")
    assert not are_lines("")
    assert are_lines("商标 77 2017-03-15")


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    sheet = read_lines(text)
    assert len(sheet.rows) <= len(text.splitlines())


@given(
    st.integers(2004, 2030), st.sampled_from("12389"), st.integers(0, 9_999_999), st.integers(0, 11), st.integers(1, 9)
)
def test_one_digit_copied_wrongly_is_found(year: int, kind: str, serial: int, at: int, off: int) -> None:
    digits = f"{year}{kind}{serial:07d}"
    kind_name = {"1": "invention", "8": "invention", "2": "utility", "9": "utility", "3": "design"}[kind]
    right = next(each for each in "0123456789X" if not number_fault(kind_name, f"{digits}.{each}"))
    wrong = digits[:at] + str((int(digits[at]) + off) % 10) + digits[at + 1 :]
    assert number_fault(kind_name, f"{wrong}.{right}")
