"""Follow-up rules (回访规则), as data: after which tickets, on which days, in which words, and what staff say by phone.

The shipped rules lie in ``rules.toml``; an instance's ``follow_ups/`` adds rules before them and replaces those of the
same id. A faulty file never stops a follow-up: what it said when it was last right goes on.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consultations.authored_files import Entry, OwnRules, Reading, read_document
from consultations.tickets import REASON_NAMES

SHIPPED = Path(__file__).parent / "rules.toml"
GENERAL = "general"  # the rule of every ticket no other rule takes
RESULTS: Mapping[str, str] = {"ok": "顺利", "going": "还在办", "more": "还需要帮助"}
LATEST_DAY = 730
_PLACES = {"number", "closed_on"}
_KEYS = (*("id", "name", "service_items", "reasons", "days", "question", "answers", "script", "phone_for_score"),)
_LONGEST_LABEL = 20


@dataclass(frozen=True)
class Reply:
    """One button under the question: its words and what they mean (a key of `RESULTS`)."""

    label: str
    result: str


@dataclass(frozen=True)
class Rule:
    """One rule. No `days`: on the day of the settings. No `question`, no `replies`: those of every follow-up."""

    rule_id: str
    name: str
    service_items: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    question: str = ""
    replies: tuple[Reply, ...] = ()
    script: tuple[str, ...] = ()
    phone_for_score: bool = False

    def fits(self, service_item: str, reason: str) -> bool:
        """Whether a ticket of that service item and reason is followed up by this rule."""
        return service_item in self.service_items or reason in self.reasons


class RuleBook(OwnRules[Rule]):
    """The rules in use, taken up anew when a file changes. `problems` are the faults of files not in use for them."""

    @staticmethod
    def parse(texts: Mapping[str, str]) -> tuple[Rule, ...]:
        """See `parse_rules`."""
        return parse_rules(texts)

    @staticmethod
    def shipped() -> tuple[Rule, ...]:
        """See `shipped_rules`."""
        return shipped_rules()

    def rule_for(self, service_item: str, reason: str) -> Rule:
        """The first rule that takes such a ticket, else the general one."""
        found = (each for each in self.rules if each.rule_id != GENERAL and each.fits(service_item, reason))
        return next(found, self.by_id(GENERAL))

    def by_id(self, rule_id: str) -> Rule:
        """The rule of that id; the general one when it is gone."""
        known = {each.rule_id: each for each in self.rules}
        return known.get(rule_id) or known[GENERAL]


@functools.cache
def shipped_rules() -> tuple[Rule, ...]:
    """The rules that come with the product; one of them is the general one."""
    return parse_rules({SHIPPED.name: SHIPPED.read_text(encoding="utf-8")})


def parse_rules(texts: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules in some files (name → text), in their order.

    Raises:
        FaultyFilesError: Something is wrong; every fault with file, line and cure.
    """
    reading, found = Reading(), []
    for name, text in sorted(texts.items()):
        document = read_document(name, text)
        reading.only(document.top)
        found += [(entry, _rule(reading, entry)) for entry in reading.entries(document, "rule", "回访规则")]
    owner: dict[str, Entry] = {}
    for entry, rule in found:
        if rule.rule_id in owner:
            reading.refuse(entry, "id", f"编号 {rule.rule_id} 重复（另一处在 {owner[rule.rule_id].file}），请改一个。")
        owner.setdefault(rule.rule_id, entry)
    reading.finish()
    return tuple(rule for _, rule in found)


def _rule(reading: Reading, entry: Entry) -> Rule:
    reading.only(entry, *_KEYS)
    rule_id = reading.text(entry, "id")
    if rule_id and not re.fullmatch(r"[a-z0-9_]{1,40}", rule_id):
        reading.refuse(entry, "id", f"id = {rule_id!r} 不可用，请写 1–40 个小写字母、数字或下划线。")
    rule = Rule(
        rule_id=rule_id,
        name=reading.text(entry, "name"),
        service_items=reading.texts(entry, "service_items"),
        reasons=_reasons(reading, entry),
        days=_days(reading, entry),
        question=_question(reading, entry),
        replies=_replies(reading, entry),
        script=reading.texts(entry, "script"),
        phone_for_score=reading.flag(entry, "phone_for_score", default=False),
    )
    if rule_id != GENERAL and not rule.service_items and not rule.reasons:
        reading.refuse(
            entry, "", "没有写适用范围，请加上 service_items 或 reasons；所有工单都用的规则，编号请写 general。"
        )
    if not rule.script:
        reading.refuse(entry, "script", "缺少 script，请写上电话或上门时照着说的话，一条一步。")
    return rule


def _reasons(reading: Reading, entry: Entry) -> tuple[str, ...]:
    found = reading.texts(entry, "reasons")
    for each in found:
        if each not in REASON_NAMES:
            names = "、".join(f"{key}（{name}）" for key, name in REASON_NAMES.items())
            reading.refuse(entry, "reasons", f"不认识来由 {each}，可用的有：{names}。")
    return found


def _days(reading: Reading, entry: Entry) -> tuple[int, ...]:
    value: Any = entry.values.get("days", [])
    are_numbers = isinstance(value, list) and all(type(each) is int and 1 <= each <= LATEST_DAY for each in value)
    if are_numbers and value == sorted(set(value)):
        return tuple(value)
    cure = f"days 应是一列从小到大、不重复的天数，1 到 {LATEST_DAY}，例如 [7, 30, 90]（不带引号）。"
    reading.refuse(entry, "days", cure)
    return ()


def _question(reading: Reading, entry: Entry) -> str:
    text = reading.text(entry, "question", "")
    unknown = [each for each in re.findall(r"[{}][^{}]*[{}]?", text) if each.strip("{}") not in _PLACES]
    if unknown:
        reading.refuse(entry, "question", f"question 里只能用 {{number}} 和 {{closed_on}}，{unknown[0]} 不认识。")
    return "" if unknown else text


def _replies(reading: Reading, entry: Entry) -> tuple[Reply, ...]:
    value = entry.values.get("answers", [])
    if not isinstance(value, list) or not all(_is_reply(each) for each in value):
        names = "、".join(f'"{key}"（{name}）' for key, name in RESULTS.items())
        cure = f'answers 应写成 [{{ label = "按钮文字", result = "ok" }}, …]；label 不超过 {_LONGEST_LABEL} 个字，'
        reading.refuse(entry, "answers", f"{cure}result 是其中之一：{names}。")
        return ()
    return tuple(Reply(each["label"].strip(), each["result"]) for each in value)


def _is_reply(value: object) -> bool:
    if not isinstance(value, dict) or set(value) != {"label", "result"}:
        return False
    label, result = value["label"], value["result"]
    return isinstance(label, str) and 0 < len(label.strip()) <= _LONGEST_LABEL and result in RESULTS
