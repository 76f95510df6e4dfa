"""Broadcasts (推送): one message to all who subscribed."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.command_line import ATTENTION, confirm, open_instance


def broadcast(
    text: Annotated[str, typer.Argument(metavar="内容", help="要推送的文字；空着则列出已有推送。")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问，直接发送。")] = False,
    force: Annotated[bool, typer.Option("--force", help="引用的条款有疑问时仍然发送。")] = False,
    resend: Annotated[int | None, typer.Option(help="把这个编号的推送里不确定是否送达的重新发送。")] = None,
) -> None:
    """给所有订阅者推送一条消息（先预览再确认），或查看推送进度。"""
    from bot import commands

    with open_instance() as office:
        if text.strip():
            held = commands.send_broadcast(office, text.strip(), is_confirmed=yes, is_forced=force, ask=confirm)
            raise typer.Exit(ATTENTION if held else 0)
        commands.show_broadcasts(office, resend)
