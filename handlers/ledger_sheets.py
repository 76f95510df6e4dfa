"""A ledger (台账) as a spreadsheet, out and in again: shown first, stored only without faults and with a yes.

A row with a number changes that line, one without is a new line; a row that says what the ledger says already is known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from consultations import ledgers
from consultations.duty_book import DutyBook
from consultations.ledger_kinds import NUMBER_COLUMN, OUTLET_COLUMN, LedgerKind
from consultations.ledger_values import Written, shown
from consultations.ledgers import LedgerEntry
from consultations.tickets import Staff
from handlers import keep_ledgers, ledger_wording
from handlers.desk import Desk
from handlers.wish import identity, readable, storable
from handlers.xlsx import Table

MOST_ROWS = 1000
Rows = Sequence[tuple[int, Sequence[str]]]  # line numbers and cells


@dataclass(frozen=True)
class Held:
    """A line as it was when the plan was made."""

    number: int
    outlet: str
    edition: int
    written: Written


@dataclass
class Plan:
    """What taking up a spreadsheet would do: new lines with their outlet and row, lines that change, those known."""

    added: list[tuple[int, str, Written]] = field(default_factory=list)
    changed: list[tuple[int, Held, Written]] = field(default_factory=list)
    n_known: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def stamp(self) -> str:
        """What differs when the plan does: what was seen and confirmed is what is done."""
        said = [
            [[outlet, one.content, one.personal] for _, outlet, one in self.added],
            [[entry.number, entry.edition, one.content, one.personal] for _, entry, one in self.changed],
            self.problems,
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


def tables_of(
    kind: LedgerKind, entries: Sequence[LedgerEntry], book: DutyBook, *, is_masked: bool, is_whole: bool = True
) -> list[Table]:
    """The lines on one sheet, how to fill it in on the next; what is private only where it is to be whole."""
    head = [NUMBER_COLUMN, *([OUTLET_COLUMN] if book.outlets else []), *(each.name for each in kind.fields)]
    rows = [
        [
            str(entry.number),
            *([name_of(book, entry.outlet)] if book.outlets else []),
            *(shown(each, entry.written, is_masked=is_masked, is_listed=not is_whole) for each in kind.fields),
        ]
        for entry in entries
    ]
    how = [
        (each.name, ledger_wording.when_needed(kind, each), ledger_wording.how_to_fill(each)) for each in kind.fields
    ]
    how.insert(0, (NUMBER_COLUMN, "", "新的一条不填；填了编号的，改的是那一条"))
    widths = [6, *([12] if book.outlets else []), *(16 for _ in kind.fields)]
    return [Table(kind.name, head, rows, widths), Table("填写说明", ("栏目", "是否必填", "怎样填"), how, (16, 24, 60))]


def name_of(book: DutyBook, outlet: str) -> str:
    """What an outlet is called; one that is gone, its id."""
    return book.outlets[outlet].name if outlet in book.outlets else outlet


def plan_of(session: Session, desk: Desk, kind: LedgerKind, rows: Rows, outlets: Sequence[str]) -> Plan:
    """What a spreadsheet would do to a ledger, with every fault by its row.

    Args:
        session: To read with.
        desk: The office.
        kind: The ledger.
        rows: As read from the file; the first filled one names the columns.
        outlets: Those whose lines may be written; new lines without an outlet belong to the first.
    """
    plan = Plan()
    filled = [
        (line, [storable(readable(each)) for each in cells]) for line, cells in rows if any(map(str.strip, cells))
    ]
    if not filled:
        plan.problems.append(ledger_wording.EMPTY_SHEET)
        return plan
    (line, head), *others = filled
    names = {
        NUMBER_COLUMN: NUMBER_COLUMN,
        OUTLET_COLUMN: OUTLET_COLUMN,
        **{each.name: each.key for each in kind.fields},
    }
    if problem := _head_problem(line, head, names, kind):
        plan.problems.append(problem)
    elif not others:
        plan.problems.append(ledger_wording.EMPTY_SHEET)
    elif len(others) > MOST_ROWS:
        plan.problems.append(f"有 {len(others)} 行，一次最多 {MOST_ROWS} 行，请分几次导入。")
    else:
        _take_rows(session, desk, kind, plan, [(at, _typed(head, cells, names)) for at, cells in others], outlets)
    return plan


def take_up(session: Session, desk: Desk, kind: LedgerKind, plan: Plan, by: Staff) -> bool:
    """Whether everything in the plan was stored; when somebody was faster with one of its lines, nothing is to be."""
    now = desk.now()
    for _, outlet, written in plan.added:
        ledgers.add(session, kind.kind_id, outlet, written, by, now)
    for _, held, written in plan.changed:
        entry = ledgers.get(session, kind.kind_id, held.number)
        if entry is None or not ledgers.change(session, entry, held.edition, written, by, now):
            return False
    return True


def lines_of(kind: LedgerKind, plan: Plan, book: DutyBook) -> list[str]:
    """The plan in words, a line each."""
    told = [f"第 {at} 行，新增：{_said(kind, one, outlet, book)}" for at, outlet, one in plan.added]
    told += [
        f"第 {at} 行，修改 {entry.number} 号：{'；'.join(differences(kind, entry.written, one))}"
        for at, entry, one in plan.changed
    ]
    return told


def differences(kind: LedgerKind, before: Written, after: Written) -> list[str]:
    """Which fields say something else, as people read them; of what is private only that it does."""
    found = []
    for each in kind.fields:
        if before.value(each) != after.value(each):
            said = [shown(each, one) or "（空）" for one in (before, after)]
            found.append(f"{each.name} {said[0]} → {said[1]}")
    return found


def _said(kind: LedgerKind, written: Written, outlet: str, book: DutyBook) -> str:
    parts = [f"{each.name} {text}" for each in kind.fields if (text := shown(each, written))]
    return "；".join([*([name_of(book, outlet)] if outlet else []), *parts])


def _head_problem(line: int, head: Sequence[str], names: Mapping[str, str], kind: LedgerKind) -> str:
    """What is wrong with the names of the columns."""
    missing = [each.name for each in kind.fields if each.required and each.name not in head]
    unknown = [each for each in head if each and each not in names]
    double = sorted({each for each in head if each and list(head).count(each) > 1})
    said = [
        *(f"缺少“{each}”一栏" for each in missing),
        *(f"没有“{each}”这一栏" for each in unknown),
        *(f"“{each}”有两栏" for each in double),
    ]
    return f"第 {line} 行（栏目名称）：{'，'.join(said)}；可用的有：{'、'.join(names)}。" if said else ""


def _typed(head: Sequence[str], cells: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    return {names[name]: cells[at].strip() if at < len(cells) else "" for at, name in enumerate(head) if name}


def _take_rows(  # noqa: PLR0913, PLR0917  the rows, where they go, what may be written
    session: Session,
    desk: Desk,
    kind: LedgerKind,
    plan: Plan,
    rows: Sequence[tuple[int, Mapping[str, str]]],
    outlets: Sequence[str],
) -> None:
    every = ledgers.listed(session, kind.kind_id, outlets=("", *outlets))
    held = {each.number: Held(each.number, each.outlet, each.edition, each.written) for each in every}
    known = {_mark(each.outlet, each.written) for each in held.values()}
    seen: dict[str, int] = {}
    numbered: dict[int, int] = {}
    for at, typed in rows:
        written, faults = keep_ledgers.read(desk, kind, typed)
        problems = [each.sentence for each in faults]
        entry = _entry_of(held, typed, problems)
        outlet = _outlet_of(desk.duty.book, typed, outlets, entry, problems)
        mark = _mark(outlet, written)
        if entry is not None and numbered.setdefault(entry.number, at) != at:
            problems.append(f"编号 {entry.number} 在第 {numbered[entry.number]} 行已经有了，请只留一行。")
        elif entry is None and seen.setdefault(mark, at) != at:
            problems.append(f"和第 {seen[mark]} 行完全一样，请只留一行；确实是两条的，写明不同之处。")
        plan.problems += [f"第 {at} 行，{each}" for each in problems]
        if entry is not None and entry.written != written:
            plan.changed.append((at, entry, written))
        elif entry is None and mark not in known:
            plan.added.append((at, outlet, written))
        else:
            plan.n_known += 1


def _entry_of(held: Mapping[int, Held], typed: Mapping[str, str], problems: list[str]) -> Held | None:
    number = typed.get(NUMBER_COLUMN, "")
    found = held.get(identity(number) or 0) if number else None
    if number and found is None:
        problems.append(f"编号：没有 {number[:20]} 号，可能已划销；新的一条请不要填编号。")
    return found


def _outlet_of(
    book: DutyBook, typed: Mapping[str, str], outlets: Sequence[str], entry: Held | None, problems: list[str]
) -> str:
    """Where a line belongs: that of a line that is there never changes."""
    named = typed.get(OUTLET_COLUMN, "")
    found = book.outlet_named(named) if named else None
    if named and (found is None or found.outlet_id not in outlets):
        problems.append(f"网点：没有“{named[:20]}”，或不是您可以登记的网点。")
    if entry is not None:
        if found is not None and found.outlet_id != entry.outlet:
            problems.append("网点：已有的记录不能换网点，请划销后另登一条。")
        return entry.outlet
    return found.outlet_id if found is not None else outlets[0]


def _mark(outlet: str, written: Written) -> str:
    return json.dumps([outlet, written.content, written.personal], sort_keys=True, ensure_ascii=False)
