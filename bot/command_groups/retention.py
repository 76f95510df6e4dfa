"""Retention (保存期限): a look at what is due, and doing it now."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.command_line import ATTENTION, Yes, confirm, moment_of, open_instance

retention = typer.Typer(help="保存期限：预览哪些内容什么时候清除，或者现在就清除到期的。", invoke_without_command=True)


@retention.callback()
def preview(
    context: typer.Context,
    at: Annotated[str, typer.Option(help="看到那一刻为止，例如 2029-12-31T00:00；不写就是现在。")] = "",
) -> None:
    """每一类保存多少天、从何算起、到期多少条、下一条哪天到期；什么也不改。"""
    from bot import retention as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            doing.show(office, moment_of(at, office))


@retention.command("run")
def expire_now(yes: Yes = False) -> None:
    """现在就清除到期的文字、姓名和号码，先列出再确认。

    服务运行时每小时自动做一次。
    """
    from bot import retention as doing

    with open_instance() as office:
        raise typer.Exit(0 if doing.run(office, None if yes else confirm) else ATTENTION)
