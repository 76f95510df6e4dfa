"""Duty (值班): who is on duty; whom a question would be given to."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.command_line import ATTENTION, WRONG_USE, fail, moment_of, open_instance

duty = typer.Typer(help="值班：谁当班；派单预演。", invoke_without_command=True)
At = Annotated[str, typer.Option(help="看这一刻，例如 2026-12-01T10:00（网点当地时间）；不写就是现在。")]


@duty.callback()
def show_duty(context: typer.Context, at: At = "") -> None:
    """列出工作人员，谁当班，不当班的为什么。"""
    from bot import duty as showing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            raise typer.Exit(0 if showing.show(office, moment_of(at, office)) else ATTENTION)


@duty.command("preview")
def preview_duty(
    question: Annotated[str, typer.Argument(help="要预演的问题。")],
    at: At = "",
) -> None:
    """预演派单：这个问题会是哪类工单、派给谁、为什么；不建工单。"""
    from bot import duty as showing

    if not question.strip():
        fail('请写一个问题，例如 python3 run.py duty preview "有人仿冒我的商标怎么办"。', WRONG_USE)
    with open_instance() as office:
        raise typer.Exit(0 if showing.preview(office, question.strip(), moment_of(at, office)) else ATTENTION)
