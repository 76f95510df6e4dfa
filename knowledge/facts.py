"""Facts (事实): one figure each (a fee, a period, an amount), dated, with one source; cards and guides name it.

A text says ``{patent_fee}`` and reads "900元" on a day on which that is the figure: whoever changes the row changes
every answer. ``{patent_fee.value}`` is the number alone; ``{fee*3}``, ``{fee+extra*2}`` and ``{fee-reduction}`` (less a
percentage) follow it too. A fact has one row for each period; a row without an end ends when the next begins. Folders
are layers as with cards: the rows of a later folder replace those of the same id. A fact with a fault is not used at
all, so that no wrong figure is told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from knowledge.authored import (
    CardCitation,
    FaultError,
    Raw,
    citation,
    complaint,
    day,
    read_folder,
    refuse,
    required_day,
    text,
)
from knowledge.figures import UNITS, figures, measure

SHIPPED_FACTS = Path(__file__).parent / "facts"

_INHERITED = ("name", "unit")
_FIELDS = frozenset(
    (*_INHERITED, "id", "value", "effective_from", "effective_to", "source", "last_reviewed", "review_due", "file")
)
_TERM = r"[a-z][a-z0-9_]*(?:\*\d{1,3})?"
_PLACEHOLDER = re.compile(rf"\{{({_TERM}(?:\+{_TERM})*|[a-z][a-z0-9_]*-[a-z][a-z0-9_]*)(\.value)?\}}")
# Braces around Latin letters are meant as a placeholder; anything else between braces is just text.
_MEANT = re.compile(r"\{[ -z|~]*[A-Za-z_][ -z|~]*\}")


@dataclass(frozen=True)
class Fact:
    """One row: the figure from `effective_from` to `effective_to`, both included, ``None`` is open."""

    fact_id: str
    name: str
    value: Decimal
    unit: str
    source: CardCitation
    last_reviewed: date
    review_due: date
    effective_from: date | None = None
    effective_to: date | None = None

    def is_live(self, on: date) -> bool:
        """Whether this is the figure of that day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )


@dataclass(frozen=True)
class Period:
    """Days on which a set of facts does not change, and the row of each fact on these days."""

    start: date | None
    end: date | None
    rows: tuple[Fact, ...]

    def render(self, written: str) -> str:
        """The text with its figures.

        Raises:
            FaultError: Figures of different units are added.
        """
        return "".join(piece for piece, _ in spelled_out(written, self.rows))


@dataclass(frozen=True)
class Facts:
    """The rows of each usable fact, oldest first; what was wrong with the others, by id and as sentences."""

    by_id: Mapping[str, tuple[Fact, ...]]
    refused: Mapping[str, str]
    problems: tuple[str, ...] = ()

    def on(self, fact_id: str, on: date) -> Fact | None:
        """The row of that day, if there is one."""
        return next((row for row in self.by_id.get(fact_id, ()) if row.is_live(on)), None)

    def render(self, written: str, on: date) -> str:
        """A text with its figures of that day.

        Raises:
            FaultError: A fact is unknown, unusable or has no row on that day.
        """
        return self.periods(named_in(written), on, on)[0].render(written)

    def periods(self, fact_ids: Iterable[str], start: date | None, end: date | None) -> list[Period]:
        """The days from `start` to `end` (both included), cut where one of the facts changes.

        An open start or end is that of the facts themselves.

        Raises:
            FaultError: A fact is unknown or unusable, or has no row on some of the days.
        """
        rows = {fact_id: self._rows(fact_id) for fact_id in fact_ids}
        first = max((found[0].effective_from or date.min for found in rows.values()), default=date.min)
        last = min((found[-1].effective_to or date.max for found in rows.values()), default=date.max)
        start, end = start or _known(first), end or _known(last)
        for found in rows.values():
            _refuse_gaps(found, start, end)
        return [
            Period(_known(since), _known(until), tuple(_row_on(found, since) for found in rows.values()))
            for since, until in _cuts(rows.values(), start or date.min, end or date.max)
        ]

    def _rows(self, fact_id: str) -> tuple[Fact, ...]:
        if fact_id in self.refused:
            refuse(f"用到的事实 {fact_id} 有误，答复暂由工作人员作出。请先改正那个事实。")
        if fact_id not in self.by_id:
            refuse(f"没有 {{{fact_id}}} 这个事实。请改正编号，或在 facts 里补上；不是事实的，请改用全角花括号｛｝。")
        return self.by_id[fact_id]


