"""Likely scanning errors (扫描识别错误), proposed to a person with what they probably were; never repaired here."""

from __future__ import annotations

import re

from policies.draft import ParseProblem

# What was found → what it probably was, from the raw text of the draft norm.
_LIKELY: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![A-Za-z])H作"), "工作"),
    (re.compile(r"培训[Il1](?![A-Za-z0-9])"), "培训"),
    (re.compile(r"培沙(?:11|ll|II|川)?"), "培训"),
    (re.compile(r"曾值"), "增值"),
    (re.compile(r"(?<!\d)(20\d\d)(20\d\d)年"), r"\1—\2年"),
    (re.compile(r"[(（]([一二三四五六七八九十]{1,3})[”\"]"), r"(\1)"),
)


def scanning_errors(text: str) -> list[ParseProblem]:
    """One problem per doubtful place, in the order of the text, each with its surroundings and a proposal."""
    found = [(match, proposal) for pattern, proposal in _LIKELY for match in pattern.finditer(text)]
    return [_problem(text, match, proposal) for match, proposal in sorted(found, key=lambda each: each[0].start())]


def _problem(text: str, match: re.Match[str], proposal: str) -> ParseProblem:
    where = " ".join(text[max(0, match.start() - 8) : match.end() + 8].split())
    proposed = match.expand(proposal)
    message = f"“{match[0]}”可能是扫描识别错误，建议改为“{proposed}”；请对照原件核实，系统不会自动改动原文。"
    return ParseProblem("scan", message, where=where, found=match[0], proposed=proposed)
