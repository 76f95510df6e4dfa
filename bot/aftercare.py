"""``zhixun follow-ups`` and ``improvements``: what to do by phone or visit, what came of it, what gets better."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Column, Table
from sqlmodel import Session

from bot.application import Office
from bot.screen import say, say_table
from consultations import follow_ups, improvements
from consultations.follow_ups import CAUSES, KIND_NAMES, STATE_NAMES, WAYS, FollowUp
from consultations.improvements import SOURCES
from consultations.masking import mask
from consultations.tickets import Staff, Ticket
from handlers import program
from handlers.follow_up_tasks import RecordRefusedError, read_record, record_result, result_name

COLUMNS = ("编号", "类型", "规则", "工单", "状态", "时间", "结果", "说明")
LEDGER = ("编号", "来源", "工单", "原因", "状态", "时限", "措施")


def list_follow_ups(office: Office, *, with_done: bool) -> None:
    """Print the tasks of staff, the most urgent first; with those sent and done too when wanted."""
    with office.reading() as session:
        tasks = follow_ups.list_tasks(session)
        shown = [*tasks, *(follow_ups.recent(session) if with_done else ())]
        table = Table(*(Column(name, no_wrap=name in {"编号", "工单", "时间"}, min_width=4) for name in COLUMNS))
        for each in shown:
            table.add_row(*(escape(cell) for cell in _cells(session, office, each)))
    say_table(table, "没有要打电话或上门的回访。")
    if shown:
        hint = f"{program.name()} follow-ups record 编号 结果 --words 说明"
        say(f"待电话或上门的回访 {len(tasks)} 个。记录结果：{hint}。")


def record(office: Office, number: int, result: str, *, way: str, words: str, name: str) -> bool:  # noqa: PLR0913  the options
    """Whether the result was recorded; what came of it is printed either way."""
    read = read_record(f"{number} {result} {way} {words}")
    if read is None:
        say(f"不认识结果 {result}：可用 顺利、还在办、还需要帮助、未联系上；补问评价的写 非常满意 到 很不满意。")
        return False
    staff, now = Staff(f"terminal:{name}", name), office.desk.now()
    try:
        with office.writing() as session:
            say(record_result(session, office.desk, read[0], read[1], staff=staff, now=now))
    except RecordRefusedError as error:
        say(str(error))
        return False
    return True


def show_rules(office: Office) -> bool:
    """Print the rules in the order in which they are tried; whether every file is right."""
    book = office.desk.settings.follow_up_rules
    for rule in book.rules:
        days = "、".join(map(str, rule.days or (office.desk.settings.follow_up_days,)))
        where = "、".join((*rule.service_items, *rule.reasons)) or "其他所有工单"
        say(f"{rule.rule_id}（{rule.name}）：{where}，办结后第 {days} 天")
    for problem in book.problems:
        say(f"有误：{problem}改好之前沿用上一次正确的内容。")
    return not book.problems


def list_improvements(office: Office, *, with_done: bool) -> None:
    """Print the improvement ledger."""
    table = Table(*(Column(name, no_wrap=name in LEDGER[:3]) for name in LEDGER))
    with office.reading() as session:
        items = improvements.ledger(session, is_open=not with_done)
        for each in items:
            number = session.get_one(Ticket, each.ticket_id).number
            state = "待改进" if each.state == "open" else "已改进"
            cells = (str(each.id), SOURCES[each.source], number, each.cause, state, _when(office, each.due_at))
            table.add_row(*map(escape, (*cells, mask(each.measure))))
    say_table(table, "改进台账里没有待改进的事项。")
    if items:
        say(f"改进台账，共 {len(items)} 项。写明措施后销号：{program.name()} improvements close 编号 措施。")


def close_improvement(office: Office, number: int, measure: str, name: str) -> bool:
    """Whether the item was closed with what was done about it."""
    if not measure.strip():
        say(f"请写明采取了什么措施，例如 {program.name()} improvements close 3 已补充办事指南。")
        return False
    with office.writing() as session:
        if improvements.get(session, number) is None:
            say(f"没有编号为 {number} 的改进事项。")
            return False
        is_closed = improvements.finish(session, number, mask(measure.strip()), name, office.desk.now())
    say(f"改进事项 {number} 已销号。" if is_closed else f"改进事项 {number} 之前已经销号，没有改动。")
    return is_closed


def _cells(session: Session, office: Office, each: FollowUp) -> tuple[str, ...]:
    number = session.get_one(Ticket, each.ticket_id).number
    rule = office.desk.settings.follow_up_rules.by_id(each.rule).name
    at = each.answered_at or each.task_due_at or each.sent_at or each.due_at
    why = CAUSES.get(each.cause, "") if each.state == "task" else ""
    heard = f"{result_name(each.result)}（{WAYS.get(each.way, '')}）" if each.result else why
    state = STATE_NAMES[each.state]
    return (str(each.id), KIND_NAMES[each.kind], rule, number, state, _when(office, at), heard, mask(each.words))


def _when(office: Office, moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(office.settings.outlet.time_zone)).strftime("%m-%d %H:%M")
