"""Title, issuer (发文机关), document number (发文字号), version and dates, from what the file says about itself.

Sources: comments at the top of a file (``<!-- version: …, in force … -->``), the file name, the history under the
title (…通过 …公布 …施行), and the closing clause 自…起施行. Which one counts is decided in `policies.validity`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from policies.numerals import NUMERAL, to_int

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DAY = re.compile(rf"([12]\d{{3}}|[{NUMERAL}]{{4}})\s?年\s?([{NUMERAL}\d]{{1,3}})\s?月\s?([{NUMERAL}\d]{{1,3}})\s?日")
_CLAUSE = re.compile(r"本[\u4e00-\u9fff]{1,4}自(.{1,24}?)起(?:施行|实施|执行|生效)")
_PUBLICATION = re.compile(r"(?:公布|发布|颁布|印发)之日")
_REPEAL = re.compile(r"同时废止|予以废止|同时失效")
_BASIS = re.compile(r"(?:根据|依据|依照|按照)((?:有关)?《.*?》.*?)制[定订](?:本|如下|以下)")
_QUOTED = re.compile(r"《([^《》]*(?:《[^《》]*》[^《》]*)*)》")
_NUMBER = re.compile(
    r"(?:[\u4e00-\u9fff]{2,20}令)第?\s?\d+\s?号|[\u4e00-\u9fff]{1,8}(?:〔|\[|［|（)\d{4}(?:〕|\]|］|）)\s?\d+\s?号"
)
_COURT = re.compile(r"^(最高人民法院(?:、最高人民检察院)?|最高人民检察院|国务院)关于")
_ISSUED = re.compile(
    r"(全国人民代表大会(?:常务委员会)?|[\u4e00-\u9fff]{2,7}[省市县区州](?:第.{1,4}届)?人民代表大会(?:常务委员会)?|国家知识产权局|国务院)"
)
_ASIDE = re.compile(r"[（(][^（）()]*(?:摘录|节选|令第|\d号|修订|修正|公布|发布|通过)[^（）()]*[)）]$")
_DRAFT = re.compile(r"[（(](?:公开)?(?:征求意见稿|送审稿|草案)[^（）()]*[)）]")
_NAME_DATE = re.compile(r"[（(]\s*(?:[^（）()]{1,20}[,，])?\s*(\d{4}(?:-\d{2}){0,2})\s*[)）]")
_NAME_START = re.compile(r"[\[［【（(]\s*(\d{4}(?:-\d{2}){0,2})\s*(?:起)?施行\s*[)）\]］】]")
_FRONT = re.compile(
    r"(?:根据)?\s?\d{4}年\d{1,2}月\d{1,2}日[^。；]{0,200}?"
    r"(?:通过|公布|发布|施行|实施|修正|修订|决定》?|修正案(?:（.{1,4}）)?》?|会议)[\s\u3000）)】]*(?:根据)?"
)


@dataclass(frozen=True)
class Span:
    """A date known to the day (`first` == `last`), the month or the year."""

    first: date
    last: date


@dataclass(frozen=True)
class Header:
    """What the comments of a file say; ``None`` and "" mean nothing said."""

    version: str = ""
    effective: Span | None = None
    effective_to: date | None = None
    is_excerpt: bool = False
    superseded: bool = False
    caution: str = ""


def short_title(printed: str) -> str:
    """The title as everybody says it: ``专利法``; asides in brackets gone, （三） and (征求意见稿) kept."""
    title = re.sub(r"(最高人民法院)[\s、]+(最高人民检察院)", r"\1、\2", printed.strip(" #*\u3000"))
    title = re.sub(r"\s+", "", title).replace("中华人民共和国", "")
    while _ASIDE.search(title) and not _DRAFT.search(title):
        title = _ASIDE.sub("", title)
    return _DRAFT.sub(lambda draft: f"({draft[0][1:-1]})", title)


def is_draft(title: str) -> bool:
    """Whether the title calls itself a draft for comments (征求意见稿)."""
    return bool(_DRAFT.search(title))


def name_parts(stem: str) -> tuple[str, str, Span | None]:
    """``(title, version, start)`` of a file name: ``专利法(2020-10-17)``, ``通知(2026-10-08)[2026-11-01施行]``."""
    start = _NAME_START.search(stem)
    stem = _NAME_START.sub("", stem)
    dates = _NAME_DATE.findall(stem)
    title = short_title(_NAME_DATE.sub("", stem))
    return title, dates[-1] if dates else "", span(start[1]) if start else None


def header(comments: str) -> Header:
    """What ``<!-- … -->`` comments say; unknown words are ignored."""
    version = re.search(r"version:\s*(\d{4}-\d{2}-\d{2})", comments)
    published = re.search(r"(?:signed|published):\s*(\d{4}-\d{2}-\d{2})", comments)
    start = re.search(
        r"(?:version:\s*\d{4}-\d{2}-\d{2},\s*in force(?: from)?|effective:)\s*(\d{4}(?:-\d{2}){0,2})", comments
    )
    end = re.search(r"in force until\s*(\d{4}-\d{2}-\d{2})", comments)
    return Header(
        version=found[1] if (found := version or published) else "",
        effective=span(start[1]) if start else None,
        effective_to=date.fromisoformat(end[1]) if end else None,
        is_excerpt=bool(re.search(r"not read|was read|摘录", comments, re.IGNORECASE)),
        superseded="SUPERSEDED" in comments or "superseded by" in comments,
        caution=_caution(comments),
    )


def span(text: str) -> Span | None:
    """The days ``2025``, ``2024-12`` or ``2026-09-01`` may mean; ``None`` when that is no date."""
    try:
        parts = [int(part) for part in text.split("-")]
        if len(parts) == 1:
            return Span(date(parts[0], 1, 1), date(parts[0], 12, 31))
        if len(parts) == 2:
            last = calendar.monthrange(parts[0], parts[1])[1]
            return Span(date(parts[0], parts[1], 1), date(parts[0], parts[1], last))
        return Span(date(*parts), date(*parts))
    except (ValueError, TypeError, calendar.IllegalMonthError):
        return None


def is_front_line(line: str) -> bool:
    """Whether a line above the first article tells the text's history or number instead of its content."""
    bare = line.strip("【（( \u3000")
    return bool(_FRONT.fullmatch(bare) or (len(bare) < 40 and _NUMBER.fullmatch(bare.strip("（）()"))))


