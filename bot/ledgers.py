"""``zhixun ledgers``: the ledgers of the outlet on screen, as spreadsheets out and in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from rich.markup import escape
from rich.table import Table

from bot.screen import say, say_table
from consultations import audit
from consultations import ledgers as store
from consultations.ledger_kinds import NUMBER_COLUMN, OUTLET_COLUMN, LedgerKind
from consultations.ledger_values import shown
from consultations.tickets import Staff
from handlers import keep_ledgers, ledger_sheets, ledger_wording
from handlers.desk import Desk
from handlers.xlsx import write_tables
from policies.readers import Refused
from policies.readers.isolated import read_rows


class LedgersRefusedError(Exception):
    """What was asked for can't be done; the message says why and what helps."""


def _refuse(sentence: str) -> NoReturn:
    raise LedgersRefusedError(sentence)


def list_kinds(desk: Desk) -> bool:
    """Print every ledger with what it holds; whether something is short of the norm, or a file is faulty."""
    lights, today = keep_ledgers.light(desk, None), keep_ledgers.today_of(desk)
    table = Table("台账", "规范条目", "条数", "说明")
    missing: list[str] = []
    with desk.reading() as session:
        counts = dict(store.counts(session))
        for kind in desk.ledgers.kinds.values():
            sheet = keep_ledgers.look(session, desk, kind, None, today.year, is_masked=False)
            missing += [ledger_wording.gaps(kind, sheet.gaps)] if sheet.gaps else []
            table.add_row(kind.name, kind.basis, str(counts.pop(kind.kind_id, 0)), escape(kind.about))
    say_table(table, "")
    for line in (*lights, *missing, *(ledger_wording.unknown_kind(key, n) for key, n in counts.items())):
        say(line)
    for problem in desk.ledgers.problems:
        say(f"有误：{problem}改好之前沿用上一次正确的内容。")
    return bool(lights or missing or counts or desk.ledgers.problems)


def show(desk: Desk, words: str, outlet: str, year: int | None) -> None:
    """Print one ledger: its lines, sums, what is missing. What is private is masked."""
    kind, outlets = _kind(desk, words), _outlets(desk, outlet)
    book = desk.duty.book
    with desk.reading() as session:
        sheet = keep_ledgers.look(session, desk, kind, outlets or None, year, is_masked=False)
        table = Table(NUMBER_COLUMN, *([OUTLET_COLUMN] if book.outlets else []), *(each.name for each in kind.fields))
        for entry in sheet.entries:
            where = [ledger_sheets.name_of(book, entry.outlet)] if book.outlets else []
            cells = [str(entry.number), *where, *(shown(each, entry.written) for each in kind.fields)]
            table.add_row(*map(escape, cells))
        say(f"{kind.name}台账{f'，{sheet.year} 年' if sheet.year else ''}：{len(sheet.entries)} {kind.unit}")
        say_table(table, "没有记录。")
        for each in sheet.sums:
            say(f"{each.field.name}合计{f'（{each.group}）' if each.group else ''}：{each.text}")
        if kind.gap_by:
            say(ledger_wording.gaps(kind, sheet.gaps))


def write_sheet(  # noqa: PLR0913, PLR0917  which ledger, where to, who
    desk: Desk, words: str, file: Path, outlet: str, year: int | None, name: str
) -> None:
    """Write a ledger as a spreadsheet, whole, with a line in the audit trail."""
    kind, outlets = _kind(desk, words), _outlets(desk, outlet)
    with desk.reading() as session:
        sheet = keep_ledgers.look(session, desk, kind, outlets or None, year, is_masked=False)
        tables = ledger_sheets.tables_of(kind, sheet.entries, desk.duty.book, is_masked=False)
    write_tables(file, tables)
    with desk.writing() as session:
        audit.note(session, "ledger_file", 0, name, desk.now())
    say(
        f"已写好 {file}：{len(sheet.entries)} {kind.unit}。新的一条从空行填起，“编号”不填；填好用 ledgers import 导入。"
    )


def take_up(  # noqa: PLR0913  which ledger, a file, whose, who brings it, who is asked
    desk: Desk,
    words: str,
    file: Path,
    outlet: str,
    name: str,
    *,
    agree: Callable[[str], bool] | None,
    is_preview: bool = False,
) -> None:
    """Read a spreadsheet into a ledger after showing what would become of it.

    Args:
        desk: The office.
        words: The ledger, by id or name.
        file: The spreadsheet, in the columns of `write_sheet`.
        outlet: Where new lines belong that name no outlet; empty for the first.
        name: Who brings it.
        agree: Asks whether to store it; without it nobody is asked.
        is_preview: Only show.

    Raises:
        LedgersRefusedError: It can't be read, or something in it is wrong; every fault with its row.
    """
    kind = _kind(desk, words)
    first = _outlets(desk, outlet)
    every = list(dict.fromkeys([*first, *(desk.duty.book.outlets or [""])]))
    read = _rows(file)
    with desk.reading() as session:
        plan = ledger_sheets.plan_of(session, desk, kind, read, every)
        lines = ledger_sheets.lines_of(kind, plan, desk.duty.book)
    if plan.problems:
        _refuse(ledger_wording.NOT_STORED + "\n" + "\n".join(plan.problems))
    say(ledger_wording.preview(len(plan.added), len(plan.changed), plan.n_known))
    for each in lines:
        say(escape(each))
    if not lines:
        say(ledger_wording.NOTHING_NEW)
        return
    if is_preview or (agree is not None and not agree("写入以上内容吗？")):
        say("没有写入。")
        return
    with desk.writing() as session:
        again = ledger_sheets.plan_of(session, desk, kind, read, every)
        if again.stamp != plan.stamp or not ledger_sheets.take_up(
            session, desk, kind, again, Staff(f"terminal:{name}", name)
        ):
            _refuse(ledger_wording.STALE)
        audit.note(session, "record", 0, f"terminal:{name}", desk.now())
    say(ledger_wording.stored(len(plan.added), len(plan.changed)))


def _kind(desk: Desk, words: str) -> LedgerKind:
    found = desk.ledgers.named(words)
    if found is None:
        _refuse(ledger_wording.no_such_kind([each.name for each in desk.ledgers.kinds.values()]))
    return found


def _outlets(desk: Desk, words: str) -> Sequence[str]:
    """The outlet named, none when nothing was."""
    if not words:
        return []
    found = desk.duty.book.outlet_named(words)
    if found is None:
        names = "、".join(each.name for each in desk.duty.book.outlets.values()) or "没有登记过网点"
        _refuse(f"没有网点 {words}：{names}。")
    return [found.outlet_id]


def _rows(file: Path) -> list[tuple[int, list[str]]]:
    if file.suffix.lower() != ".xlsx":
        _refuse("只能导入 .xlsx 表格；请用 ledgers export 写出表格来填，或在表格软件里另存为 .xlsx。")
    read = read_rows(file.read_bytes())
    if isinstance(read, Refused):
        _refuse(f"没有导入：{read.reason}")
    return read
