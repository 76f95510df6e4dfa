"""Reports (报告): figures of a period with their definitions, as docx and xlsx, and the records behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, Name, fail, open_instance


def report(
    period: Annotated[
        str,
        typer.Argument(metavar="报告期", help="2026-11、2026-Q4、2026-H2 或 2026；空着则列出已出具的报告。"),
    ] = "",
    docx: Annotated[Path | None, typer.Option(help="写成 Word 文件。")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="写成 Excel 文件。")] = None,
    records: Annotated[str, typer.Option(help="列出这个指标数的是哪些记录，例如 closed。")] = "",
    name: Name = ON_DUTY,
) -> None:
    """服务成效报告：报告期内的各项指标和口径，可写成 Word、Excel；再出具一次，会说明和上一次哪里不同。"""
    from bot import report as doing
    from bot.application import STAFF_DESK
    from consultations.figures import FIGURES
    from consultations.periods import read_period

    wanted = read_period(period)
    if period and wanted is None:
        fail(f"看不懂报告期 {period}：请写成 2026-11、2026-Q4、2026-H2 或 2026。", WRONG_USE)
    if records and records not in FIGURES:
        fail(f"没有名为 {records} 的指标：可用 {'、'.join(FIGURES)}。", WRONG_USE)
    for file, ending in ((docx, ".docx"), (xlsx, ".xlsx")):
        if file is not None and file.suffix.lower() != ending:
            fail(f"文件名 {file.name} 应当以 {ending} 结尾。", WRONG_USE)
        if file is not None and file.exists():
            fail(f"{file} 已经存在：请换一个文件名。", WRONG_USE)
    with open_instance() as office:
        if wanted is None:
            doing.show_made(office)
        elif records:
            doing.show_records(office, wanted, records, str(STAFF_DESK))
        else:
            raise typer.Exit(0 if doing.make(office, wanted, name, docx=docx, xlsx=xlsx) else ATTENTION)