NO_FACTS = Facts({}, {})


def load_facts(*folders: Path) -> Facts:
    """Read all ``*.toml`` of the folders; the rows of a later folder replace those of an earlier one by id.

    Args:
        folders: Missing folders are empty ones.

    Returns:
        The usable facts; in `problems` one sentence for each thing wrong: file, fact, fault and cure.
    """
    problems: list[str] = []
    known: dict[str, list[dict[str, Any]]] = {}
    for folder in folders:
        known |= _grouped(read_folder(folder, "fact", "事实", problems), known)
    by_id: dict[str, tuple[Fact, ...]] = {}
    refused: dict[str, str] = {}
    for fact_id, raws in sorted(known.items()):
        rows = _rows(raws, problems)
        if rows:
            by_id[fact_id] = rows
        else:
            refused[fact_id] = str(raws[0].get("name", fact_id))
    return Facts(by_id, refused, tuple(problems))


def named_in(written: str) -> list[str]:
    """The ids of the facts a text names, in order of appearance, each once.

    Raises:
        FaultError: Something in braces looks like a placeholder and is none.
    """
    for meant in _MEANT.findall(written):
        if not _PLACEHOLDER.fullmatch(meant):
            refuse(f"占位符 {meant} 的写法不对。请写成 {{fact_id}}、{{fact_id.value}} 或 {{fact_id*2}}，中间不留空格。")
    sums = (found[1] for found in _PLACEHOLDER.finditer(written))
    return list(dict.fromkeys(fact_id for each in sums for fact_id in re.findall(r"[a-z][a-z0-9_]*", each)))


def spelled_out(written: str, rows: Iterable[Fact]) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the fact it comes from: its id, or the whole sum; empty for what was typed."""
    known = {row.fact_id: row for row in rows}
    last = 0
    for found in _PLACEHOLDER.finditer(written):
        yield written[last : found.start()], ""
        yield _amount(found[1], known, is_bare=bool(found[2])), found[1]
        last = found.end()
    yield written[last:], ""


def _amount(written: str, known: Mapping[str, Fact], *, is_bare: bool) -> str:
    value, unit = _less(written, known) if "-" in written else _sum(written, known)
    return f"{_plain(value)}{'' if is_bare else unit}"


def _sum(written: str, known: Mapping[str, Fact]) -> tuple[Decimal, str]:
    terms = [term.partition("*") for term in written.split("+")]
    units = {known[fact_id].unit for fact_id, _, _ in terms}
    if len(units) > 1:
        refuse(f"{{{written}}} 把不同单位的数加在一起（{'、'.join(sorted(units))}）。请分开写。")
    return sum((known[fact_id].value * int(times or 1) for fact_id, _, times in terms), Decimal(0)), units.pop()


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _less(written: str, known: Mapping[str, Fact]) -> tuple[Decimal, str]:
    whole, _, share = (known.get(part) for part in written.partition("-"))
    assert whole
    assert share
    if share.unit != "%":
        refuse(f"{{{written}}} 只能减去以 % 为单位的事实，而 {share.fact_id} 的单位是 {share.unit}。请改正编号。")
    return whole.value * (100 - share.value) / 100, whole.unit


# --- rows ------------------------------------------------------------------------------------------------------------


def _grouped(
    raws: Iterable[dict[str, Any]], earlier: Mapping[str, Sequence[dict[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """The rows of a layer by id; a row takes name and unit from the row before it, the first from the earlier layer."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for raw in raws:
        before = grouped.get(raw["id"]) or earlier.get(raw["id"]) or [{}]
        kept = {key: before[-1][key] for key in _INHERITED if key in before[-1]}
        grouped.setdefault(raw["id"], []).append(kept | raw)
    return grouped


def _rows(raws: Sequence[Raw], problems: list[str]) -> tuple[Fact, ...]:
    """The rows of one fact, oldest first; none when anything is wrong with one of them."""
    made: list[Fact] = []
    raw = raws[0]
    try:
        for raw in raws:
            made.append(_fact(raw))
        return _settled(made)
    except FaultError as fault:
        problems.append(complaint(raw, "事实", str(fault)))
        return ()


