"""The programme in an application notice (申报通知): its window, conditions and materials, each from words that say so.

Nothing is concluded: a date without its year, two different closing days or a heading that mixes conditions and
materials leave the field empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from policies.draft import DraftArticle, PolicyDraft
from policies.layout import Level, marker
from policies.profile import LONGEST_VALUE, MOST_VALUES, Programme

Kind = Literal["conditions", "materials", "window"]

_NOTICE = re.compile(r"(?:申报|申领|申请|征集|遴选).*(?:通知|公告|通告|指南|启事)")
_ABOUT = re.compile(r"关于(.+?)的?(?:通知|公告|通告|启事)$")
_BEFORE_NAME = re.compile(r"^(?:做好|开展|组织|启动|受理|公开|进一步)*(?:申报|申请|申领|征集|遴选)?")
_AFTER_NAME = re.compile(r"(?:申报|申请|申领|征集|遴选)?(?:工作|指南|通知|公告|通告|有关事项|的)*$")
_WHO = r"(?:项目|资助|支持|补助|奖励)?"
_APPLY = r"(?:申报|申请|申领)"
_HEADINGS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "conditions",
        re.compile(rf"{_WHO}(?:{_APPLY}|基本)?{_WHO}(?:主体|对象)?[及和与]?(?:基本)?条件(?:[及和与]?要求)?"),
    ),
    (
        "materials",
        re.compile(
            rf"(?:需|应)?(?:提交|报送|提供|所需)?的?(?:项目)?{_APPLY}?(?:书面)?材料(?:清单|目录|[及和与]?要求)?"
        ),
    ),
    (
        "window",
        re.compile(
            rf"{_WHO}(?:集中|网上)?(?:{_APPLY}|受理|征集|报送)(?:起止|截止)?(?:时间|日期|期限)(?:安排|要求)?|截止(?:时间|日期)"
        ),
    ),
)
_LEVELS: Sequence[Level] = ("annex", "section", "sub", "item")
_TITLED = re.compile(r"([^：:。；]{2,16})[：:]\s*(.*)")
_LEAD_IN = re.compile(r"[：:]$")
_SHOWN = 40  # characters of the words a part was read in
_SENTENCE_ENDS = ("。", "；", ";")
_ENDS = "。；;，, 　"
_INLINE = re.compile(r"[；;]|(?<=[。；;：:])\s*(?=\d{1,2}[.．、]|[（(][一二三四五六七八九十]{1,3}[)）])")
_MARKED = re.compile(r"^\s*(?:\d{1,2}[.．、]|[（(](?:[一二三四五六七八九十]{1,3}|\d{1,2})[)）])\s*")

_DATE = r"(\d{4})\s*[年.\-/]\s*(\d{1,2})\s*[月.\-/]\s*(\d{1,2})\s*日?"
_CLOCK = r"(?:\s*(?:上午|下午|晚)?\s*\d{1,2}\s*(?:[:：]\d{2}|[时点])(?:整|\d{1,2}分)?)?"
_RANGE = re.compile(
    rf"{_DATE}{_CLOCK}\s*起?\s*(?:至|到|—{{1,2}}|[-–－~～])\s*(?:(\d{{4}})\s*[年.\-/]\s*)?(?:(\d{{1,2}})\s*[月.\-/]\s*)?(\d{{1,2}})\s*日?"
)
_CLOSES = re.compile(rf"截[止至](?:时间|日期)?\s*[为到至是于：:]*\s*{_DATE}|{_DATE}{_CLOCK}\s*(?:以前|之前|前|止|截止)")
_OPENS = re.compile(rf"(?:自|从)\s*{_DATE}\s*起|{_DATE}\s*起(?!施行|实施|执行|至|到)")
_ANY_DAY = re.compile(r"\d{1,2}\s*月\s*\d{1,2}\s*日|\d{4}[.\-/]\d{1,2}[.\-/]\d{1,2}")
_APPLYING = re.compile(r"申报|申领|受理|征集|报送|提交|递交")
_NOT_THE_WINDOW = re.compile(r"期间|授权|获得|取得|登记|成立|以来|施行|实施|执行|公示|评审|印发")
_SIGNED = re.compile(rf"(?:{_DATE}|[〇零一二三四五六七八九十]{{4}}年.{{1,8}}日)")
_OFFICE = re.compile(r"[\u4e00-\u9fff、（）() ]{2,30}")
_CLOSING_WORDS = re.compile(r"附件|特此(?:通知|公告)|联系(?:人|电话|方式)|咨询电话")


@dataclass(frozen=True)
class Notice:
    """A programme with the words each part was read in, "" for none. `window` may be filled while the programme has no
    days: then something is said of them, but not clearly.
    """

    programme: Programme
    window: str = ""
    conditions: str = ""
    materials: str = ""


@dataclass(frozen=True)
class _Part:
    """A heading of one kind and the lines under it, each with its level, ``None`` for those without a number."""

    heading: str
    lines: tuple[tuple[Level | None, str], ...]


def notice_in(draft: PolicyDraft) -> Notice | None:
    """The programme a notice tells of; ``None`` when it is no such notice, or says none of what one needs to apply."""
    if not _NOTICE.search(draft.title):
        return None
    lines = _body(draft.articles)
    parts = {kind: list(_parts(lines, kind)) for kind, _ in _HEADINGS}
    said, opens, closes = _window(lines, parts)
    conditions, from_conditions = _list(parts["conditions"])
    materials, from_materials = _list(parts["materials"])
    if not (said or conditions or materials):
        return None
    programme = Programme(_name(draft.title), conditions, materials, opens, closes)
    return Notice(programme, said, from_conditions, from_materials)


def _name(title: str) -> str:
    """What is applied for, as the title says it."""
    about = _ABOUT.search(title)
    name = _AFTER_NAME.sub("", _BEFORE_NAME.sub("", about[1] if about else title))
    return (name if len(name) >= 4 else title)[:LONGEST_VALUE]


# --- lines and parts ---


def _body(articles: Sequence[DraftArticle]) -> list[tuple[Level | None, str]]:
    """The lines of a notice with their levels, number and heading marks gone; signature and date left out."""
    found: list[tuple[Level | None, str]] = []
    for article in articles:
        head = f"{article.label}{article.text}" if article.label else article.text
        for line in filter(None, (each.strip() for each in head.splitlines())):
            mark = marker(line)
            found.append((mark[0], line.removeprefix(mark[2]).strip()) if mark else (None, line))
    if found and _SIGNED.fullmatch(found[-1][1]):
        found.pop()
        if found and found[-1][0] is None and _OFFICE.fullmatch(found[-1][1]):
            found.pop()
    return found


def _kind_of(line: str) -> tuple[Kind, str] | None:
    """Which part a line begins, and what it says after its heading; ``None`` when it begins none."""
    titled = _TITLED.fullmatch(line)
    heading, rest = (titled[1], titled[2]) if titled else (line.rstrip("。：:"), "")
    return next(((kind, rest) for kind, pattern in _HEADINGS if pattern.fullmatch(heading.strip("【】 "))), None)


def _parts(lines: Sequence[tuple[Level | None, str]], wanted: Kind) -> Iterator[_Part]:
    for at, (level, line) in enumerate(lines):
        kind = _kind_of(line)
        if kind is None or kind[0] != wanted:
            continue
        under = [(None, kind[1])] if kind[1] else list(_under(lines[at + 1 :], level))
        yield _Part(line, tuple(under))


def _under(lines: Sequence[tuple[Level | None, str]], level: Level | None) -> Iterator[tuple[Level | None, str]]:
    """The lines below a heading: up to the next of its level or above, or another heading."""
    for below, line in lines:
        is_next = below is not None and level is not None and _LEVELS.index(below) <= _LEVELS.index(level)
        if is_next or _kind_of(line) or below in ("annex", "section") or _CLOSING_WORDS.match(line):
            return
        yield below, line


def _list(parts: Sequence[_Part]) -> tuple[tuple[str, ...], str]:
    """``(entries, what introduces them)`` of the only part of a kind; two such parts are two programmes: nothing."""
    if len(parts) != 1:
        return (), ""
    entries: list[str] = []
    heading, lines = parts[0].heading, parts[0].lines
    numbered = next((level for level, _ in lines if level), None)
    if numbered is None:
        kept = [line for _, line in lines if not _LEAD_IN.search(line)]
        entries = [piece for line in kept for piece in _INLINE.split(line)]
    else:
        for level, line in lines:
            if level == numbered:
                entries.append(line)
            elif entries and (level or not entries[-1].endswith(_SENTENCE_ENDS)):  # it belongs to the entry above
                entries[-1] += line
    shown = [_MARKED.sub("", each).strip(_ENDS) for each in entries]
    shown = [each for each in shown if each]
    if len(shown) > MOST_VALUES or any(len(each) > LONGEST_VALUE for each in shown):
        return (), ""
    return tuple(shown), heading if len(heading) <= _SHOWN else f"{heading[:_SHOWN]}…"


# --- the window ---


def _window(
    lines: Sequence[tuple[Level | None, str]], parts: dict[Kind, list[_Part]]
) -> tuple[str, date | None, date | None]:
    """``(words, first day, last day)``; what the notice says under its own heading counts, else its sentences."""
    headed = [sentence for part in parts["window"] for _, line in part.lines for sentence in _sentences(line)]
    elsewhere = {line for kind in ("conditions", "materials") for part in parts[kind] for _, line in part.lines}
    free = [
        sentence
        for _, line in lines
        if line not in elsewhere
        for sentence in _sentences(line)
        if _APPLYING.search(sentence) and not _NOT_THE_WINDOW.search(sentence)
    ]
    said = [each for each in headed or free if _ANY_DAY.search(each)]
    words = "；".join(dict.fromkeys(said))[:LONGEST_VALUE]
    days = {found for each in said for found in _days_in(each)}
    opens = {first for first, _ in days if first}
    closes = {last for _, last in days if last}
    if not days or (None, None) in days or len(opens) > 1 or len(closes) > 1:
        return words, None, None
    first, last = next(iter(opens), None), next(iter(closes), None)
    return (words, None, None) if first and last and last < first else (words, first, last)


def _sentences(line: str) -> list[str]:
    return [each.strip() for each in re.split(r"[。；;]", line) if each.strip()]


def _days_in(sentence: str) -> list[tuple[date | None, date | None]]:
    """``(first, last)`` for each window in a sentence; ``(None, None)`` for a day nobody can place."""
    found: list[tuple[date | None, date | None]] = []
    rest = sentence
    for match in _RANGE.finditer(sentence):
        first = _day(match[1], match[2], match[3])
        last = _day(match[4] or match[1], match[5] or match[2], match[6])
        found.append((first, last) if first and last and first <= last else (None, None))
        rest = rest.replace(match[0], "")
    for pattern, is_last in ((_CLOSES, True), (_OPENS, False)):
        for match in pattern.finditer(rest):
            day = _day(*[each for each in match.groups() if each])
            found.append((None, day) if is_last else (day, None))
        rest = pattern.sub("", rest)
    return [*found, (None, None)] if _ANY_DAY.search(rest) else found


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
