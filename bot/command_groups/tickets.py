"""Tickets (工单), dealt with at the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, asking, fail, open_instance

VERBS = (
    *("list", "show", "claim", "reply", "note", "close", "quick", "check", "card"),
    *("release", "assign", "transfer", "merge", "reopen", "kind"),
)
IN_CHAT = {"list": "tickets", "show": "ticket"}  # what the staff group calls a verb, where it differs


def tickets(
    command: Annotated[list[str] | None, typer.Argument(metavar="做什么", help="空着则列出待办。")] = None,
    name: Annotated[str, typer.Option(help="工作人员姓名，记入工单。")] = ON_DUTY,
    force: Annotated[bool, typer.Option("--force", help="答复引用的条款有疑问时仍然发送。")] = False,
) -> None:
    """在命令行里办理工单（与工作人员群里同一套流程）。

    show 工单号：详情。claim 工单号：领取。reply 工单号 内容：答复。note 工单号 内容：内部备注。close 工单号：办结。

    check：等待二次复核的答复；check 工单号 通过，或 check 工单号 退回 原因。card 工单号：转为知识卡片草稿。

    release、assign、transfer、merge、reopen、kind、quick：见 docs/tickets.md。
    """
    from bot import commands

    verb, *rest = command or ["list"]
    if verb not in VERBS:
        fail(f"不认识 {verb}：可用 {'、'.join(VERBS)}，空着则列出待办。", WRONG_USE)
    with open_instance() as office:
        words = " ".join([f"/{IN_CHAT.get(verb, verb)}", *rest])
        raise typer.Exit(ATTENTION if commands.act_as_staff(office, words, name, asking(is_forced=force)) else 0)
