"""What a ledger (台账) adds up to: lines of a span of days, sums, options nothing is in force for, what falls due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from consultations.ledger_kinds import LedgerField, LedgerKind
from consultations.ledger_values import Written, plain, shown, yuan
from consultations.ledgers import LedgerEntry


@dataclass(frozen=True)
class Sum:
    """One sum as people read it: of which field, by what it is split, of which group; both empty for all lines."""

    field: LedgerField
    by: str
    group: str
    text: str


@dataclass(frozen=True)
class Due:
    """What falls due for one line: the field that says when, the day, and from when staff are told."""

    entry: LedgerEntry
    field: LedgerField
    due_on: date
    notice_on: date

    @property
    def key(self) -> str:
        """What its reminder is called: another day is another thing due."""
        return f"ledger:{self.entry.number}:{self.field.key}:{self.due_on}"

    def rank(self, today: date) -> int:
        """0 not yet · 1 soon · 2 late."""
        return 2 if today > self.due_on else int(today >= self.notice_on)


def within(kind: LedgerKind, entries: Iterable[LedgerEntry], first: date, after: date) -> list[LedgerEntry]:
    """The lines that belong into these days; all of them where a kind is not kept by the year."""
    if not kind.year_by:
        return list(entries)
    days = ((each, each.written.day(kind.year_by)) for each in entries)
    return [each for each, day in days if day is not None and first <= day < after]


def years_of(kind: LedgerKind, entries: Iterable[LedgerEntry]) -> list[int]:
    """The years that have lines, newest first; none where a kind is not kept by the year."""
    days = (each.written.day(kind.year_by) for each in entries)
    return sorted({each.year for each in days if each is not None}, reverse=True)


def is_in_force(kind: LedgerKind, written: Written, today: date) -> bool:
    """Whether a line holds on that day."""
    first, last = written.day(kind.starts_by), written.day(kind.ends_by)
    return (first is None or first <= today) and (last is None or today <= last)


def gaps(kind: LedgerKind, entries: Iterable[LedgerEntry], today: date) -> list[str]:
    """The options that ought to have a line in force and have none."""
    by = kind.field_of(kind.gap_by)
    if by is None:
        return []
    there = {each.written.value(by) for each in entries if is_in_force(kind, each.written, today)}
    return [each for each in by.choices if each not in there]


def sums(kind: LedgerKind, entries: Sequence[LedgerEntry], *, is_masked: bool = False) -> list[Sum]:
    """The sums of a ledger: of all lines, or where they are split, of each group."""
    found: list[Sum] = []
    for each in kind.fields:
        if each.is_summed and not each.sum_by:
            found.append(Sum(each, "", "", _total(each, entries)))
        for keys in each.sum_by if each.is_summed else ():
            found += _split(kind, entries, each, keys, is_masked=is_masked)
    return found


def dues(kind: LedgerKind, entry: LedgerEntry, today: date) -> list[Due]:
    """What falls due for one line; nothing for one that ended."""
    ended = entry.written.day(kind.ends_by)
    if ended is not None and ended < today:
        return []
    found = []
    for each in kind.fields:
        if each.notice_days is not None and (day := entry.written.day(each.key)) is not None:
            due_on = day + timedelta(days=each.due_after_days)
            found.append(Due(entry, each, due_on, due_on - timedelta(days=each.notice_days)))
    return found


def summary(kind: LedgerKind, entries: Sequence[LedgerEntry], today: date) -> str:
    """A ledger in one line without anybody's name: lines, people, sums, gaps, what is late; 无记录 without any."""
    if not entries:
        return f"{kind.name} 无记录"
    parts = [f"{kind.name} {len(entries)} {kind.unit}"]
    for each in kind.fields:
        if each.kind == "staff" and each.required:
            parts.append(f"{len({one.written.value(each) for one in entries})} 人")
        if each.is_summed:
            parts += _summed(kind, entries, each)
    missing = gaps(kind, entries, today)
    if kind.gap_by:
        parts.append(f"缺 {'、'.join(missing)}" if missing else "各方面都有")
    n_late = sum(any(due.rank(today) == 2 for due in dues(kind, each, today)) for each in entries)
    return "，".join([*parts, *([f"{n_late} {kind.unit}已过期限"] if n_late else [])])


def _summed(kind: LedgerKind, entries: Sequence[LedgerEntry], each: LedgerField) -> list[str]:
    """Sums for one line: amounts by the first field that splits them, as income and expense never add up."""
    if each.kind == "money" and each.sum_by:
        return [f"{one.group} {one.text} 元" for one in _split(kind, entries, each, each.sum_by[0])]
    return [f"{each.name} {_total(each, entries)}{' 元' if each.kind == 'money' else ''}"]


def _split(
    kind: LedgerKind, entries: Sequence[LedgerEntry], each: LedgerField, keys: str, *, is_masked: bool = False
) -> list[Sum]:
    """The sums of one field by the groups of others, ``flow`` or ``flow+service_item``; what lacks one is in none."""
    fields = [found for key in keys.split("+") if (found := kind.field_of(key)) is not None]
    groups: dict[tuple[object, ...], list[LedgerEntry]] = {}
    for one in entries:
        group = tuple(one.written.value(by) for by in fields)
        if None not in group:
            groups.setdefault(group, []).append(one)
    by_name = "、".join(by.name for by in fields)
    return [
        Sum(each, by_name, _named(fields, lines[0], is_masked=is_masked), _total(each, lines))
        for group, lines in sorted(groups.items(), key=lambda item: _order(fields, item[0]))
    ]


def _named(fields: Sequence[LedgerField], entry: LedgerEntry, *, is_masked: bool) -> str:
    return " ".join(shown(by, entry.written, is_masked=is_masked) for by in fields)


def _order(fields: Sequence[LedgerField], group: Sequence[object]) -> list[tuple[int, str]]:
    """Options as the kind has them, everything else by its text."""
    pairs = zip(fields, map(str, group), strict=True)
    return [(by.choices.index(text) if text in by.choices else 0, text) for by, text in pairs]


def _total(each: LedgerField, entries: Sequence[LedgerEntry]) -> str:
    values = [one.written.value(each) for one in entries]
    total = sum((Decimal(value) for value in values if value is not None), Decimal(0))
    return yuan(int(total)) if each.kind == "money" else plain(total)
