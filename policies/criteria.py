"""What a programme asks of applicants as values to compare (申报条件的数据), and how an enterprise meets them.

A condition is a sentence of the notice; a criterion says by which fact of an enterprise it can be judged. A condition
without criterion, and a fact nobody told, leave it open: nobody is promised anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["met", "not", "unknown"]
Facts = Mapping[str, str | int]

# Facts that are one of several names, in the order they are asked for; then those that are a number.
CHOSEN: Mapping[str, str] = {"district": "所在区县", "industry": "行业", "size": "企业规模", "kind": "企业类型"}
COUNTED: Mapping[str, str] = {
    "years": "成立满几年",
    "inventions": "有效发明专利件数",
    "utilities": "有效实用新型专利件数",
    "designs": "有效外观设计专利件数",
    "trademarks": "有效注册商标件数",
}
NAMES: Mapping[str, str] = {**CHOSEN, **COUNTED}
_LONGEST_NAME = 12  # characters: a button carries the name, and Telegram takes 64 bytes
_MOST = 1_000_000
_KEYS = frozenset({"condition", "fact", "any_of", "at_least", "at_most"})


class CriteriaError(Exception):
    """A criterion can't be used; the message has its line and what helps."""


@dataclass(frozen=True)
class Criterion:
    """How one condition is judged: by a name among `any_of`, or by a number from `at_least` to `at_most`."""

    condition: str
    fact: str
    any_of: tuple[str, ...] = ()
    at_least: int | None = None
    at_most: int | None = None

    @property
    def stored(self) -> dict[str, Any]:
        """As the database keeps it."""
        return {**vars(self), "any_of": list(self.any_of)}

    def verdict(self, facts: Facts) -> Verdict:
        """Whether an enterprise with these facts meets it; a fact nobody told leaves it open."""
        known = facts.get(self.fact)
        if known is None or isinstance(known, str) != (self.fact in CHOSEN):
            return "unknown"
        if isinstance(known, str):
            return "met" if known in self.any_of else "not"
        return "met" if (self.at_least or 0) <= known <= (_MOST if self.at_most is None else self.at_most) else "not"


def judge(condition: str, criteria: Sequence[Criterion], facts: Facts) -> Verdict:
    """How a condition stands: not met when one of its criteria is not, open when one is open or there is none."""
    found = [each.verdict(facts) for each in criteria if each.condition == condition]
    if "not" in found:
        return "not"
    return "met" if found and "unknown" not in found else "unknown"


def read_criteria(raw: object, conditions: Sequence[str], text: str) -> tuple[Criterion, ...]:
    """The criteria as a TOML text has them under ``[[criteria]]``.

    Raises:
        CriteriaError: One can't be used.
    """
    if raw is None:
        return ()
    lines = [n for n, line in enumerate(text.splitlines(), start=1) if re.match(r"\s*\[\[\s*criteria\s*\]\]", line)]
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        message = "criteria 请写成一段一段的 [[criteria]]。"
        raise CriteriaError(message)
    places = [*lines, *[1] * len(raw)]
    return tuple(_criterion(each, conditions, place) for each, place in zip(raw, places, strict=False))


def restored(stored: Sequence[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """The inverse of `Criterion.stored`."""
    return tuple(Criterion(**{**each, "any_of": tuple(each["any_of"])}) for each in stored)


def _criterion(raw: Mapping[str, Any], conditions: Sequence[str], line: int) -> Criterion:
    def refuse(fault: str) -> None:
        message = f"第 {line} 行起的 [[criteria]]：{fault}"
        raise CriteriaError(message)

    if unknown := sorted(set(raw) - _KEYS):
        refuse(f"没有 {'、'.join(unknown)} 这一项；可用 {'、'.join(sorted(_KEYS))}。")
    condition, fact, names = raw.get("condition"), raw.get("fact"), raw.get("any_of", [])
    if condition not in conditions:
        refuse("condition 要与 conditions 里的一句完全相同。")
    if fact not in NAMES:
        refuse(f"fact 应是其中之一：{'、'.join(f'{key}（{name}）' for key, name in NAMES.items())}。")
    least, most = raw.get("at_least"), raw.get("at_most")
    if fact in CHOSEN:
        are_names = isinstance(names, list) and all(isinstance(each, str) and each.strip() for each in names)
        if not are_names or not names or (least, most) != (None, None):
            refuse(f'{fact} 要写 any_of，例如 ["示例区"]，不写 at_least、at_most。')
        if too_long := [each for each in names if len(each.strip()) > _LONGEST_NAME]:
            refuse(f"“{too_long[0]}”超过 {_LONGEST_NAME} 个字，请用短一些的说法。")
    elif names or (least, most) == (None, None) or not all(each is None or _is_count(each) for each in (least, most)):
        refuse(f"{fact} 要写 at_least 或 at_most，是 0 到 {_MOST} 的整数，不写 any_of。")
    elif least is not None and most is not None and least > most:
        refuse(f"at_least = {least} 大于 at_most = {most}，没有企业符合，请改正。")
    return Criterion(str(condition), str(fact), tuple(each.strip() for each in names), least, most)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST
