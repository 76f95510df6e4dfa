from __future__ import annotations

import time

import pytest

from policies.parse import parse
from policies.scan import scanning_errors


@pytest.mark.parametrize(
    ("text", "found", "proposed", "likelihood"),
    [
        ("有关H作", "H作", "工作", "high"),
        ("开展培训I，并", "培训I", "培训", "high"),
        ("曾值服务", "曾值", "增值", "medium"),
        ("（20232025年）", "20232025年", "2023—2025年", "medium"),
        ("2O26年", "2O26", "2026", "high"),
        ("收费5OO元", "5OO", "500", "high"),
        ("l0月", "l0", "10", "high"),
        ("第1l号", "1l", "11", "high"),
        ("5曰", "曰", "日", "high"),
        ("笫三条", "笫", "第", "high"),
        ("第 十 二 条 甲", "第 十 二 条", "第十二条", "high"),
        ("第十—条 甲", "第十—条", "第十一条", "high"),
        ("第一条”甲", "第一条”", "第一条 ", "high"),
        ("第一条 ”甲", "第一条 ”", "第一条 ", "high"),
        ("2 0 2 6 年起", "2 0 2 6", "2026", "medium"),
        ("收费5 0 0元", "5 0 0", "500", "medium"),
        ("于20 26年", "20 26", "2026", "medium"),
        ("（-）甲", "（-）", "（一）", "medium"),
        ("入民法院", "入民", "人民", "high"),
        ("末经许可", "末经", "未经", "medium"),
        ("本 办 法 自 公 布", "本 办 法 自 公 布", "本办法自公布", "low"),
    ],
)
def test_likely_errors_are_proposed_with_their_likelihood(
    text: str, found: str, proposed: str, likelihood: str
) -> None:
    (problem,) = scanning_errors(text)
    assert (problem.found, problem.proposed, problem.likelihood) == (found, proposed, likelihood)


@pytest.mark.parametrize(
    "text",
    [
        "ISO9001号",
        "CO2排放",
        "IPO年",
        "收入民生",
        "投入民用",
        "乙巳年",
        "2026年10月5日",
        "第二条 甲",
        "A—B条",
        "第二条 “样灯”，是指会亮的灯。",
        "第二条“样灯”，是指会亮的灯。",
        "附表 3 2026年",
        "12 5 30 元",
        "（一）甲",
        "APP",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert scanning_errors(text) == []


def test_nothing_is_repaired() -> None:
    draft, problems = parse("示例办法\n第一条 为了规范H作，2O26年施行。", name="示例办法(2026-01-02)")
    assert draft.articles[0].text == "为了规范H作，2O26年施行。"
    assert [each.kind for each in problems] == ["scan", "scan"]


@pytest.mark.parametrize("sign", ["1", "1 ", "第一条 ", "l", "O", "第 ", "甲 ", "（", "第一"])
def test_hostile_texts_take_no_longer_than_others(sign: str) -> None:
    started = time.process_time()
    scanning_errors(sign * 200_000)
    assert time.process_time() - started < 5
