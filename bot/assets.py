"""``zhixun assets``: ledgers of assets, taken up from spreadsheets; what falls due and by which article."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from bot.screen import say, say_table
from consultations import assets as store
from consultations import audit, outbox, reminders, tickets
from consultations.asset_rules import DAYS, KINDS
from consultations.asset_table import COLUMNS, EXAMPLES, read_sheet
from consultations.assets import STATES, AssetLedger, LedgerFullError, Row
from consultations.contacts import Contact
from consultations.messages import Block, Outbound
from handlers import asset_wording
from handlers.desk import Desk
from handlers.remind_assets import foreseen, upcoming
from handlers.talk import AFTERCARE_PRIORITY, office_time, row
from handlers.xlsx import write_xlsx
from policies.readers import Refused
from policies.readers.isolated import read_rows

_AHEAD = 365  # days looked ahead
_WIDTHS = (14, 22, 24, 12, 14, 18, 12, 10)
_ANSWERS = {"": "还没有问到", "yes": "要", "no": "不要"}


class AssetsRefusedError(Exception):
    """What was asked for can't be done; the message says why and what helps."""


def _refuse(sentence: str) -> NoReturn:
    raise AssetsRefusedError(sentence)


def template(path: Path) -> None:
    """Write the spreadsheet to fill in, with two rows marked as examples."""
    if path.suffix.lower() != ".xlsx":
        _refuse("模板是 .xlsx 文件，请把文件名写成 台账.xlsx 的样子。")
    write_xlsx(path, "知识产权台账", list(COLUMNS), EXAMPLES, _WIDTHS)
    say(f"已写好 {path}：从第二行开始填，示例两行可以删去，留着也不会导入。类别：{'、'.join(KINDS.values())}。")


def list_ledgers(desk: Desk) -> None:
    """Print every ledger with what falls due first."""
    today = office_time(desk.settings).day(desk.now())
    table = Table("台账", "企业", "件数", "要提醒", "最近的期限")
    with desk.reading() as session:
        for each in store.listed(session):
            due = upcoming(session, desk, each, today, _AHEAD)
            first = asset_wording.short_line(due[0].asset, due[0].deadline, today) if due else "一年内没有"
            count = len(store.holdings(session, each.key))
            table.add_row(str(each.id), escape(_name(each)), str(count), _wanted(each), escape(first))
    say_table(table, asset_wording.NOBODY)


def show(desk: Desk, number: int) -> None:
    """Print one ledger: what it holds, what falls due within a year."""
    today = office_time(desk.settings).day(desk.now())
    with desk.reading() as session:
        ledger = _ledger(session, number)
        table = Table("类别", "号码", "名称", *DAYS.values(), "状态")
        for each in store.holdings(session, ledger.key):
            days = (str(day or "") for day in each.days.values())
            cells = (KINDS[each.kind], each.number, each.name, *days, STATES[each.state])  # type: ignore[index]
            table.add_row(*map(escape, cells))
        say(f"台账 {number}：{_name(ledger)}，要提醒：{_wanted(ledger)}")
        say_table(table, asset_wording.EMPTY)
        for due in upcoming(session, desk, ledger, today, _AHEAD):
            say(f"- {asset_wording.due_line(due.asset, due.deadline, today)}")
        say(asset_wording.OFFICIAL)
        if newest := store.newest_import(session, ledger.key):
            say(f"最近一次导入的编号是 {newest.id}，撤销用 assets undo {newest.id}。")


def take_up(  # noqa: PLR0913  a file, whose it is, who brings it, who is asked
    desk: Desk,
    file: Path,
    enterprise: str,
    *,
    ticket: str = "",
    name: str,
    agree: Callable[[str], bool] | None,
    is_preview: bool = False,
) -> None:
    """Read a spreadsheet into a ledger after showing what would become of it.

    Args:
        desk: The office.
        file: The spreadsheet, in the columns of the template.
        enterprise: Whose assets these are.
        ticket: The number of a ticket whose asker is reminded; empty when nobody is known.
        name: Who brings it.
        agree: Asks whether to store it; without it nobody is asked.
        is_preview: Only show.
    """
    if not enterprise:
        _refuse("请写企业名称：--enterprise 企业名称。")
    rows = _rows(file)
    with desk.reading() as session:
        contact = _contact(session, ticket)
        found = store.of_contact(session, contact) if contact else _own(session, enterprise)
        changes = store.compare(store.holdings(session, found.key) if found else (), rows)
        say(asset_wording.preview(changes))
        today = office_time(desk.settings).day(desk.now())
        say(asset_wording.foreseen(foreseen(desk, rows, today, _AHEAD), today))
    if not changes.added and not changes.changed:
        say(asset_wording.NOTHING_NEW)
        return
    if is_preview or (agree is not None and not agree("登记以上内容吗？")):
        say("没有登记。")
        return
    with desk.writing() as session:
        _store(session, desk, rows, enterprise, contact, name)


