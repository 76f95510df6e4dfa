"""``zhixun enterprises``: the directory of enterprises, listed, shown, taken up from and written to spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from bot.screen import say, say_table
from consultations import audit, enterprise_visits, enterprises
from consultations.enterprises import FIELDS, PERSONAL, Enterprise
from consultations.tickets import Staff
from handlers.desk import Desk
from handlers.enterprise_search import Line, Wanted, among_of, look, veiled, veiled_phone
from handlers.enterprise_sheets import plan_of, preview, rows_in, table_of, take_up, template
from handlers.enterprises import told
from handlers.xlsx import Table as Sheet
from handlers.xlsx import write_tables

_NOBODY = "名录里没有这样的企业。"
_SUFFIX = ".xlsx"


class EnterprisesRefusedError(Exception):
    """What was asked for can't be done; the message says why and what helps."""


def _refuse(sentence: str) -> NoReturn:
    raise EnterprisesRefusedError(sentence)


def list_all(desk: Desk, wanted: Wanted) -> None:
    """Print the enterprises that are looked for; of those waiting for a visit, who is to go."""
    titles = ("服务专员",) if wanted.is_late else ("代码", "区县", "行业", "标签")
    table = Table("编号", "企业", *titles, "年度名单", "最近走访")
    with desk.reading() as session:
        for each in _found(session, desk, wanted):
            years = "、".join(str(one.year) for one in each.years)
            row = each.enterprise
            facts = (row.adviser,) if wanted.is_late else (row.code, row.district, row.industry, "、".join(row.tags))
            cells = (str(row.key), row.name, *facts, years, str(each.visited_on or ""))
            table.add_row(*map(escape, cells))
    say_table(table, _NOBODY)


def show(desk: Desk, number: int) -> None:
    """Print one enterprise: fields, years, visits, history; contact person and telephone masked."""
    with desk.reading() as session:
        found = enterprises.get(session, number)
        if found is None:
            _refuse(f"名录里没有企业 {number}：编号见 enterprises 的“编号”一栏。")
        for name, title in FIELDS.items():
            say(f"{title}：{_shown(found, name) or '（空）'}")
        if not found.is_living:
            say("已从名录里划去。")
        for each in enterprises.every_year_of(session, number):
            struck = "（已移出）" if each.struck_at else ""
            say(f"- {each.year} 年重点企业名单 {each.reason}{struck}")
        for visit in enterprise_visits.of_enterprise(session, number):
            struck = f"（已划去：{visit.struck_reason}）" if visit.struck_at else ""
            step = (
                f"；下一步：{visit.next_step}（{visit.due_on}，{'已办' if visit.done_at else '未办'}）"
                if visit.due_on
                else ""
            )
            say(f"- 走访 {visit.visited_on} {visit.visitor_name}：{visit.found} {visit.needed}{step}{struck}")
        for event in enterprises.history_of(session, number):
            say(f"- {event.at:%Y-%m-%d} {event.actor_name} {told(event)}")


def write_template(path: Path) -> None:
    """Write the spreadsheet to fill in."""
    _write(path, template())
    say(f"已写好 {path}：从第二行开始填，示例一行可以留着，不会导入。")


def write_out(desk: Desk, path: Path, wanted: Wanted, name: str, *, is_personal: bool) -> None:
    """Write the enterprises that are looked for; contact persons only when asked for, which is noted."""
    with desk.reading() as session:
        lines = _found(session, desk, wanted)
        _write(path, table_of(lines, is_personal=is_personal))
    with desk.writing() as session:
        audit.note(session, "tables_personal" if is_personal else "directory", 0, name, desk.now())
    left_out = "" if is_personal else "；联系人和电话没有写出，要的话加 --personal"
    say(f"已写出 {len(lines)} 家：{path}{left_out}。")


def take_in(  # noqa: PLR0913  a file, whose directory, who brings it, who is asked
    desk: Desk,
    file: Path,
    outlet: str,
    name: str,
    *,
    agree: Callable[[str], bool] | None,
    is_preview: bool = False,
) -> None:
    """Read a spreadsheet into the directory of an outlet after showing what would become of it."""
    if file.suffix.lower() != _SUFFIX:
        _refuse("只能导入 .xlsx 表格：请用 enterprises template 写出模板，或在表格软件里另存为 .xlsx。")
    rows = rows_in(file.read_bytes())
    if isinstance(rows, str):
        _refuse(rows)
    where = outlet_of(desk, outlet)
    with desk.reading() as session:
        plan = plan_of(session, desk, rows, where)
        shown = preview(plan)
    say(shown.head)
    for line in shown.lines:
        say(line)
    if not plan.is_clean:
        _refuse("没有导入，一行也没有写入；请改好再导入：\n" + "\n".join(shown.problems))
    if not plan.does_something:
        say("没有要写入的。")
        return
    if is_preview or (agree is not None and not agree("写入以上内容吗？")):
        say("没有写入。")
        return
    with desk.writing() as session:
        say(take_up(session, desk, plan_of(session, desk, rows, where), where, Staff(f"terminal:{name}", name)))


def outlet_of(desk: Desk, written: str) -> str:
    """The id of the outlet written; of the only one there is when none is."""
    outlets = desk.duty.book.outlets
    if not written:
        return next(iter(outlets)) if len(outlets) == 1 else ""
    found = desk.duty.book.outlet_named(written)
    if found is None:
        _refuse(f"没有网点 {written}：可用 {'、'.join(each.name for each in outlets.values()) or '（没有登记网点）'}。")
    return found.outlet_id


def _found(session: Session, desk: Desk, wanted: Wanted) -> Sequence[Line]:
    return look(session, wanted, among=among_of(session, desk, wanted)).lines


def _shown(enterprise: Enterprise, name: str) -> str:
    if name in PERSONAL:
        return veiled(enterprise.person) if name == "person" else veiled_phone(enterprise.phone)
    value = getattr(enterprise, name)
    return "、".join(value) if isinstance(value, list) else str(value)


def _write(path: Path, table: Sheet) -> None:
    if path.suffix.lower() != _SUFFIX:
        _refuse("表格是 .xlsx 文件，请把文件名写成 企业名录.xlsx 的样子。")
    if path.exists():
        _refuse(f"{path} 已经存在：请换一个文件名。")
    write_tables(path, [table])
