"""Numbers with their units, however they are written."""

from __future__ import annotations

import pytest

from knowledge.figures import figures, measure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("自公告之日起三个月内", [("3", "月")]),
        ("3 个月", [("3", "月")]),
        ("五百万元以下", [("5000000", "元")]),
        ("500万元", [("5000000", "元")]),
        ("罚1,500元", [("1500", "元")]),
        ("一百五十元", [("150", "元")]),
        ("百分之二十以下", [("20", "%")]),
        ("减缴85%后135元", [("85", "%"), ("135", "元")]),
        ("一倍以上五倍以下", [("1", "倍"), ("5", "倍")]),
        ("30个工作日，不是30天", [("30", "工作日"), ("30", "日")]),
        ("一千五百万元", [("15000000", "元")]),
        ("申请费 900", [("900", "")]),
        ("0.5元", [("0.5", "元")]),
        ("四十八小时", [("48", "小时")]),
    ],
)
def test_a_figure_is_read_with_its_unit(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(f"{each.number:f}", each.unit) for each in figures(text)] == expected


@pytest.mark.parametrize(
    "text", ["第四十二条第三款", "2027年1月1日起施行", "到12月31日为止", "2019年版", "第1—3年每年", "第10条之二"]
)
def test_dates_and_places_are_no_figures(text: str) -> None:
    assert figures(text) == []


def test_a_value_and_its_unit_are_measured_like_a_text() -> None:
    (found,) = figures("五百万元")
    assert measure(500, "万元") == (found.number, found.unit)
    (found,) = figures("三个月")
    assert measure(3, "个月") == (found.number, found.unit)
