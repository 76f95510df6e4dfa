"""The ledger of opinions and complaints (意见建议、投诉台账)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, Name, Reason, asking, fail, open_instance

opinions = typer.Typer(help="意见建议、投诉台账：登记、答复、办结、导出和答复率。", invoke_without_command=True)
OpinionNumber = Annotated[str, typer.Argument(metavar="台账编号", help="台账编号，例如 YJ-20261123-0001。")]


@opinions.callback()
def list_opinions(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="只看这个状态：待答复、已答复 或 已办结。")] = "",
    limit: Annotated[int, typer.Option(min=1, help="最多显示多少条。")] = 50,
) -> None:
    """列出意见台账（个人信息已遮盖）和按时答复率。"""
    from bot import opinions as doing
    from consultations.opinions import STATES

    if context.invoked_subcommand is not None:
        return
    names = {name: key for key, name in STATES.items()}
    if state and state not in names:
        fail(f"没有“{state}”这个状态：可用 {'、'.join(names)}。", WRONG_USE)
    with open_instance() as office:
        is_late = doing.list_all(office.desk, state=names.get(state, ""), limit=limit)
        raise typer.Exit(ATTENTION if is_late else 0)


@opinions.command("show")
def show_opinion(number: OpinionNumber) -> None:
    """看一条的内容、答复和经过。"""
    from bot import opinions as doing

    with open_instance() as office:
        raise typer.Exit(ATTENTION if doing.show(office.desk, number) else 0)


@opinions.command("add")
def add_opinion(
    text: Annotated[str, typer.Argument(metavar="内容", help="对方说了什么。")],
    complaint: Annotated[bool, typer.Option("--complaint", help="是投诉；不写就是意见建议。")] = False,
    visit: Annotated[bool, typer.Option("--visit", help="到访时说的；不写就是电话。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """登记一条电话或到访时提出的意见、投诉。"""
    from bot import opinions as doing

    with open_instance() as office:
        channel = "visit" if visit else "phone"
        kind: Literal["complaint", "suggestion"] = "complaint" if complaint else "suggestion"
        raise typer.Exit(ATTENTION if doing.add(office.desk, text, name, kind=kind, channel=channel) else 0)


@opinions.command("reply")
def reply_opinion(
    number: OpinionNumber,
    text: Annotated[str, typer.Argument(metavar="内容", help="答复内容。")],
    force: Annotated[bool, typer.Option("--force", help="引用的条款有疑问时仍然发送。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """答复；能收到聊天消息的，答复直接发给本人。"""
    from bot import opinions as doing

    with open_instance() as office:
        held = doing.reply(office.desk, number, text, name, ask=asking(is_forced=force))
        raise typer.Exit(ATTENTION if held else 0)


@opinions.command("close")
def close_opinion(number: OpinionNumber, reason: Reason = "", name: Name = ON_DUTY) -> None:
    """办结；还没有答复的要写原因。"""
    from bot import opinions as doing

    with open_instance() as office:
        raise typer.Exit(ATTENTION if doing.close(office.desk, number, name, reason) else 0)


@opinions.command("export")
def export_opinions(
    file: Annotated[Path, typer.Argument(metavar="文件", help=".csv 或 .xlsx。")],
) -> None:
    """导出整个台账（个人信息已遮盖）。"""
    from bot import opinions as doing

    if file.suffix.lower() not in doing.FORMATS:
        fail(f"不能另存为 {file.name}：文件名请用 .csv 或 .xlsx 结尾。", WRONG_USE)
    with open_instance() as office:
        doing.export(office.desk, file)
