"""Surveys (问卷): list, send, results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.command_line import ATTENTION, WRONG_USE, confirm, fail, open_instance

if TYPE_CHECKING:
    from bot.application import Office
    from consultations.questionnaires import Questionnaire

surveys = typer.Typer(help="问卷：列出、发送、看结果。", invoke_without_command=True)
SurveyName = Annotated[str, typer.Argument(metavar="问卷编号", help="问卷编号，见 surveys 的第一栏。")]


@surveys.callback()
def list_surveys(context: typer.Context) -> None:
    """问卷：列出、发送、看结果。"""
    from bot import surveys as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            raise typer.Exit(0 if doing.list_all(office) else ATTENTION)


@surveys.command("send")
def send_survey(
    survey: SurveyName,
    item: Annotated[str, typer.Option("--service-item", help="只发给最近办结过这个服务事项的人，例如 B10。")] = "",
    days: Annotated[int, typer.Option(min=1, help="最近多少天办结的。")] = 30,
    name: Annotated[str, typer.Option("--round", help="轮次；同一轮每人只问一次，再做一轮请换个名称。")] = "1",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。")] = False,
) -> None:
    """把一份问卷发给订阅者，或办过某个服务事项的人。"""
    from bot import surveys as doing

    with open_instance() as office:
        found = _survey(office, survey)
        is_sent = doing.send(office, found, item=item, days=days, name=name, is_confirmed=yes, ask=confirm)
        raise typer.Exit(0 if is_sent else ATTENTION)


@surveys.command("results")
def show_survey_results(
    survey: SurveyName,
    xlsx: Annotated[Path | None, typer.Option(help="另存为这个 xlsx 文件。")] = None,
) -> None:
    """问卷结果：应问、已问、已答、答复率，分渠道，分题目。"""
    from bot import surveys as doing

    if xlsx is not None and xlsx.suffix.lower() != ".xlsx":
        fail(f"不能另存为 {xlsx.name}：文件名请用 .xlsx 结尾。", WRONG_USE)
    with open_instance() as office:
        doing.show_results(office, _survey(office, survey), xlsx)


def _survey(office: Office, survey_id: str) -> Questionnaire:
    found = office.desk.settings.surveys.by_id.get(survey_id)
    if found is None:
        names = "、".join(office.desk.settings.surveys.by_id)
        fail(f"没有编号为 {survey_id} 的问卷，可用的有：{names}。", WRONG_USE)
    return found
