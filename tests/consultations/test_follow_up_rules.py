"""Follow-up rules: which rule takes a ticket, what an instance may write, and how a faulty file is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from consultations.authored_files import FaultyFilesError
from consultations.follow_up_rules import RuleBook, parse_rules, shipped_rules
from consultations.service_items import load_pack

RULE = '[[rule]]\nid = "lamp"\nname = "示例"\nservice_items = ["B01"]\nscript = ["示例"]\n'


def test_shipped_rules_name_real_service_items_and_each_only_once() -> None:
    named = [each for rule in shipped_rules() for each in rule.service_items]
    assert set(named) <= set(load_pack().items)
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("item", "rule_id", "days"),
    [
        ("B05", "dispute", (7, 30)),
        ("B12", "referral", (7, 30, 90)),
        ("B10", "training", (14, 90)),
        ("B08", "general", ()),
    ],
)
def test_each_service_item_has_its_rule(item: str, rule_id: str, days: tuple[int, ...]) -> None:
    rule = RuleBook().rule_for(item, "asked")
    assert (rule.rule_id, rule.days) == (rule_id, days)


def test_the_outlets_own_rules_come_first_and_replace_those_of_the_same_id(tmp_path: Path) -> None:
    own = RULE + '[[rule]]\nid = "referral"\nname = "网点的"\nservice_items = ["B06"]\ndays = [3]\nscript = ["示例"]\n'
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    book = RuleBook(tmp_path)
    assert book.rule_for("B01", "asked").rule_id == "lamp"
    assert book.rule_for("B06", "asked").days == (3,)
    assert book.rule_for("B12", "asked").rule_id == "general"  # the outlet's own referral rule no longer names it
    assert book.by_id("gone").rule_id == "general"


def test_a_rule_may_go_by_the_reason_of_the_ticket(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[[rule]]\nid = "told"\nname = "示例"\nreasons = ["complaint"]\ndays = [1]\nscript = ["示例"]\n',
        encoding="utf-8",
    )
    assert RuleBook(tmp_path).rule_for("B08", "complaint").rule_id == "told"


def test_a_faulty_file_is_told_and_the_last_good_one_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(RULE, encoding="utf-8")
    book = RuleBook(tmp_path)
    path.write_text(RULE.replace('["B01"]', '"B01"'), encoding="utf-8")
    os.utime(path, (1, 1))
    assert book.refresh()
    assert book.rule_for("B01", "asked").rule_id == "lamp"
    assert book.problems == ('own.toml 第 4 行：service_items 应是一列带引号的文字，例如 ["……", "……"]。',) or (
        "own.toml 第 4 行" in book.problems[0]
    )
    assert RuleBook(tmp_path).rule_for("B01", "asked").rule_id == "lamp"  # after a restart too
    assert not book.refresh()


FAULTS = {
    'id = "Lamp!"': "小写字母、数字或下划线",
    "days = [7, 7]": "从小到大、不重复的天数",
    "days = [0]": "1 到 730",
    'days = "7"': "从小到大、不重复的天数",
    'question = "{name}您好"': "只能用 {number} 和 {closed_on}",
    'answers = ["好"]': "result 是其中之一",
    'answers = [{ label = "好", result = "fine" }]': "result 是其中之一",
    'reasons = ["angry"]': "不认识来由 angry",
    'colour = "red"': "没有名为 colour 的项目",
    'phone_for_score = "yes"': "true 或 false",
}


@pytest.mark.parametrize("line", FAULTS)
def test_every_fault_is_told_with_its_line_and_its_cure(line: str) -> None:
    key = line.partition(" ")[0]
    kept = [each for each in RULE.splitlines() if not each.startswith(f"{key} ")]
    with pytest.raises(FaultyFilesError) as caught:
        parse_rules({"own.toml": "\n".join([*kept, line, ""])})
    told = str(caught.value)
    assert FAULTS[line] in told
    assert f"own.toml 第 {len(kept) + 1} 行" in told


def test_a_rule_for_nobody_without_script_or_twice_is_refused() -> None:
    with pytest.raises(FaultyFilesError, match="没有写适用范围"):
        parse_rules({"own.toml": RULE.replace("service_items", "reasons").replace('["B01"]', "[]")})
    with pytest.raises(FaultyFilesError, match="缺少 script"):
        parse_rules({"own.toml": RULE.replace('["示例"]', "[]")})
    with pytest.raises(FaultyFilesError, match="编号 lamp 重复"):
        parse_rules({"own.toml": RULE + RULE})
    with pytest.raises(FaultyFilesError, match="第 3 行不符合 TOML 格式"):
        parse_rules({"own.toml": RULE.replace('"示例"', '"示例', 1)})
