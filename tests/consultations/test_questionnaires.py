"""Questionnaires as data: the shipped set, what an outlet may write, and how every fault is told."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from consultations.authored_files import FaultyFilesError
from consultations.questionnaires import SurveyBook, parse_questionnaire, shipped
from handlers import wording

GOOD = """name = "示例"
[[question]]
id = "kind"
kind = "single"
text = "哪种？"
options = ["甲", "乙"]
[[question]]
id = "more"
kind = "text"
text = "为什么？"
only_if = { question = "kind", answers = ["乙"] }
"""


def test_the_shipped_set_is_whole_and_the_satisfaction_survey_says_what_its_buttons_say() -> None:
    assert set(shipped()) == {"satisfaction", "needs", "after_training", "compliance"}
    score, solved, _ = shipped()["satisfaction"].questions
    assert score.options == tuple(label for _, label in wording.SCORES)
    assert solved.options == (wording.SOLVED_YES, wording.SOLVED_NO)
    assert wording.survey("1").endswith(f"{score.text}点一下就行。")
    assert solved.text == wording.SOLVED_QUESTION
    assert shipped()["after_training"].anonymous
    assert {each.kind for one in shipped().values() for each in one.questions} == {"single", "multi", "scale", "text"}


def test_a_question_applies_by_what_was_answered_before() -> None:
    survey = parse_questionnaire({"example.toml": GOOD})
    assert [each.question_id for each in survey.visible({})] == ["kind"]
    assert [each.question_id for each in survey.visible({"kind": ["甲"]})] == ["kind"]
    assert [each.question_id for each in survey.visible({"kind": ["乙"]})] == ["kind", "more"]


def test_both_days_of_a_survey_are_included() -> None:
    survey = parse_questionnaire({"example.toml": "open_from = 2026-12-01\ncloses = 2026-12-31\n" + GOOD})
    states = [
        survey.state_on(day) for day in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1))
    ]
    assert states == ["early", "open", "open", "closed"]


FAULTS: dict[str, tuple[str, str, str]] = {
    "a kind nobody knows": ('kind = "single"', 'kind = "radio"', "第 4 行：kind 应是其中之一"),
    "one option only": ('["甲", "乙"]', '["甲"]', "第 6 行：单选题要有 2 到 12 个选项，现在是 1 个"),
    "options twice": ('["甲", "乙"]', '["甲", "甲"]', "选项有重复"),
    "an option too long": ('["甲", "乙"]', f'["{"甲" * 41}", "乙"]', "超过 40 个字"),
    "a condition on a question that is not there": (
        'question = "kind"',
        'question = "kin"',
        "第 11 行：only_if 里的 kin 不是前面的选择题",
    ),
    "a condition on an option that is not there": (
        'answers = ["乙"]',
        'answers = ["丙"]',
        "only_if 里的“丙”不是 kind 的选项，可用的有：甲、乙",
    ),
    "a condition written wrongly": ('{ question = "kind", answers = ["乙"] }', '"kind"', "only_if 应写成"),
    "an id twice": ('id = "more"', 'id = "kind"', "第 8 行：编号 kind 重复"),
    "options of a text": ('text = "为什么？"', 'text = "为什么？"\noptions = ["甲", "乙"]', "文字题（text）没有选项"),
    "a text missing": ('text = "哪种？"\n', "", "缺少 text"),
    "a date in quotes": (
        'name = "示例"',
        'name = "示例"\ncloses = "2026-12-31"',
        "第 2 行：closes = 2026-12-31 不是日期",
    ),
    "closed before it opens": (
        'name = "示例"',
        'name = "示例"\nopen_from = 2026-12-31\ncloses = 2026-12-01',
        "第 3 行：closes（2026-12-01）早于 open_from（2026-12-31）",
    ),
    "a key nobody knows": ('name = "示例"', 'name = "示例"\nsecret = true', "第 2 行：没有名为 secret 的项目"),
    "no TOML at all": ('name = "示例"', 'name = "示例', "第 1 行不符合 TOML 格式"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_told_with_its_line_and_its_cure(fault: str) -> None:
    before, after, told = FAULTS[fault]
    assert before in GOOD
    with pytest.raises(FaultyFilesError) as caught:
        parse_questionnaire({"example.toml": GOOD.replace(before, after, 1)})
    assert told in str(caught.value)
    assert str(caught.value).startswith("example.toml 第 ")


def test_a_survey_without_questions_and_a_name_nobody_can_type_are_refused() -> None:
    with pytest.raises(FaultyFilesError, match="1 到 40 个问题"):
        parse_questionnaire({"example.toml": 'name = "示例"\n'})
    with pytest.raises(FaultyFilesError, match="文件名就是问卷的编号"):
        parse_questionnaire({"我的问卷.toml": GOOD})


def test_a_file_with_an_error_is_told_and_the_last_good_one_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "needs.toml"
    path.write_text(GOOD, encoding="utf-8")
    book = SurveyBook(tmp_path)
    assert book.by_id["needs"].name == "示例"
    path.write_text(GOOD.replace('"single"', '"radio"'), encoding="utf-8")
    os.utime(path, (1, 1))
    assert book.refresh()
    assert book.by_id["needs"].name == "示例"
    assert "needs.toml 第 4 行" in book.problems[0]
    assert SurveyBook(tmp_path).by_id["needs"].name == "示例"  # after a restart too
    path.unlink()
    assert book.refresh()
    assert (book.by_id["needs"].name, book.problems) == ("知识产权服务需求调查", ())


def test_the_satisfaction_survey_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "satisfaction.toml").write_text(GOOD, encoding="utf-8")
    book = SurveyBook(tmp_path)
    assert book.satisfaction.name == "满意度评价"
    assert "不能改写" in book.problems[0]
