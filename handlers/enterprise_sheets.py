"""The directory of enterprises (企业名录) as a spreadsheet: read and shown before anything is written; written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from consultations import audit, enterprise_changes, enterprises
from consultations.enterprise_table import COLUMNS, EXAMPLES, Plan, plan, read_sheet
from consultations.enterprises import FIELDS, PERSONAL, Enterprise
from consultations.tickets import Staff
from handlers.desk import Desk
from handlers.enterprise_search import Line
from handlers.keep_enterprises import adviser_fault
from handlers.spreadsheet import cell_of
from handlers.xlsx import Cell, Table
from policies.readers import Refused
from policies.readers.isolated import read_rows

LARGEST_BYTES = 2 * 2**20  # a table of 1,000 enterprises has 0.1 MB
WIDTHS = (30, 22, 12, 14, 12, 8, 30, 10, 16, 30, 12, 30)
_SHOWN = 100  # lines of a preview


@dataclass(frozen=True)
class Preview:
    """What would become of a sheet, in sentences."""

    head: str
    lines: Sequence[str]
    problems: Sequence[str]


def template() -> Table:
    """The table to fill in, with one row marked as an example."""
    return Table("企业名录", list(COLUMNS), EXAMPLES, WIDTHS)


def rows_in(content: bytes) -> list[tuple[int, list[str]]] | str:
    """The rows of a spreadsheet, or why it can't be read."""
    if len(content) > LARGEST_BYTES:
        return f"表格超过 {LARGEST_BYTES // 2**20} MB，没有读：请分成几份。"
    read = read_rows(content)
    return f"没有导入：{read.reason}" if isinstance(read, Refused) else read


def plan_of(session: Session, desk: Desk, rows: Sequence[tuple[int, Sequence[str]]], outlet: str) -> Plan:
    """What taking up these rows would do to the directory of an outlet."""
    held = enterprises.of_outlet(session, outlet)
    standing = enterprises.years_of(session, {each.key for each in held})
    years = {key: {each.year: each.reason for each in found} for key, found in standing.items()}
    sheet = read_sheet(rows)
    for row in sheet.rows:
        if fault := adviser_fault(desk, str(row.values.get("adviser", ""))):
            sheet.problems.append(f"第 {row.line} 行：{fault}。")
            sheet.n_wrong += 1
    return plan(sheet, held, years)


def preview(found: Plan) -> Preview:
    """The same, as whoever decides reads it."""
    lines = [f"第 {each.line} 行，新增：{each.values['name']}" for each in found.added]
    for enterprise, row, changes in found.changed:
        told = "；".join(f"{name} {old or '空'} → {new or '空'}" for name, (old, new) in changes.items())
        lines.append(f"第 {row.line} 行，更改企业 {enterprise.key} {enterprise.name}：{told}")
    more = len(lines) - _SHOWN
    shown = [*lines[:_SHOWN], *([f"……还有 {more} 行"] if more > 0 else [])]
    head = (
        f"新增 {len(found.added)} 家，更改 {len(found.changed)} 家，没有变化 {len(found.same)} 家，"
        f"有误 {found.n_wrong} 行。"
    )
    return Preview(head, shown, found.problems)


def take_up(session: Session, desk: Desk, found: Plan, outlet: str, by: Staff) -> str:
    """Write what a plan without faults says, in one transaction; what was done, as a sentence."""
    now = desk.now()
    for row in found.added:
        made = enterprise_changes.add(session, row.values, outlet, by, now)
        _put_years(session, desk, made, row.years, by)
    for enterprise, row, _ in found.changed:
        enterprise_changes.edit(session, enterprise, enterprise.revision, row.values, by, now)
        _put_years(session, desk, enterprise, row.years, by)
    audit.note(session, "record", 0, by.key, now)
    return f"已写入：新增 {len(found.added)} 家，更改 {len(found.changed)} 家。"


def table_of(lines: Sequence[Line], *, is_personal: bool = False) -> Table:
    """The directory as a table that can be taken up again; contact persons only where wanted. No cell is ever run."""
    titles = [title for title, name in COLUMNS.items() if is_personal or name not in PERSONAL]
    widths = [
        width for name, width in zip(COLUMNS.values(), WIDTHS, strict=True) if is_personal or name not in PERSONAL
    ]
    return Table("企业名录", titles, [_cells(each, titles) for each in lines], widths)


def _cells(line: Line, titles: Sequence[str]) -> list[Cell]:
    return [cell_of(_cell(line, COLUMNS[title])) for title in titles]


def _cell(line: Line, name: str) -> str:
    if name == "years":
        return "；".join(f"{each.year}：{each.reason}" if each.reason else str(each.year) for each in line.years)
    value: Any = getattr(line.enterprise, name)
    return "、".join(value) if isinstance(value, list) else str(value)


def _put_years(session: Session, desk: Desk, enterprise: Enterprise, years: Mapping[int, str], by: Staff) -> None:
    for year, reason in years.items():
        enterprise_changes.put_year(session, enterprise, year, reason, by, desk.now())


assert set(COLUMNS.values()) == {*FIELDS, "years"}
