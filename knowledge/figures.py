"""Numbers with their units in Chinese texts: 三个月, 500万元, 百分之八十五 → values that can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}
_NUMERAL = "零〇一二两三四五六七八九十百千"
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|[{_NUMERAL}]+)[万亿]{{0,2}}"
# How a unit is written → the unit in which values are compared.
_UNITS = {
    "个工作日": "工作日",
    "工作日": "工作日",
    "个月": "月",
    "小时": "小时",
    "周年": "年",
    "年": "年",
    "日": "日",
    "天": "日",
    "元": "元",
    "%": "%",
    "％": "%",
    "倍": "倍",
    **{each: each for each in ("个", "件", "项", "页", "类", "次", "人", "份", "厘米", "家")},
}
UNITS = frozenset(_UNITS) | {"万元", "亿元"}
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_FIGURE = re.compile(rf"百分之(?P<percent>{_NUMBER})|(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})?")
# Places in texts and calendars: no amounts, although they look like some.
_NO_FIGURES = re.compile(
    rf"第\s*{_NUMBER}(?:\s*[-—–至到]+\s*第?{_NUMBER})?\s*[条款项章节类号年版届次页个]?(?:之[{_NUMERAL}]+)?"
    r"|(?:(?:19|20|21)\d\d|[一二][零〇一二三四五六七八九]{3})\s*年(?:版|度)?(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号])?)?"
    r"|\d{1,2}\s*月\s*\d{1,2}\s*[日号]|(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}"
)


@dataclass(frozen=True)
class Figure:
    """One number in a text. `number` counts in `unit` (元, 月, 日, 工作日, 年, %, 倍 …; empty for a bare number).

    `start` and `end` say where it stands; `written` how.
    """

    number: Decimal
    unit: str
    start: int
    end: int
    written: str


def figures(text: str) -> list[Figure]:
    """All numbers of a text in order; dates and places like 第四十二条 are none."""
    spared = [found.span() for found in _NO_FIGURES.finditer(text)]
    return [
        _figure(found)
        for found in _FIGURE.finditer(text)
        if not any(start < found.end() and found.start() < end for start, end in spared)
    ]


def measure(value: float | Decimal, unit: str) -> tuple[Decimal, str]:
    """A value in the unit in which figures are compared: 500 万元 → 5000000 元."""
    scale = _LARGE.get(unit[0], 1) if unit[1:] == "元" else 1
    return Decimal(str(value)) * scale, _UNITS.get(unit.lstrip("万亿"), unit)


def _figure(found: re.Match[str]) -> Figure:
    unit = "%" if found["percent"] else _UNITS.get(found["unit"] or "", "")
    return Figure(_number(found["percent"] or found["number"]), unit, *found.span(), found[0].strip())


def _number(written: str) -> Decimal:
    scale = 1
    while written[-1] in _LARGE:
        scale *= _LARGE[written[-1]]
        written = written[:-1]
    if written[0].isdigit():
        return Decimal(written.replace(",", "")) * scale
    return Decimal(_small(written)) * scale


def _small(numeral: str) -> int:
    """``一百五十`` → 150, ``二〇二七`` → 2027."""
    if not any(sign in _SMALL for sign in numeral):
        return int("".join(str(_DIGITS[sign]) for sign in numeral))
    total, digit = 0, 0
    for sign in numeral:
        if sign in _SMALL:
            total, digit = total + (digit or 1) * _SMALL[sign], 0
        else:
            digit = _DIGITS[sign]
    return total + digit
