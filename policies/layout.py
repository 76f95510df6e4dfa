"""Text → lines: page marks taken out, text without line breaks split at its numbering.

A marker counts only when it is the next number expected at its level; everything else stays running text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from policies.numerals import NUMERAL, to_int

Level = Literal["annex", "section", "sub", "item"]

# Scanning turns the closing bracket of （二） into a quotation mark now and then: both are read as a marker.
_MARK = re.compile(
    rf"附件\s?(?P<annex>[1-9]\d?|[{NUMERAL}]{{1,3}})"
    rf"|(?P<section>[{NUMERAL}]{{1,3}})、"
    rf"|[(（](?P<sub>[{NUMERAL}]{{1,3}})[)）”\"]"
    r"|(?<![\d.．])(?P<item>\d{1,2})(?:\s*(?P<dot>[.．、])\s*(?!\d)|\s+)(?=\D)"
)
_ARTICLE = re.compile(rf"第([{NUMERAL}]{{1,9}})(条|章)(之[{NUMERAL}]{{1,3}})?")
_PAGE_START = re.compile(r"(\d{1,4})、?")
_PAGE_LINE = re.compile(
    r"[-—–－·\s]*[-—–－·]\s*\d{1,4}\s*[-—–－·][-—–－·\s]*|第\s*\d+\s*页(\s*[,，/]?\s*共\s*\d+\s*页)?"
)
_SENTENCE_END = "。；;：:！？!?)）”」』\n"
_RUN_ON_CHARACTERS = 1500  # no paragraph of the national statutes is longer


@dataclass
class Outline:
    """Counters of an outline 附件 → 一、→ （一）→ 1.; says whether a marker is the next one expected."""

    counts: dict[Level, int] = field(default_factory=lambda: {"annex": 0, "section": 0, "sub": 0, "item": 0})

    def expects(self, level: Level, number: int) -> bool:
        """Whether `number` comes next at that level."""
        return number == self.counts[level] + 1

    def enter(self, level: Level) -> None:
        """Count one on at that level; deeper levels start again."""
        order: tuple[Level, ...] = ("annex", "section", "sub", "item")
        self.counts[level] += 1
        for deeper in order[order.index(level) + 1 :]:
            self.counts[deeper] = 0


def lines_of(text: str) -> tuple[list[str], list[str]]:
    """``(lines, page marks)``: lines without blank ones, and what was taken out because it only numbers pages."""
    lines = [line.strip("\u200b\ufeff \t\u3000") for line in text.splitlines()]
    lines = [line for line in lines if line]
    marks = [line for line in lines if _numbers_a_page(line)]
    lines = [line for line in lines if not _numbers_a_page(line)]
    lines, starts = _without_page_starts(lines)
    return [piece for line in lines for piece in _split(line)], marks + starts


def marker(line: str) -> tuple[Level, int, str] | None:
    """``(level, number, what is printed)`` of the outline marker a line begins with."""
    found = _MARK.match(line)
    if found is None:
        return None
    level: Level = found.lastgroup if found.lastgroup != "dot" else "item"  # type: ignore[assignment]
    return level, to_int(found[level]), found[0]


def _numbers_a_page(line: str) -> bool:
    return len(line) < 30 and bool(_PAGE_LINE.fullmatch(line))


def _without_page_starts(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines that begin 1、2、3、… while their sentences run on over the line ends: scanned pages, joined again."""
    marks = [_PAGE_START.match(line) for line in lines]
    numbers = [int(mark[1]) if mark else -1 for mark in marks]
    broken = sum(line[-1] not in "。；;" for line in lines)
    if len(lines) < 3 or numbers != list(range(numbers[0], numbers[0] + len(lines))) or broken * 2 < len(lines):
        return lines, []
    starts = [mark[0] for mark in marks if mark]
    return ["".join(line[len(start) :] for line, start in zip(lines, starts, strict=True))], starts


def _split(line: str) -> list[str]:
    if len(line) < _RUN_ON_CHARACTERS:
        return [line]
    cuts = _article_cuts(line) or _outline_cuts(line)
    edges = [0, *(cut for cut in cuts if cut), len(line)]
    return [line[start:end].strip() for start, end in pairwise(edges) if line[start:end].strip()]


def _article_cuts(line: str) -> list[int]:
    """Where 第一条, 第二条 … and 第一章 … begin in a text without line breaks."""
    cuts, expected = [], {"条": 1, "章": 1}
    for found in _ARTICLE.finditer(line):
        kind, number = found[2], to_int(found[1])
        before, after = line[found.start() - 1 : found.start()], line[found.end() : found.end() + 1]
        if number == expected[kind] and (not before or before in _SENTENCE_END or after.isspace()):
            cuts.append(found.start())
            expected[kind] += 1
    return cuts if expected["条"] > 3 else []


def _outline_cuts(line: str) -> list[int]:
    cuts, outline, last = [], Outline(), 0
    for found in _MARK.finditer(line):
        level: Level = found.lastgroup if found.lastgroup != "dot" else "item"  # type: ignore[assignment]
        if outline.expects(level, to_int(found[level])) and _stands_free(line, found, level, found.start() - last):
            outline.enter(level)
            cuts.append(found.start())
            last = found.start()
    return cuts


def _stands_free(line: str, found: re.Match[str], level: Level, since_last: int) -> bool:
    """Whether a marker in running text begins something: after a sentence, or after a heading that has no full stop."""
    before = line[found.start() - 1 : found.start()] if found.start() else "。"
    if before in _SENTENCE_END:
        return True
    if level == "annex":
        return False
    if level == "section":
        return since_last < 60  # 附件2…起草说明一、: only a title stands in between
    return before not in "第款项条年月" and (level == "sub" or found["dot"] is not None)
