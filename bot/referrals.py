"""``zhixun referrals``: the directory of professional bodies, what clients chose, what came of it."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from bot.application import STAFF_DESK
from bot.screen import say, say_table
from consultations import referrals as store
from consultations import tickets
from consultations.authored_files import FaultyFilesError
from consultations.providers import KINDS, parse_table, rows_of, toml_of
from consultations.tickets import Staff, Ticket
from handlers import refer, referral_wording, ticket_wording
from handlers.desk import Desk
from handlers.refer import ReferralRefusedError
from handlers.talk import office_time
from policies.readers import Refused
from policies.readers.isolated import read_rows

IMPORTED = "imported.toml"  # in the instance's ``providers/``
SHOWN = 20


def figures(desk: Desk) -> None:
    """Print the last referrals, and what came of them by body."""
    with desk.reading() as session:
        newest = [
            f"{each.number} · {KINDS[each.kind]} · {store.STATES[each.state]} · {each.provider_name}".rstrip(" ·")
            for each in store.newest(session, SHOWN)
        ]
        bodies = store.quality(session)
    say("\n".join(newest) or referral_wording.NO_REFERRALS)
    if not bodies:
        return
    table = Table("机构", "给出", "选定", "已联系", "办成", "撤回", "满意度（人数）")
    for each in bodies:
        mean = f"{sum(each.scores) / len(each.scores):.1f}（{len(each.scores)}）" if each.scores else "—"
        counts = (each.n_offered, each.n_chosen, each.n_contacted, each.n_done, each.n_withdrawn)
        table.add_row(escape(each.name), *map(str, counts), mean)
    say_table(table)


def directory(desk: Desk) -> bool:
    """Print the directory; whether something needs attention: a faulty file, a body to be checked."""
    today = office_time(desk.settings).day(desk.now())
    table = Table("编号", "名称", "类别", "许可证号", "区域", "联系方式", "核对日期")
    bodies = sorted(desk.providers.by_id.values(), key=lambda each: (each.kind, each.name))
    for each in bodies:
        checked = str(each.checked) + ("" if each.is_current(today) else "（待核对，不给出）")
        cells = (each.provider_id, each.name, KINDS[each.kind], each.licence, each.district, each.contact, checked)
        table.add_row(*map(escape, cells))
    say_table(table, "机构名录还是空的：请把机构写进实例文件夹的 providers/，或用 referrals import 导入表格。")
    for problem in desk.providers.problems:
        say(f"有误：{problem}改好之前沿用上一次正确的内容。")
    return bool(desk.providers.problems) or not all(each.is_current(today) for each in bodies)


def import_table(desk: Desk, home: Path, file: Path) -> bool:
    """Read a table into the instance's directory, replacing what was imported before; whether it was refused."""
    rows = _rows(file)
    if isinstance(rows, str):
        say(rows)
        return True
    try:
        found = parse_table(file.name, rows)
    except FaultyFilesError as error:
        say("没有导入：\n" + "\n".join(error.problems))
        return True
    folder = home / "providers"
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / "imported.tmp"
    scratch.write_text(toml_of(found.values()), encoding="utf-8")
    scratch.replace(folder / IMPORTED)
    desk.providers.refresh()
    today = office_time(desk.settings).day(desk.now())
    say(referral_wording.imported(len(found), sum(not each.is_current(today) for each in found.values())))
    for problem in desk.providers.problems:
        say(f"有误：{problem}")
    return bool(desk.providers.problems)


def _rows(file: Path) -> list[tuple[int, list[str]]] | str:
    """The rows of a table, or the sentence that says why it can't be read."""
    if file.suffix.lower() == ".xlsx":
        read = read_rows(file.read_bytes())
        return f"没有导入：{read.reason}" if isinstance(read, Refused) else read
    if file.suffix.lower() != ".csv":
        return referral_wording.TABLES_ONLY
    try:
        return rows_of(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return referral_wording.TABLES_ONLY


def offer(desk: Desk, number: str, kind: str, name: str, *, district: str) -> bool:
    """Have the client of a ticket choose; whether that was refused."""
    try:
        with desk.writing() as session:
            ticket = _ticket(session, number)
            made = refer.offer(session, desk, ticket, kind, _staff(name), district=district)
            told = referral_wording.staff_offered(made.number, [each for _, each in made.options])
    except ReferralRefusedError as refused:
        say(str(refused))
        return True
    say(told)
    return False


def progress(desk: Desk, number: str, target: store.State, name: str) -> bool:
    """Note how far a referral is; whether that was refused."""
    try:
        with desk.writing() as session:
            moved = refer.progress(session, desk, number, target, _staff(name))
            told = referral_wording.moved(moved.number, store.STATES[moved.state])
    except ReferralRefusedError as refused:
        say(str(refused))
        return True
    say(told)
    return False


def _ticket(session: Session, number: str) -> Ticket:
    found = tickets.by_number(session, number)
    if found is None:
        raise ReferralRefusedError(ticket_wording.no_such_ticket(number))
    return found


def _staff(name: str) -> Staff:
    return Staff(f"{STAFF_DESK.channel}:{name}", name)