def _fact(raw: Raw) -> Fact:
    if unknown := sorted(set(raw) - _FIELDS):
        refuse(f"不认识的字段 {'、'.join(unknown)}。请检查拼写。")
    made = Fact(
        fact_id=raw["id"],
        name=text(raw, "name"),
        value=_value(raw),
        unit=text(raw, "unit"),
        source=_source(raw),
        last_reviewed=required_day(raw, "last_reviewed"),
        review_due=required_day(raw, "review_due"),
        effective_from=day(raw, "effective_from"),
        effective_to=day(raw, "effective_to"),
    )
    _check(made)
    return made


def _check(fact: Fact) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", fact.fact_id):
        refuse("编号要以小写字母开头，否则卡片里写不出它的占位符。")
    if not fact.name:
        refuse("缺少 name。请写上这是什么，例如“发明专利申请费”。")
    if fact.unit not in UNITS:
        refuse(f"单位 unit = {fact.unit!r} 不可用。请从这些里选：{'、'.join(sorted(UNITS))}。")
    if fact.effective_from and fact.effective_to and fact.effective_to < fact.effective_from:
        refuse("effective_to 早于 effective_from。请改正日期。")
    if fact.review_due < fact.last_reviewed:
        refuse("review_due 早于 last_reviewed。请改正日期。")
    if not _is_proven(fact):
        refuse(f"出处关键词 proof 里没有 {fact.value:f} 这个数。请写上条款原文中带这个数的词，或改正 value。")


def _is_proven(fact: Fact) -> bool:
    number, unit = measure(fact.value, fact.unit)
    found = [each for phrase in fact.source.proof for each in figures(phrase)]
    return any((each.number, each.unit) == (number, unit) or (each.number == fact.value) for each in found)


def _value(raw: Raw) -> Decimal:
    value = raw.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        refuse(f"value = {value!r} 不是数。请只写数字，不加引号和单位，例如 900。")
    return Decimal(str(value))


def _source(raw: Raw) -> CardCitation:
    source = raw.get("source")
    if isinstance(source, list) and len(source) > 1:
        refuse("写了几个出处。一个数只认一个出处 source：请留下规定这个数的那一条。")
    if not isinstance(source, dict):
        refuse("没有出处 source。没有出处的数不能使用：请写上 law、version、article 和 proof。")
    found = citation(source)
    if not found.law or not found.proof:
        refuse("出处不完整。请写上 law，并在 proof 里写条款原文中带这个数的关键词。")
    return found


def _settled(rows: Iterable[Fact]) -> tuple[Fact, ...]:
    """The rows in order; an open end closes the day before the next row begins."""
    settled: list[Fact] = []
    for row in sorted(rows, key=lambda each: each.effective_from or date.min):
        if settled:
            settled[-1] = _closed_before(settled[-1], row)
        settled.append(row)
    return tuple(settled)


def _closed_before(earlier: Fact, later: Fact) -> Fact:
    since = later.effective_from
    if since is None or since == earlier.effective_from:
        refuse("有两行从同一天起生效。请给后一行写上新的 effective_from，或删去一行。")
    if earlier.effective_to is not None and earlier.effective_to >= since:
        refuse(
            f"两行的有效期重叠（前一行到 {earlier.effective_to}，后一行从 {since} 起）。"
            "请让前一行的 effective_to 早于后一行的 effective_from，或不写。"
        )
    return replace(earlier, effective_to=earlier.effective_to or since - timedelta(days=1))


# --- days ------------------------------------------------------------------------------------------------------------


def _refuse_gaps(rows: Sequence[Fact], start: date | None, end: date | None) -> None:
    """Every day from `start` to `end` has its row."""
    fact_id, missing = rows[0].fact_id, start or date.min
    for row in rows:
        if (row.effective_from or date.min) > missing:
            break
        if row.effective_to is None:
            return
        missing = max(missing, row.effective_to + timedelta(days=1))
    if missing <= (end or date.max):
        shown = "起始日" if missing == date.min else str(missing)
        refuse(f"事实 {fact_id} 在 {shown} 没有数值，而卡片那天有效。请补上那一段，或改正卡片的有效期。")


def _cuts(all_rows: Iterable[Sequence[Fact]], start: date, end: date) -> list[tuple[date, date]]:
    changes = {row.effective_from for rows in all_rows for row in rows if row.effective_from}
    starts = [start, *sorted(each for each in changes if start < each <= end)]
    return list(zip(starts, [*(each - timedelta(days=1) for each in starts[1:]), end], strict=True))


def _row_on(rows: Sequence[Fact], on: date) -> Fact:
    return next(row for row in rows if row.is_live(on))


def _known(on: date) -> date | None:
    return None if on in (date.min, date.max) else on
