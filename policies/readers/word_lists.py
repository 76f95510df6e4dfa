"""Word's automatic numbering: which label (第一条, 1.2, （三）) Word prints in front of a paragraph.

A paragraph names a list (`numId`) and a level, itself or through its style; the list names an abstract list whose
levels say where they start, how they count and what is printed (``第%1条``). Lists of one abstract list count on
together.
Source: ECMA-376 part 1, 17.9; checked against LibreOffice 7.4, but for `lvlRestart` and `isLgl`, which it ignores.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.numerals import to_chinese

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_LARGEST_ROMAN, _LARGEST_LETTER = 3999, 780  # a list that says it starts at 999,999 must not fill the memory
_FORMAL = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_CHINESE = (
    *("chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting"),
    *("taiwaneseCounting", "taiwaneseCountingThousand", "taiwaneseDigital"),
)


def _roman(value: int) -> str:
    if value > _LARGEST_ROMAN:
        return str(value)
    spelled = ""
    for worth, signs in _ROMAN:
        count, value = divmod(value, worth)
        spelled += signs * count
    return spelled


def _letters(value: int) -> str:
    """``a`` … ``z``, ``aa``, ``bb`` …"""
    if value > _LARGEST_LETTER:
        return str(value)
    return chr(97 + (value - 1) % 26) * ((value - 1) // 26 + 1) if value > 0 else ""


def _formal(value: int) -> str:
    """``壹拾贰`` for 12: in formal numerals the 壹 before 拾 is never left out."""
    spelled = to_chinese(value)
    return ("一" + spelled if spelled.startswith("十") else spelled).translate(_FORMAL)


def _one_of(signs: str) -> Callable[[int], str]:
    return lambda value: signs[value - 1] if 0 < value <= len(signs) else str(value)


_SPELL: Mapping[str, Callable[[int], str]] = {
    **dict.fromkeys(_CHINESE, to_chinese),
    "chineseLegalSimplified": _formal,
    "decimalZero": lambda value: f"{value:02d}",
    "decimalEnclosedCircle": _one_of("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"),
    "decimalEnclosedCircleChinese": _one_of("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"),
    "ideographTraditional": _one_of("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _one_of("子丑寅卯辰巳午未申酉戌亥"),
    "lowerLetter": _letters,
    "upperLetter": lambda value: _letters(value).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda value: _roman(value).upper(),
    "none": lambda _value: "",
}


@dataclass(frozen=True)
class Level:
    """One level of a list. `restart` is the level (from 1) whose use starts this one anew: 0 never, -1 any above."""

    start: int
    spelling: str
    pattern: str
    restart: int
    is_decimal: bool
    style: str

    def restarts_after(self, level: int, own: int) -> bool:
        """Whether a paragraph at `level`, which is above `own`, starts this level anew."""
        return level < own and (self.restart < 0 or level < self.restart)


@dataclass(frozen=True)
class _Style:
    """A paragraph style: what it is based on, and what it says of numbering (``None``: nothing)."""

    name: str
    base: str
    list_id: str | None
    level: int | None


@dataclass
class _List:
    abstract: str
    levels: dict[int, Level]
    starts: dict[int, int]  # numbers at which this list begins its levels the first time it uses them


@dataclass
class Numbering:
    """The lists and styles of a document, and how far each abstract list has counted."""

    lists: dict[str, _List] = field(default_factory=dict)
    styles: dict[str, _Style] = field(default_factory=dict)
    default_style: str = ""
    counts: defaultdict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def label(self, paragraph: Any) -> str:  # noqa: ANN401  lxml has no types of its own
        """What Word prints before this paragraph, "" for none and for bullets; to be called once, in order."""
        style = value(paragraph.find(f"{W}pPr/{W}pStyle")) or self.default_style
        list_id, level = _named(paragraph)
        if list_id is None:
            list_id = next((each.list_id for each in self._chain(style) if each.list_id is not None), None)
        numbered = self.lists.get(list_id or "0")
        if numbered is None:
            return ""
        if level is None:
            level = self._level_of(style, numbered)
        return self._next(numbered, level) if level in numbered.levels else ""

    def style_name(self, paragraph: Any) -> str:  # noqa: ANN401
        """The name of a paragraph's style, in small letters; "" when it has none."""
        style = self.styles.get(value(paragraph.find(f"{W}pPr/{W}pStyle")))
        return style.name if style else ""

    def _chain(self, style: str) -> Iterator[_Style]:
        """A style and what it is based on; a ring of styles ends where it closes."""
        seen: set[str] = set()
        while style in self.styles and style not in seen:
            seen.add(style)
            yield self.styles[style]
            style = self.styles[style].base

    def _level_of(self, style: str, numbered: _List) -> int:
        said = next((each.level for each in self._chain(style) if each.level is not None), None)
        linked = next((level for level, each in numbered.levels.items() if style and each.style == style), 0)
        return linked if said is None else said

    def _next(self, numbered: _List, level: int) -> str:
        counts, own = self.counts[numbered.abstract], numbered.levels[level]
        for above in range(level):
            if above in numbered.levels and above not in counts:  # a level passed over counts as used once
                counts[above] = numbered.starts.pop(above, numbered.levels[above].start)
        counts[level] = numbered.starts.pop(level, counts.get(level, own.start - 1) + 1)
        for deeper in [each for each in counts if each > level]:
            if deeper not in numbered.levels or numbered.levels[deeper].restarts_after(level, deeper):
                del counts[deeper]
        if own.spelling == "bullet":
            return ""
        return re.sub(r"%([1-9])", lambda place: _spelled(numbered, own, int(place[1]) - 1, counts), own.pattern)


