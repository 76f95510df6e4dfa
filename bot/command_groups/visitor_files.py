"""Files that visitors of the website window sent for their ticket."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import WRONG_USE, fail, open_instance


def files(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="工单号", help="只看这张工单的；空着列出在办工单的全部文件。")
    ] = None,
) -> None:
    """网站访客为工单发来的文件。

    save 编号：取到当前文件夹；save 编号 路径：写成这个文件。每次取出都记入操作留痕。
    """
    from bot import visitor_files as doing

    verb, *rest = words or [""]
    if verb == "save" and (len(rest) not in {1, 2} or not rest[0].isdecimal() or len(rest[0]) > 9):
        fail("请写文件编号，例如 files save 12，或 files save 12 证书.pdf。", WRONG_USE)
    if verb != "save" and rest:
        fail("一次写一个工单号，例如 files GD-20261123-0001。", WRONG_USE)
    with open_instance() as office:
        try:
            if verb == "save":
                doing.save_file(office, int(rest[0]), Path(rest[1]) if len(rest) > 1 else None)
            else:
                doing.list_files(office, verb)
        except doing.NoFileError as error:
            fail(str(error), WRONG_USE)
