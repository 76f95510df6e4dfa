"""Policies (政策): what changed between two versions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, WRONG_USE, fail, open_instance


def compare(  # noqa: PLR0913, PLR0917  the options of the command
    title: Annotated[str, typer.Argument(help="名称，例如 商标法。")],
    earlier: Annotated[str, typer.Argument(help="旧版，例如 2019 或 2019-04-23；不写就是新版的前一版。")] = "",
    later: Annotated[str, typer.Argument(help="新版；不写就是最新一版。")] = "",
    whole: Annotated[bool, typer.Option("--all", help="连同没有变化的条款，全文显示。")] = False,
    docx: Annotated[Path | None, typer.Option(help="写成 Word 文件：新旧两栏对照。")] = None,
    cards: Annotated[bool, typer.Option("--cards", help="列出引用了变动条款、需要复核的卡片。")] = False,
) -> None:
    """版本对照：哪些条款改了、条号变了、拆分、合并、新增、删除。"""
    from bot import compare as comparing

    if docx is not None and docx.suffix.lower() != ".docx":
        fail(f"文件名 {docx.name} 应当以 .docx 结尾。", WRONG_USE)
    with open_instance() as office, _told():
        if docx is not None:
            comparing.save(office, title, earlier, later, docx)
        elif cards:
            raise typer.Exit(ATTENTION if comparing.show_cards(office, title, earlier, later) else 0)
        else:
            comparing.show(office, title, earlier, later, is_whole=whole)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """A refusal as one sentence."""
    from handlers.compare_policies import CompareRefusedError

    try:
        yield
    except CompareRefusedError as error:
        fail(str(error), ATTENTION)