def days(text: str) -> list[date]:
    """All days written as 2020年10月17日 or 二零零七年二月一日, in order; impossible ones left out."""
    found = (_day(*(to_int(part) for part in match)) for match in _DAY.findall(text))
    return [day for day in found if day]


def history(front: str) -> dict[str, date]:
    """The last ``adopted``, ``published`` and ``effective`` day told in the lines under the title."""
    told: dict[str, date] = {}
    words = {
        "adopted": r"通过|修正|修订|修改|决定|会议",
        "published": r"公布|发布|令第",
        "effective": r"日起?\s*(?:施行|实施)",
    }
    for line in front.splitlines():
        for name, pattern in words.items():
            if (named := days(line)) and re.search(pattern, line):
                told[name] = max(named[-1], told.get(name, named[-1]))
    return told


def signed_on(last_lines: Sequence[str]) -> date | None:
    """The date under a text (落款): one of its last lines that is nothing but a day."""
    for line in reversed(last_lines):
        if _DAY.fullmatch(line.strip()):
            return next(iter(days(line)), None)
    return None


def clause_start(text: str, published: date | None) -> date | None:
    """The day of the text's own 施行 clause (本法自…起施行), the last one; 自公布之日起 gives `published`."""
    clauses = _CLAUSE.findall(text)
    if not clauses:
        return None
    if _PUBLICATION.search(clauses[-1]):
        return published
    named = days(clauses[-1])
    return named[0] if named else None


def repealed_titles(text: str, own: str) -> tuple[str, ...]:
    """Short titles named in sentences with 同时废止, the text's own title (its former version) left out."""
    sentences = (each for each in re.split(r"[。\n]", text) if _REPEAL.search(each))
    titles = (short_title(title) for each in sentences for title in _QUOTED.findall(each))
    return tuple(dict.fromkeys(title for title in titles if title != own))


def basis_titles(text: str, own: str) -> tuple[str, ...]:
    """Short titles of what a text says it rests on (根据《…》……制定本办法), in its first such sentence."""
    for sentence in re.split(r"[。\n]", text):
        if found := _BASIS.search(sentence):
            titles = (short_title(title) for title in _QUOTED.findall(found[1]))
            return tuple(dict.fromkeys(title for title in titles if title != own))
    return ()


def doc_number(printed_title: str, front: str, preamble: str, version: str) -> str:
    """The document number (文号): in the title's brackets, on a line of its own, or in the history of this version.

    "" when there is none; numbers of earlier versions told in the history do not count.
    """
    lines = [line.strip("（）() \u3000") for line in (front + "\n" + preamble).splitlines()]
    alone = [line for line in lines if len(line) < 40 and _NUMBER.fullmatch(line)]
    of_this = span(version) if version else None
    told = [line for line in front.splitlines() if of_this and any(_near(day, of_this) for day in days(line))]
    numbers = _NUMBER.findall(printed_title) or alone or _NUMBER.findall("\n".join(told))
    return str(numbers[-1]).removeprefix("中华人民共和国") if numbers else ""


def issuer(title: str, number: str, front: str) -> str:
    """Who issued the text, from its title, its number or its history; "" when none of them says."""
    if found := _COURT.match(title):
        return found[1]
    if "令" in number:
        return number.split("令", maxsplit=1)[0]
    found = _ISSUED.search(re.sub(r"^.*?日\s*第?", "", front))
    return re.sub(r"第.{1,4}届", "", found[1]) if found else ""


def _near(day: date, span_: Span) -> bool:
    """Adoption, order and publication of one version lie within two months."""
    return abs((day - span_.first).days) <= 60


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _caution(comments: str) -> str:
    """What a reader must know about the copy itself: third-party text, thresholds raised later, not checked since."""
    if "NOTE" in comments or "check with the official text" in comments or "NOT YET IN FORCE" in comments:
        return "本文件的来源说明提示：引用前请与官方文本核对。"
    return ""