def _spelled(numbered: _List, own: Level, level: int, counts: Mapping[int, int]) -> str:
    shown = numbered.levels.get(level)
    if shown is None:
        return ""
    spell = _SPELL.get(shown.spelling, str)
    return (str if own.is_decimal else spell)(counts.get(level, shown.start))


def numbering(lists: Any, styles: Any) -> Numbering:  # noqa: ANN401
    """The numbering of a document, from its parts numbering.xml and styles.xml."""
    found = Numbering(styles={each.get(f"{W}styleId", ""): _style(each) for each in styles.iter(f"{W}style")})
    for each in styles.iter(f"{W}style"):
        if each.get(f"{W}type") == "paragraph" and each.get(f"{W}default") in ("1", "true", "on"):
            found.default_style = each.get(f"{W}styleId", "")
    abstracts = {each.get(f"{W}abstractNumId", ""): each for each in lists.iter(f"{W}abstractNum")}
    defining = {value(each.find(f"{W}styleLink")): each for each in abstracts.values()}
    for each in lists.iter(f"{W}num"):
        abstract = abstracts.get(value(each.find(f"{W}abstractNumId")))
        if abstract is not None:
            abstract = defining.get(value(abstract.find(f"{W}numStyleLink")) or "-", abstract)
            found.lists[each.get(f"{W}numId", "")] = _list(each, abstract)
    found.lists.pop("0", None)  # numId 0 takes a paragraph out of its style's list (17.9.18)
    return found


def value(element: Any) -> str:  # noqa: ANN401
    """What an element's ``w:val`` says; "" when the element or the attribute is missing."""
    return "" if element is None else str(element.get(f"{W}val", ""))


def _style(style: Any) -> _Style:  # noqa: ANN401
    list_id, level = _named(style)
    return _Style(value(style.find(f"{W}name")).lower(), value(style.find(f"{W}basedOn")), list_id, level)


def _named(owner: Any) -> tuple[str | None, int | None]:  # noqa: ANN401
    """``(list, level)`` a paragraph or a style names itself."""
    list_id = owner.find(f"{W}pPr/{W}numPr/{W}numId")
    level = owner.find(f"{W}pPr/{W}numPr/{W}ilvl")
    return (None if list_id is None else value(list_id)), (None if level is None else _number(value(level), 0))


def _list(num: Any, abstract: Any) -> _List:  # noqa: ANN401
    made = _List(abstract.get(f"{W}abstractNumId", ""), _levels(abstract), {})
    for override in num.iter(f"{W}lvlOverride"):
        made.levels |= _levels(override)
        if (start := override.find(f"{W}startOverride")) is not None:
            made.starts[_number(override.get(f"{W}ilvl", ""), 0)] = _number(value(start), 0)
    return made


def _levels(owner: Any) -> dict[int, Level]:  # noqa: ANN401
    return {_number(each.get(f"{W}ilvl", ""), 0): _level(each) for each in owner.iter(f"{W}lvl")}


def _level(level: Any) -> Level:  # noqa: ANN401
    return Level(
        start=_number(value(level.find(f"{W}start")), 0),  # 17.9.25: zero when it is left out
        spelling=value(level.find(f"{W}numFmt")) or "decimal",
        pattern=value(level.find(f"{W}lvlText")),
        restart=_number(value(level.find(f"{W}lvlRestart")), -1),
        is_decimal=level.find(f"{W}isLgl") is not None,
        style=value(level.find(f"{W}pStyle")),
    )


def _number(text: str, missing: int) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,6}", text) else missing
