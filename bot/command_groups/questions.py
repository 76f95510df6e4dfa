"""Questions (咨询): asking once or in a batch, talking, how an answer came about, what stayed unanswered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, WRONG_USE, day_of, fail, open_instance
from handlers import program


def ask(
    question: Annotated[str, typer.Argument(metavar="问题", help="要问的问题。")] = "",
    batch: Annotated[
        Path | None, typer.Option(help="批量提问：JSONL 文件，每行一个 {id, question}；或 .txt，每行一个问题。")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="批量回答写到这个 JSONL 文件。")] = None,
    as_of: Annotated[str, typer.Option(help="按这一天的有效法律回答，例如 2023-05-01。")] = "",
) -> None:
    """问一个问题，或批量提问（批量用于测评，不进入咨询档案）。"""
    from bot import commands

    if bool(question.strip()) == bool(batch):
        fail(
            f'请写一个问题，例如 {program.name()} ask "外观设计专利保护多少年？"；批量请用 --batch 和 --out。',
            WRONG_USE,
        )
    if batch is not None and out is None:
        fail("批量提问需要用 --out 指明结果写到哪里。", WRONG_USE)
    if batch is not None and not batch.is_file():
        fail(f"找不到文件 {batch}：请检查路径。", WRONG_USE)
    with open_instance() as office:
        on = day_of(as_of, office)
        if batch is None:
            commands.ask_once(office, question, on)
        elif out is not None:
            commands.ask_batch(office, batch, out, on)


def chat() -> None:
    """在终端里连续对话（与其他渠道同一套流程，进入咨询档案）。"""
    from bot.channels.terminal import run_chat

    with open_instance() as office:
        raise typer.Exit(run_chat(office.desk))


def why(
    consultation: Annotated[
        str, typer.Argument(metavar="咨询编号", help="例如 ZX-20261123-0001，archive 里可以查到。")
    ],
) -> None:
    """说明一条咨询为什么这样答。

    读法、检索、候选、把握、门槛，以及今天重新回答是否相同。
    """
    from bot import commands

    with open_instance() as office:
        raise typer.Exit(0 if commands.show_why(office, consultation) else ATTENTION)


def gaps(
    limit: Annotated[int, typer.Option(min=1, help="最多显示多少个问题。")] = 20,
    days: Annotated[int, typer.Option(min=1, max=365, help="看最近多少天，最多 365。")] = 90,
    export: Annotated[
        Path | None, typer.Option(help="另存为这个文件：.csv 用表格软件打开，.jsonl 每行一个问题。")
    ] = None,
) -> None:
    """未答问题：按人数、时间和严重程度排序（个人信息已遮盖）。"""
    from bot import gaps as listing

    if export is not None and export.suffix.lower() not in listing.FORMATS:
        fail(f"不能另存为 {export.name}：文件名请用 .csv 或 .jsonl 结尾。", WRONG_USE)
    with open_instance() as office:
        listing.show(office, limit=limit, days=days, export=export)


def guides(
    guide_id: Annotated[str, typer.Argument(metavar="引导编号", help="引导的编号；空着则列出全部。")] = "",
    as_of: Annotated[str, typer.Option(help="按这一天的规定显示结论，例如 2027-01-01。")] = "",
) -> None:
    """列出引导，或把一份引导的走法和结论显示成一棵树。"""
    from bot import commands

    with open_instance() as office:
        if not guide_id:
            raise typer.Exit(0 if commands.list_guides(office) else ATTENTION)
        if guide_id not in office.guides.by_id:
            fail(f"没有编号为 {guide_id} 的引导：不写编号可以列出全部。", WRONG_USE)
        commands.show_guide(office, guide_id, day_of(as_of, office))
