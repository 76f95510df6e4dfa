"""The directory of professional bodies: TOML and tables, faults with line and cure, the last good one stays."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from consultations.authored_files import FaultyFilesError
from consultations.providers import Providers, parse_providers, parse_table, rows_of, toml_of

TODAY = date(2026, 11, 23)
GOOD = """
[[provider]]
id = "a"
name = "示例律师事务所甲"
kind = "法律服务"
licence = "示例-1"
district = "北区"
contact = "示例电话"
checked = 2026-11-01
"""
HEAD = "编号,名称,类别,许可证号,区域,联系方式,核对日期"


def test_a_body_not_checked_for_a_year_is_not_offered() -> None:
    texts = {"p.toml": "".join(GOOD.replace('"a"', f'"{key}"').replace("2026-11-01", day) for key, day in DAYS.items())}
    providers = Providers(by_id=parse_providers(texts))
    assert [each.provider_id for each in providers.current("law", TODAY)] == ["new", "edge"]
    assert providers.current("finance", TODAY) == []


DAYS = {"new": "2026-11-23", "edge": "2025-11-23", "old": "2025-11-22", "future": "2026-11-24"}


def test_those_of_the_district_come_first() -> None:
    other = GOOD.replace('"a"', '"b"').replace("北区", "南区").replace("所甲", "所乙")
    providers = Providers(by_id=parse_providers({"p.toml": GOOD + other}))
    assert [each.provider_id for each in providers.current("law", TODAY, "南区")] == ["b", "a"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"法律服务"', '"算命"', "p.toml 第 5 行：类别 算命 看不懂"),
        ("2026-11-01", '"去年"', "第 9 行"),
        ("checked = 2026-11-01", "", "缺少 checked"),
        ('"示例-1"', "3", "第 6 行"),
        ('id = "a"', 'id = "甲 乙"', "编号 甲 乙 不可用"),
        ("[[provider]]", "[[firm]]", r"不认识 \[\[firm\]\]"),
        ('district = "北区"', 'distrikt = "北区"', "distrikt"),
    ],
)
def test_faults_are_told_with_line_and_cure(old: str, new: str, sentence: str) -> None:
    with pytest.raises(FaultyFilesError, match=sentence):
        parse_providers({"p.toml": GOOD.replace(old, new, 1)})


def test_an_id_stands_once() -> None:
    with pytest.raises(FaultyFilesError, match="编号 a 重复"):
        parse_providers({"p.toml": GOOD + GOOD})


def test_a_table_becomes_the_same_directory_as_toml() -> None:
    row = 'a,"示例 ""甲"" \\ 所",法律服务,示例-1,北区,=1+1,2026/11/01'
    found = parse_table("t.csv", rows_of(f"{HEAD}\n{row}\n"))
    assert parse_providers({"imported.toml": toml_of(found.values())}) == found
    assert found["a"].contact == "=1+1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "t.csv 第 1 行：缺少这几列"),
        (f"{HEAD}\na,甲,法律服务,1,北,x\n", "t.csv 第 2 行：“核对日期”是空的"),
        (f"{HEAD}\n,甲,,1,北,x,2026-11-01\n", "第 2 行：“编号”是空的，请填写。\n.*第 2 行：“类别”是空的，请填写。$"),
        (f"{HEAD}\n\n\na,甲,法律服务,1,北,x,2026年13月1日\n", "t.csv 第 4 行"),
        ("编号,名称\n", "t.csv 第 1 行：缺少这几列：类别、许可证号、区域、联系方式、核对日期"),
        (f"{HEAD}\na,甲,法律服务,1,北,x,昨天\n", "t.csv 第 2 行：核对日期“昨天”看不懂"),
        (f"{HEAD}\na,,法律服务,1,北,x,2026-11-01\n", "t.csv 第 2 行"),
        (f"{HEAD}\na,甲,算命,1,北,x,2026-11-01\n", "第 2 行：类别 算命"),
    ],
)
def test_faults_of_a_table_are_told_with_their_row(text: str, sentence: str) -> None:
    with pytest.raises(FaultyFilesError, match=sentence):
        parse_table("t.csv", rows_of(text))


@pytest.mark.parametrize("day", ["2026-11-01", "2026/11/1", "2026.11.01", "2026年11月1日"])
def test_days_are_read_as_people_and_excel_write_them(day: str) -> None:
    rows = [(3, HEAD.split(",")[::-1]), (7, [day, "x", "北", "1", "法律服务", "甲", "a", "多的"])]  # in any order
    assert str(parse_table("t.xlsx", rows)["a"].checked) == "2026-11-01"


def test_a_faulty_file_leaves_the_last_good_directory_in_use(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(GOOD, encoding="utf-8")
    providers = Providers(tmp_path)
    assert list(providers.by_id) == ["a"]
    file.write_text("[[provider]", encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert providers.refresh()
    assert list(providers.by_id) == ["a"]
    assert providers.problems
    assert list(Providers(tmp_path).by_id) == ["a"]  # after a restart too
