"""Duty (值班): who is on duty; whom a question would be given to."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.command_line import (
    ATTENTION,
    ON_DUTY,
    WRONG_USE,
    Name,
    Reason,
    fail,
    instance_settings,
    moment_of,
    open_instance,
)
from handlers import program

duty = typer.Typer(help="值班：谁当班；请假、销假；派单预演。", invoke_without_command=True)
At = Annotated[str, typer.Option(help="看这一刻，例如 2026-12-01T10:00（网点当地时间）；不写就是现在。")]


@duty.callback()
def show_duty(context: typer.Context, at: At = "") -> None:
    """列出工作人员，谁当班，不当班的为什么。"""
    from bot import duty as showing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            raise typer.Exit(0 if showing.show(office, moment_of(at, office)) else ATTENTION)


@duty.command("absent")
def enter_absence(
    member: Annotated[str, typer.Argument(metavar="谁", help="谁：姓名或编号。")],
    days: Annotated[str, typer.Argument(metavar="日期", help="哪几天，例如 12-01..12-03，或一天 12-01。")],
    reason: Reason = "",
    name: Name = ON_DUTY,
) -> None:
    """登记请假：这几天不给他派新单。"""
    from bot import commands

    with open_instance() as office:
        commands.act_as_staff(office, f"/absent {member} {days} {reason}", name)


@duty.command("back")
def take_absence_back(
    member: Annotated[str, typer.Argument(metavar="谁", help="谁：姓名或编号，或请假的编号。")],
    name: Name = ON_DUTY,
) -> None:
    """销假：登记的请假取消；写在 duty/ 文件里的请在文件里改。"""
    from bot import commands

    with open_instance() as office:
        commands.act_as_staff(office, f"/back {member}", name)


@duty.command("preview")
def preview_duty(
    question: Annotated[str, typer.Argument(metavar="问题", help="要预演的问题。")],
    at: At = "",
) -> None:
    """预演派单：这个问题会是哪类工单、派给谁、为什么；不建工单。"""
    from bot import duty as showing

    if not question.strip():
        fail(f'请写一个问题，例如 {program.name()} duty preview "有人仿冒我的商标怎么办"。', WRONG_USE)
    with open_instance() as office:
        raise typer.Exit(0 if showing.preview(office, question.strip(), moment_of(at, office)) else ATTENTION)


def calendar(
    year: Annotated[int | None, typer.Argument(metavar="年份", min=2000, max=2200, help="空着则是今年和明年。")] = None,
    copy: Annotated[bool, typer.Option("--copy", help="把这一年的日历复制到实例文件夹，供您修改。")] = False,
) -> None:
    """工作日历：节假日和调休上班日；承诺的答复时间按它计算。"""
    from bot import calendars

    if copy and year is None:
        fail(f"请写明要修改哪一年，例如 {program.name()} calendar 2027 --copy。", WRONG_USE)
    if copy and year is not None:
        raise typer.Exit(0 if calendars.copy(instance_settings(), year) else ATTENTION)
    raise typer.Exit(0 if calendars.show(instance_settings(), year) else ATTENTION)
