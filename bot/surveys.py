"""``zhixun surveys``: the questionnaires, sending one, and its results as tables and as an xlsx file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from rich.markup import escape
from rich.table import Table
from sqlmodel import Session, col, select

from bot.application import Office
from bot.screen import ERR, say, say_table
from consultations import subscriptions
from consultations.contacts import Contact
from consultations.masking import mask
from consultations.questionnaires import KINDS, SATISFACTION, Questionnaire
from consultations.survey_results import SMALLEST, QuestionResult, SurveyResult, Turnout, result_of, turnout_of
from consultations.tickets import Ticket
from handlers import questionnaire
from handlers.talk import office_time
from handlers.xlsx import Cell, write_tables
from handlers.xlsx import Table as Sheet

STATES = {"early": "未开始", "open": "进行中", "closed": "已截止"}
TURNOUT = ("渠道", "应问", "已问", "已答", "答复率")
HIDDEN = f"少于 {SMALLEST} 份，不显示"


def list_all(office: Office) -> bool:
    """Print every questionnaire and how far it is; whether every file is right."""
    today = office_time(office.desk.settings).day(office.desk.now())
    table = Table("编号", "名称", "状态", "匿名", *TURNOUT[1:])
    with office.reading() as session:
        for each in office.desk.settings.surveys.by_id.values():
            turnout = turnout_of(session, each.survey_id)
            days = f"（{each.open_from or ''}至{each.closes or ''}）" if each.open_from or each.closes else ""
            head = (each.survey_id, each.name, STATES[each.state_on(today)] + days, "是" if each.anonymous else "否")
            table.add_row(*(escape(_said(cell)) for cell in (*head, *_shown(turnout)[1:])))
    say_table(table)
    for problem in office.desk.settings.surveys.problems:
        say(f"有误：{problem}改好之前沿用上一次正确的内容。")
    return not office.desk.settings.surveys.problems


def send(  # noqa: PLR0913  the options of the command
    office: Office,
    survey: Questionnaire,
    *,
    item: str,
    days: int,
    name: str,
    is_confirmed: bool,
    ask: Callable[[str], bool],
) -> bool:
    """Whether people will be asked; who was asked in the same round before is left out."""
    if survey.survey_id == SATISFACTION:
        say("满意度评价在工单办结后自动发出，不用另外发送。")
        return False
    today = office_time(office.desk.settings).day(office.desk.now())
    if survey.state_on(today) == "closed":
        say(f"《{survey.name}》已于 {survey.closes} 截止，没有发送。请先修改 closes。")
        return False
    with office.reading() as session:
        ids = _audience(session, office, item, days)
    if not ids:
        say("没有可以发送的人（只发给没有退订、能联系上的服务对象）。")
        return False
    if not is_confirmed and not ask(f"《{survey.name}》将发给 {len(ids)} 位服务对象，确定吗？"):
        say("没有发送。")
        return False
    with office.writing() as session:
        planned = questionnaire.plan_for(session, office.desk, survey, ids, f"round:{name}")
    say(f"已安排发送 {planned} 份（{len(ids) - planned} 位这一轮已经问过）。静默时段不发，到时自动发出。")
    return True


def show_results(office: Office, survey: Questionnaire, xlsx: Path | None) -> None:
    """Print the tables; write the file when one is wanted."""
    with office.reading() as session:
        result = result_of(session, survey)
    if xlsx is not None:  # first, whoever reads the tables may stop reading
        write_tables(xlsx, _sheets(result))
        ERR.print(f"已另存为 {xlsx}", markup=False, highlight=False)
    say(f"《{survey.name}》{'（匿名）' if survey.anonymous else ''}")
    for sheet in _sheets(result)[:1]:
        say_table(_table(sheet))
    if result.is_split_hidden:
        say(f"有的渠道{HIDDEN}，因此不分渠道显示。")
    for number, each in enumerate(result.questions, start=1):
        say(f"{number}. {each.question.text}（{KINDS[each.question.kind]}，{each.answered} 人回答）")
        say_table(_table(Sheet("", ("回答", "人数", "占回答者"), _answers(each))))


def _audience(session: Session, office: Office, item: str, days: int) -> list[int]:
    """Subscribers; with a service item whoever had such a ticket closed within these days and may be written to."""
    if not item:
        return [contact_id for contact_id, _ in subscriptions.audience(session, {})]
    since = office.desk.now() - timedelta(days=days)
    closed = select(Contact).join(Ticket, col(Ticket.contact_id) == col(Contact.id)).distinct()
    closed = closed.where(Ticket.service_item == item, col(Ticket.closed_at) >= since)
    return [each.key for each in session.exec(closed.order_by(col(Contact.id))) if each.is_welcome_to_unasked]


def _sheets(result: SurveyResult) -> list[Sheet]:
    rows = [_shown(each) for each in (result.total, *result.channels)]
    if result.is_split_hidden:
        rows.append(("各渠道", HIDDEN))
    answers = [
        (number, each.question.text, KINDS[each.question.kind], each.answered, *answer)
        for number, each in enumerate(result.questions, start=1)
        for answer in _answers(each)
    ]
    heads = ("题号", "问题", "题型", "回答人数", "回答", "人数", "占回答者")
    turnout = Sheet("回收情况", TURNOUT, rows, (16, 8, 8, 8, 8))
    return [turnout, Sheet("各题结果", heads, answers, (6, 40, 8, 10, 40, 8, 10))]


def _answers(result: QuestionResult) -> list[tuple[Cell, ...]]:
    if result.is_hidden:
        return [(HIDDEN, "", "")]
    if result.question.kind == "text":
        return [(mask(each), 1, "") for each in result.words]
    return [(option, count, count / result.answered if result.answered else 0.0) for option, count in result.counts]


def _shown(turnout: Turnout) -> tuple[Cell, ...]:
    return (turnout.channel or "合计", turnout.n, turnout.asked, turnout.answered, turnout.share)


def _table(sheet: Sheet) -> Table:
    table = Table(*sheet.head)
    for row in sheet.rows:
        table.add_row(*(escape(_said(cell)) for cell in row))
    return table


def _said(cell: Cell) -> str:
    return f"{cell:.0%}" if isinstance(cell, float) else str(cell)
