"""Likely scanning errors (扫描识别错误), proposed to a person with what they probably were; never repaired here.

Each rule is a row of `RULES`: what is found, what it probably was, how sure we are. ``high``: nothing else makes sense
(2O26年); ``medium``: nearly always wrong in official texts (末经); ``low``: worth a look at the original.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from policies.draft import Likelihood, ParseProblem
from policies.numerals import NUMERAL

_DASH = "—–－-"
_COUNTED = "年月日曰时号条款项元%％"
_FREE = r"(?<![A-Za-z\d])"
_BLANK = r"[ \u3000]"
_ALONE = rf"(?<![A-Za-z\d])(?<!\d{_BLANK})"  # no part of a longer row of numbers
_TORN_YEAR = rf"(?:[12]{_BLANK}\d{{3}}|(?:19|20){_BLANK}\d\d|(?:19|20)\d{_BLANK}\d)"
_NOT_CLOSED = "“(?![^”\n]*”)|[\"'](?![^\"'\n]*[\"'])"  # a quoted term may well begin an article
_HAN = r"\u4e00-\u9fff"


@dataclass(frozen=True)
class Rule:
    """`probably` is a template for `re.Match.expand`, or makes the proposal from what was found."""

    pattern: re.Pattern[str]
    probably: str | Callable[[str], str]
    likelihood: Likelihood


def _rule(pattern: str, probably: str | Callable[[str], str], likelihood: Likelihood) -> Rule:
    return Rule(re.compile(pattern, re.MULTILINE), probably, likelihood)


def _without_blanks(found: str) -> str:
    return re.sub(r"\s", "", found)


def _zeros(found: str) -> str:
    return re.sub("[Oo]", "0", found)


def _ones(found: str) -> str:
    return re.sub("[lI|]", "1", found)


# The first three come from the raw text of the draft norm, the others are what scanners do to these signs.
RULES: tuple[Rule, ...] = (
    _rule(r"(?<![A-Za-z])H作", "工作", "high"),
    _rule(r"培训[Il1](?![A-Za-z0-9])", "培训", "high"),
    _rule(r"培沙(?:11|ll|II|川)?", "培训", "high"),
    _rule(r"曾值", "增值", "medium"),
    _rule(r"(?<!\d)(20\d\d)(20\d\d)年", r"\1—\2年", "medium"),
    _rule(r"[(（]([一二三四五六七八九十]{1,3})[”\"]", r"(\1)", "medium"),
    _rule(rf"{_FREE}(?:\d+[Oo][\dOo]*|[Oo]\d[\dOo]*)(?=[{_COUNTED}])", _zeros, "high"),
    _rule(rf"{_FREE}(?:\d+[lI|]\d*|[lI|]\d+)(?=[{_COUNTED}])", _ones, "high"),
    _rule(r"(?<=\d)曰", "日", "high"),
    _rule(rf"笫(?=[{NUMERAL}]+[条章节款项])", "第", "high"),
    _rule(rf"^第[ \t\u3000]*[{NUMERAL}](?:[ \t\u3000]+[{NUMERAL}])+[ \t\u3000]*[条章节]", _without_blanks, "high"),
    _rule(rf"^第([{NUMERAL}]*)[{_DASH}]([{NUMERAL}]*)([条章节])", r"第\1一\2\3", "high"),
    _rule(rf"^(第[{NUMERAL}]+[条章节])(?:{_BLANK}*[”’]|{_NOT_CLOSED})", r"\1 ", "high"),
    _rule(rf"{_ALONE}\d(?:{_BLANK}\d){{1,11}}(?={_BLANK}?[{_COUNTED}])", _without_blanks, "medium"),
    _rule(rf"{_ALONE}{_TORN_YEAR}(?=年)", _without_blanks, "medium"),
    _rule(rf"^[(（][{_DASH}][)）]", "（一）", "medium"),
    _rule(r"入民(?=法院|政府|共和国|检察院|代表大会|币)", "人民", "high"),
    _rule(r"知识产(?:杈|仅|枚)", "知识产权", "high"),
    _rule(r"末经(?=批准|许可|同意|授权|公开|登记)", "未经", "medium"),
    _rule(r"(?<![乙丁己辛癸])巳(?=[经被有将])", "已", "medium"),
    _rule(rf"(?:[{_HAN}][ \u3000]){{4,}}[{_HAN}]", _without_blanks, "low"),
)  # fmt: skip


def scanning_errors(text: str) -> list[ParseProblem]:
    """One problem per doubtful place, in the order of the text, each with its surroundings and a proposal."""
    found = [(match, rule) for rule in RULES for match in rule.pattern.finditer(text)]
    ordered = sorted(found, key=lambda each: each[0].start())
    first_at_each = [next(same) for _, same in groupby(ordered, key=lambda each: each[0].start())]
    return [_problem(text, match, rule) for match, rule in first_at_each]


def _problem(text: str, match: re.Match[str], rule: Rule) -> ParseProblem:
    where = " ".join(text[max(0, match.start() - 8) : match.end() + 8].split())
    proposed = rule.probably(match[0]) if callable(rule.probably) else match.expand(rule.probably)
    message = f"“{match[0]}”可能是扫描识别错误，建议改为“{proposed}”；请对照原件核实，系统不会自动改动原文。"
    return ParseProblem("scan", message, where, match[0], proposed, rule.likelihood)
