"""Rules for the dates of assets (知识产权的期限), as data: what is due, counted from when, how often, by which article.

The shipped rules lie in ``rules.toml``; an instance's ``asset_rules/`` replaces those of the same id. Several rows of
one id follow each other in time, by the day on which something is due. A faulty file changes nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, cast

from consultations.authored_files import Entry, OwnRules, Reading, read_document

Ends = Literal["same_day", "day_before", "year_end"]

SHIPPED = Path(__file__).parent / "rules.toml"
KINDS: Mapping[str, str] = {
    "invention": "发明专利",
    "utility": "实用新型专利",
    "design": "外观设计专利",
    "trademark": "注册商标",
    "software": "软件著作权",
    "work": "作品著作权",
    "layout": "布图设计",
    "customs": "海关保护备案",
    "gi": "地理标志",
    "other": "其他",
}
DAYS: Mapping[str, str] = {
    "filed_on": "申请日",
    "granted_on": "授权或注册日",
    "published_on": "首次发表或使用日",
    "valid_until": "有效期至",
}
ENDS: Mapping[Ends, str] = {
    "same_day": "相应的那一天",
    "day_before": "相应那一天的前一天",
    "year_end": "那一年的 12 月 31 日",
}
LONGEST = 1200  # months: a hundred years
_PLACES = {"year"}


@dataclass(frozen=True)
class Source:
    """The article a rule rests on; `version` is the day of its edition, as in 2023-12-11."""

    law: str
    version: str
    article: str


@dataclass(frozen=True)
class AssetRule:
    """One row: `months` after the earliest of the days `counts_from`, then every `every_months` up to `last_months`.

    `stated_by` is the day that, where the ledger has it, is the end itself. Only what is due after the day `after`
    counts; only what began from `begun_from` to `begun_to`. `opens_months` before the end it may be done, `late_months`
    after the end it still may. With `rolled_by` an end on a day off moves to the next workday, `late_rolled_by` says
    so of the end of the grace period. `effective_from` and `effective_to` are days on which something is due.
    """

    rule_id: str
    name: str
    what: str
    kinds: tuple[str, ...]
    counts_from: tuple[str, ...]
    months: int
    source: Source
    effective_from: date
    effective_to: date | None = None
    every_months: int = 0
    last_months: int = LONGEST
    ends: Ends = "same_day"
    stated_by: str = ""
    after: str = ""
    begun_from: date | None = None
    begun_to: date | None = None
    opens_months: int = 0
    late_months: int = 0
    late_what: str = ""
    rolled_by: Source | None = None
    late_rolled_by: Source | None = None

    def is_live(self, due_on: date) -> bool:
        """Whether this row says what is due on that day."""
        return self.effective_from <= due_on and (self.effective_to is None or due_on <= self.effective_to)


class AssetRules(OwnRules[AssetRule]):
    """The rules in use, taken up anew when a file changes. `problems` are the faults of files not in use for them."""

    @staticmethod
    def parse(texts: Mapping[str, str]) -> tuple[AssetRule, ...]:
        """See `parse_rules`."""
        return parse_rules(texts)

    @staticmethod
    def shipped() -> tuple[AssetRule, ...]:
        """See `shipped_rules`."""
        return shipped_rules()

    def on(self, rule_id: str, due_on: date) -> AssetRule | None:
        """The row of a rule for what is due on that day."""
        return next((each for each in self.rules if each.rule_id == rule_id and each.is_live(due_on)), None)


@functools.cache
def shipped_rules() -> tuple[AssetRule, ...]:
    """The rules that come with the product."""
    return parse_rules({SHIPPED.name: SHIPPED.read_text(encoding="utf-8")})


def parse_rules(texts: Mapping[str, str]) -> tuple[AssetRule, ...]:
    """The rules in some files (name → text), those of one id by time.

    Raises:
        FaultyFilesError: Something is wrong; every fault with file, line and cure.
    """
    reading, found = Reading(), []
    for name, text in sorted(texts.items()):
        document = read_document(name, text)
        reading.only(document.top)
        found += [(entry, _rule(reading, entry)) for entry in reading.entries(document, "rule", "期限规则")]
    found.sort(key=lambda each: (each[1].rule_id, each[1].effective_from))
    rules = [rule for _, rule in found]
    for at, (entry, rule) in enumerate(found[1:]):
        if rule.rule_id == rules[at].rule_id:
            rules[at] = _until(reading, entry, rules[at], rule.effective_from)
    reading.finish()
    return tuple(rules)


def _until(reading: Reading, entry: Entry, before: AssetRule, begins: date) -> AssetRule:
    """The row before another one of its id, ended by it."""
    if begins == before.effective_from or (before.effective_to is not None and before.effective_to >= begins):
        reading.refuse(entry, "effective_from", f"{before.rule_id} 有两行管同一天，请改其中一行的起止日期。")
    return before if before.effective_to else replace(before, effective_to=begins - timedelta(days=1))


_KEYS = tuple("id" if each == "rule_id" else each for each in AssetRule.__dataclass_fields__)


def _rule(reading: Reading, entry: Entry) -> AssetRule:
    reading.only(entry, *_KEYS)
    rule_id = reading.text(entry, "id")
    if rule_id and not re.fullmatch(r"[a-z0-9_]{1,40}", rule_id):
        reading.refuse(entry, "id", f"id = {rule_id!r} 不可用，请写 1–40 个小写字母、数字或下划线。")
    rule = AssetRule(
        rule_id=rule_id,
        name=reading.text(entry, "name"),
        what=_sentence(reading, entry, "what"),
        kinds=_among(reading, entry, "kinds", KINDS),
        counts_from=_among(reading, entry, "counts_from", DAYS),
        months=reading.number(entry, "months", 0, 1, LONGEST),
        source=_source(reading, entry, "source") or Source("", "", ""),
        effective_from=reading.day(entry, "effective_from") or date.min,
        effective_to=reading.day(entry, "effective_to"),
        every_months=reading.number(entry, "every_months", 0, 0, LONGEST),
        last_months=reading.number(entry, "last_months", LONGEST, 1, LONGEST),
        ends=cast("Ends", reading.chosen(entry, "ends", cast("Mapping[str, str]", ENDS), "same_day")),
        stated_by=reading.chosen(entry, "stated_by", {"": "不写", **DAYS}, ""),
        after=reading.chosen(entry, "after", {"": "不写", **DAYS}, ""),
        begun_from=reading.day(entry, "begun_from"),
        begun_to=reading.day(entry, "begun_to"),
        opens_months=reading.number(entry, "opens_months", 0, 0, LONGEST),
        late_months=reading.number(entry, "late_months", 0, 0, LONGEST),
        late_what=_sentence(reading, entry, "late_what", default=""),
        rolled_by=_source(reading, entry, "rolled_by"),
        late_rolled_by=_source(reading, entry, "late_rolled_by") or _source(reading, entry, "rolled_by"),
    )
    for key in ("months", "source", "effective_from"):
        if key not in entry.values:
            reading.refuse(entry, key, f"缺少 {key}，请补上。")
    if rule.late_months and not rule.late_what:
        reading.refuse(entry, "late_what", "写了 late_months 就要有 late_what：逾期还能怎样补救。")
    return rule


def _sentence(reading: Reading, entry: Entry, key: str, default: str | None = None) -> str:
    written = reading.text(entry, key, default)
    if unknown := set(re.findall(r"\{([^}]*)\}", written)) - _PLACES:
        reading.refuse(entry, key, f"{key} 里只能用 {{year}}（第几年度），没有 {'、'.join(sorted(unknown))}。")
        return ""
    return written


def _among(reading: Reading, entry: Entry, key: str, known: Mapping[str, str]) -> tuple[str, ...]:
    found = reading.texts(entry, key)
    wrong = [each for each in found if each not in known]
    if wrong or not found:
        names = "、".join(f"{each}（{name}）" for each, name in known.items())
        reading.refuse(entry, key, f"{key} 至少写一项，可用的有：{names}。")
    return found


def _source(reading: Reading, entry: Entry, key: str) -> Source | None:
    value = entry.values.get(key)
    if value is None:
        return None
    is_whole = isinstance(value, dict) and set(value) == {"law", "version", "article"}
    if is_whole and all(isinstance(each, str) and each for each in value.values()):
        return Source(**value)
    reading.refuse(entry, key, f'{key} 请写成 {{ law = "商标法", version = "2019-04-23", article = "40" }} 的样子。')
    return None