def undo(desk: Desk, number: int, name: str) -> None:
    """Take an import back; who did stands in the audit trail."""
    with desk.writing() as session:
        done = session.get(store.AssetImport, number)
        if done is None:
            _refuse(f"没有导入 {number}：编号见 assets show 台账编号 的最后一行。")
        if not store.undo(session, done, desk.now()):
            _refuse(asset_wording.NOT_UNDONE)
        ledger = session.get_one(AssetLedger, done.ledger_id)
        audit.note(session, "asset_undone", ledger.contact_id or 0, name, desk.now())
    say(asset_wording.UNDONE)


def finish(desk: Desk, ledger_number: int, asset_number: str, name: str) -> None:
    """What falls due next for an asset is done (已办理)."""
    now = desk.now()
    today = office_time(desk.settings).day(now)
    with desk.writing() as session:
        ledger = _ledger(session, ledger_number)
        due = upcoming(session, desk, ledger, today, _AHEAD)
        first = next((each for each in due if each.asset.number == asset_number.upper()), None)
        if first is None:
            _refuse(f"台账 {ledger_number} 里的 {asset_number} 一年内没有要办的期限，请核对号码。")
        reminders.finish(session, reminders.of_key(session, first.key, ledger.contact_id), name, now)
        told = f"已记下：{asset_wording.asset_name(first.asset)}，{first.deadline.what}，已办理。"
    say(told)


def rules(desk: Desk) -> bool:
    """Print the rules with their sources; whether a file of the outlet's own is faulty."""
    book = desk.settings.asset_rules
    for each in book.rules:
        say(asset_wording.rule_line(each))
    for problem in book.problems:
        say(f"有误：{problem}改好之前沿用上一次正确的内容。")
    return bool(book.problems)


def _rows(file: Path) -> list[Row]:
    """The assets in a spreadsheet.

    Raises:
        AssetsRefusedError: It can't be read, or something in it is wrong; every fault with its place.
    """
    if file.suffix.lower() != ".xlsx":
        _refuse("只能导入 .xlsx 表格；请用 assets template 写出模板，或在表格软件里另存为 .xlsx。")
    read = read_rows(file.read_bytes())
    if isinstance(read, Refused):
        _refuse(f"没有导入：{read.reason}")
    sheet = read_sheet(read)
    if sheet.problems:
        _refuse("没有导入，一行也没有写入；请改好再导入：\n" + asset_wording.problems(sheet.problems))
    if not sheet.rows:
        _refuse("表格里除了示例没有内容：请从第二行开始填。")
    return sheet.rows


def _store(  # noqa: PLR0913, PLR0917  what is stored, for whom, by whom
    session: Session, desk: Desk, rows: list[Row], enterprise: str, contact_id: int | None, name: str
) -> None:
    now = desk.now()
    ledger = store.open_ledger(session, enterprise=enterprise, contact_id=contact_id, actor=name, now=now)
    try:
        done = store.take_up(session, ledger, rows, name, now)
    except LedgerFullError as error:
        _refuse(str(error))
    audit.note(session, "record", contact_id or 0, name, now)
    say(f"{asset_wording.saved(done.n_added, len(done.before))}台账 {ledger.id}，撤销用 assets undo {done.id}。")
    if contact_id is None:
        say("没有写工单，到期提醒发到工作人员群；企业自己在聊天里发 /assets 登记的，提醒发给它。")
    elif ledger.reminders == "":
        _invite(session, desk, ledger, contact_id)


def _invite(session: Session, desk: Desk, ledger: AssetLedger, contact_id: int) -> None:
    """Ask the person whether they want to be reminded; once a ledger."""
    contact, now = session.get_one(Contact, contact_id), desk.now()
    if not contact.is_welcome_to_unasked:
        say("对方不接收主动发送的消息，没有询问是否要提醒。")
        return
    text = asset_wording.invite(len(store.holdings(session, ledger.key)))
    choices = (row((asset_wording.ON, "asset:on"), (asset_wording.OFF, "asset:off")),)
    message = Outbound(contact.address, (Block("text", text),), choices, kind="follow_up")
    due_at = office_time(desk.settings).after_quiet(now)
    key = f"assets:{ledger.id}:invite"
    outbox.enqueue(session, message, now=now, due_at=due_at, dedupe_key=key, priority=AFTERCARE_PRIORITY)
    say("已询问对方是否要到期提醒。")


def _contact(session: Session, ticket: str) -> int | None:
    if not ticket:
        return None
    found = tickets.by_number(session, ticket)
    if found is None:
        _refuse(f"没有工单 {ticket}，请核对工单号。")
    return found.contact_id


def _own(session: Session, enterprise: str) -> AssetLedger | None:
    return next((each for each in store.of_enterprise(session, enterprise) if each.contact_id is None), None)


def _ledger(session: Session, number: int) -> AssetLedger:
    found = session.get(AssetLedger, number)
    if found is None:
        _refuse(f"没有台账 {number}：编号见 assets 的“台账”一栏。")
    return found


def _name(ledger: AssetLedger) -> str:
    return ledger.enterprise or ("服务对象自己登记的" if ledger.contact_id else "（已清除）")


def _wanted(ledger: AssetLedger) -> str:
    return _ANSWERS[ledger.reminders] if ledger.contact_id else "告诉工作人员"
