"""``zhixun surveys``: the questionnaires, sending one, and its results as tables and as an xlsx file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from bot.application import Office
from bot.screen import ERR, say, say_table
from consultations.questionnaires import KINDS, Questionnaire
from consultations.survey_results import result_of, turnout_of
from handlers import questionnaire, survey_rounds
from handlers.survey_rounds import ANSWERS, SPLIT_HIDDEN, STATES, TURNOUT, NotSentError, said
from handlers.talk import office_time
from handlers.xlsx import Table as Sheet
from handlers.xlsx import write_tables


def list_all(office: Office) -> bool:
    """Print every questionnaire and how far it is; whether every file is right."""
    today = office_time(office.desk.settings).day(office.desk.now())
    table = Table("编号", "名称", "状态", "匿名", *TURNOUT[1:])
    with office.reading() as session:
        for each in office.desk.settings.surveys.by_id.values():
            turnout = survey_rounds.turnout_row(turnout_of(session, each.survey_id))
            state = STATES[each.state_on(today)] + survey_rounds.days_of(each)
            head = (each.survey_id, each.name, state, "是" if each.anonymous else "否")
            table.add_row(*(escape(said(cell)) for cell in (*head, *turnout[1:])))
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
    try:
        with office.reading() as session:
            ids = survey_rounds.whom_to_ask(session, office.desk, survey, item, days)
    except NotSentError as refused:
        say(str(refused))
        return False
    if not is_confirmed and not ask(f"《{survey.name}》将发给 {len(ids)} 位服务对象，确定吗？"):
        say("没有发送。")
        return False
    with office.writing() as session:
        n_planned = questionnaire.plan_for(session, office.desk, survey, ids, f"round:{name}")
    say(survey_rounds.planned(n_planned, len(ids)))
    return True


def show_results(office: Office, survey: Questionnaire, xlsx: Path | None) -> None:
    """Print the tables; write the file when one is wanted."""
    with office.reading() as session:
        result = result_of(session, survey)
    sheets = survey_rounds.sheets_of(result)
    if xlsx is not None:  # first, whoever reads the tables may stop reading
        write_tables(xlsx, sheets)
        ERR.print(f"已另存为 {xlsx}", markup=False, highlight=False)
    say(f"《{survey.name}》{'（匿名）' if survey.anonymous else ''}")
    say_table(_table(sheets[0]))
    if result.is_split_hidden:
        say(SPLIT_HIDDEN)
    for number, each in enumerate(result.questions, start=1):
        say(f"{number}. {each.question.text}（{KINDS[each.question.kind]}，{each.answered} 人回答）")
        say_table(_table(Sheet("", ANSWERS, survey_rounds.answers_of(each))))


def _table(sheet: Sheet) -> Table:
    table = Table(*sheet.head)
    for row in sheet.rows:
        table.add_row(*(escape(said(cell)) for cell in row))
    return table
