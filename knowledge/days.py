"""The day whose law a question asks for: 2023年5月, 去年, 明年一月, 2027年1月2日之后, 在2025年10月15日之前."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.clauses import number_of

_DAY = timedelta(days=1)
_HAN = {digit: str(value) for value, digit in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_HAN_YEAR = re.compile(r"二[〇零][〇零一二三四五六七八九]{2}(?=年)")
_HAN_MONTH = re.compile(r"(?<=年)[一二三四五六七八九十]{1,2}(?=月)|(?<=月)[一二三四五六七八九十]{1,3}(?=[日号])")
_MONTH_AND_DAY = r"(?:(?P<month>\d{1,2})月(?:份)?(?:(?P<day>\d{1,2})[日号])?)?"
_DATED = re.compile(
    rf"(?<!\d)(?P<year>20\d\d|(?<!\d)[0-3]\d(?=年\d{{1,2}}月))年{_MONTH_AND_DAY}(?P<part>年?[初底末])?"
    r"|(?<!\d)(?P<iso_year>20\d\d)[-./](?P<iso_month>\d{1,2})[-./](?P<iso_day>\d{1,2})(?!\d)"
)
_RELATIVE = re.compile(
    rf"(?P<year>前年|去年|上一?年|今年|明年|后年){_MONTH_AND_DAY}(?P<part>年?[初底末])?"
    r"|(?P<turn>明年元旦|元旦|跨年|年底|年末)|(?P<soon>明天|后天|下个?月|下个?星期|下周)"
)
_BARE = re.compile(r"(?<![\d年])(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]")
_AFTER = re.compile(r"^(?:这天|当天|那天)?(?:之后|以后|过后|后(?!续|面|台|果))")
_FROM = re.compile(r"^(?:这天|当天|那天)?(?:起|开始|以来)")
_BEFORE = re.compile(r"^(?:这天|当天|那天)?(?:之前|以前|前(?!面|置|款))")
# Before these words a past day says when something was done, not which law is asked for.
_ACTS = re.compile(
    r"^[份初底末]?(?:就|才|我们?|刚|已经?|公司|老板|有人|被)*"
    r"(?:申请|注册|授权|登记|买|签|成立|公告|提交|拿|核准|下证|办|开始|修|版|新修|备案|获|颁|公布|发布|印发|出台"
    r"|开发|设计|发表|写|做|收到|交|缴|到期|期满|过期|失效|终止|驳回|开业|开张|入职|离职|辞职|去世|过世"
    r"|的?(?:商标|专利|著作权|版权)法)"
)
_YEARS = {"前年": -2, "去年": -1, "上年": -1, "上一年": -1, "今年": 0, "明年": 1, "后年": 2}


@dataclass(frozen=True)
class _Span:
    """What a text names: the days from `first` to `last`, and what stands behind it."""

    first: date
    last: date
    rest: str


def named_day(text: str, on: date) -> date | None:
    """The day whose law is asked for, when the normalised text names one; ``None`` when it means today.

    A month means its first day, a past year its last, a coming one its first; 之后 the day after, 之前 the day before.
    The present year alone is no day, and a past day that only dates an act (2019年注册的商标) is none either.
    """
    plain = _with_digits(text)
    for read in (_dated, _relative, _bare):
        for span in read(plain, on):
            if (day := _meant(span, on)) is not None:
                return day
    return None


# What follows a day on which somebody filed, or got what was filed for earlier.
_FILED = re.compile(r"^年?[初底末份]?(?:的时候|时)?[^,。;?]{0,6}(?:申请|提交|递交|报的?|交)")
_GRANTED = re.compile(r"^年?[初底末份]?(?:的时候|时)?[^,。;?]{0,6}(?:授权|下证|拿证|公告|批|核准|到手|下来)")
_FILING_DAY = re.compile(r"申请日期?(?:就|大概)?[是为在:]?$")


def filing_days(text: str, on: date) -> tuple[date, date] | None:
    """The first and the last day on which what a normalised text asks about may have been filed; ``None`` when it says
    nothing of it: 2020年申请的外观设计 means the days of 2020, 2022年授权的 any day up to the last of 2022.
    """
    plain = _with_digits(text)
    spans = [span for read in (_dated, _relative) for span in read(plain, on) if span.first <= on]
    for span in spans:
        if _FILED.match(span.rest) or _FILING_DAY.search(_before(plain, span.rest)):
            return span.first, span.last
    for span in spans:
        return (date.min if _GRANTED.match(span.rest) else span.first), span.last
    return None


def _before(text: str, rest: str) -> str:
    """What stands before the day that `rest` follows."""
    return re.sub(
        r"20\d\d(?:年(?:\d{1,2}月(?:份)?)?(?:\d{1,2}[日号])?|[-./]\d{1,2}[-./]\d{1,2})$",
        "",
        text[: len(text) - len(rest)],
    )


def _meant(span: _Span, on: date) -> date | None:
    rest = span.rest
    if shifted := _AFTER.match(rest):
        day: date | None = span.last + _DAY
        if _is_year(span) and span.last < on:
            return None  # 2020年以后: still so today
    elif shifted := _BEFORE.match(rest):
        day = span.first - _DAY
    elif shifted := _FROM.match(rest):
        day = span.first if span.first > on or not _is_year(span) else None
    elif _is_year(span):
        day = _of_year(span, on)
    else:
        day = span.first
    if shifted:
        rest = rest[shifted.end() :]
    return None if day is None or (day < on and _ACTS.match(rest)) else day


def _is_year(span: _Span) -> bool:
    return (span.last - span.first).days > 300


def _of_year(span: _Span, on: date) -> date | None:
    if span.first <= on <= span.last:
        return None
    return span.first if span.first > on else span.last


def _dated(text: str, on: date) -> Iterator[_Span]:
    del on
    for found in _DATED.finditer(text):
        if found["iso_year"]:
            parts = found["iso_year"], found["iso_month"], found["iso_day"]
            span = _span(int(parts[0]), parts[1], parts[2], None, text[found.end() :])
        else:
            year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
            span = _span(year, found["month"], found["day"], found["part"], text[found.end() :])
        if span:
            yield span


def _relative(text: str, on: date) -> Iterator[_Span]:
    for found in _RELATIVE.finditer(text):
        rest = text[found.end() :]
        if found["year"]:
            year = on.year + _YEARS[found["year"]]
            if span := _span(year, found["month"], found["day"], found["part"], rest):
                yield span
        elif found["turn"] in ("年底", "年末"):
            yield _Span(date(on.year, 12, 31), date(on.year, 12, 31), rest)
        elif found["turn"]:
            day = on if (on.month, on.day) == (1, 1) else date(on.year + 1, 1, 1)
            yield _Span(day, day, rest)
        else:
            day = _SOON[found["soon"].replace("个", "").replace("星期", "周")](on)
            yield _Span(day, day, rest)


def _next_month(on: date) -> date:
    return (on.replace(day=1) + timedelta(days=32)).replace(day=1)


_SOON: dict[str, Callable[[date], date]] = {
    "明天": lambda on: on + _DAY,
    "后天": lambda on: on + 2 * _DAY,
    "下周": lambda on: on + timedelta(days=7 - on.weekday()),
    "下月": _next_month,
}


def _bare(text: str, on: date) -> Iterator[_Span]:
    """1月1日以后: a day of this year, or the next when it is past; without such a word it dates something else."""
    for found in _BARE.finditer(text):
        rest = text[found.end() :]
        span = _span(on.year, found["month"], found["day"], None, rest)
        if not span or not (_AFTER.match(rest) or _FROM.match(rest) or _BEFORE.match(rest)):
            continue
        is_past = span.first < on and not _BEFORE.match(rest)
        later = _span(on.year + 1, found["month"], found["day"], None, rest) if is_past else span
        if later:
            yield later


def _span(year: int, month: str | None, day: str | None, part: str | None, rest: str) -> _Span | None:
    """The days of a year, month or day; ``None`` for a day that never was."""
    try:
        if part:
            edge = date(year, int(month or 1), 1) if "初" in part else _last(year, int(month or 12))
            return _Span(edge, edge, rest)
        if month is None:
            return _Span(date(year, 1, 1), date(year, 12, 31), rest)
        first = date(year, int(month), int(day or 1))
    except ValueError:
        return None
    return _Span(first, first if day else _last(year, first.month), rest)


def _last(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - _DAY


def _with_digits(text: str) -> str:
    """二〇二三年五月 as 2023年5月."""
    text = _HAN_YEAR.sub(lambda found: "".join(_HAN[sign] for sign in found.group()), text)
    return _HAN_MONTH.sub(lambda found: str(number_of(found.group())), text)
