"""Ledgers of the outlet (网点台账): list, show, spreadsheet out and in."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, Name, Yes, fail, new_files, open_instance

ledgers = typer.Typer(help="网点台账：清单、查看、导出、导入。", invoke_without_command=True)
Kind = Annotated[str, typer.Argument(help="台账名称，例如 经费，见 ledgers。")]
Year = Annotated[int | None, typer.Option(min=1950, max=2150, help="哪一年，不写是今年。")]
OfOutlet = Annotated[str, typer.Option("--outlet", help="网点编号或名称。")]


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What can't be done, in a sentence."""
    from bot.ledgers import LedgersRefusedError

    try:
        yield
    except LedgersRefusedError as refused:
        fail(str(refused), ATTENTION)


@ledgers.callback()
def list_ledgers(context: typer.Context) -> None:
    """列出各种台账、条数和缺什么。"""
    from bot import ledgers as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            raise typer.Exit(ATTENTION if doing.list_kinds(office.desk) else 0)


@ledgers.command("show")
def show_ledger(kind: Kind, year: Year = None, outlet: OfOutlet = "") -> None:
    """看一种台账：记录、合计、缺项。"""
    from bot import ledgers as doing

    with open_instance() as office, _told():
        doing.show(office.desk, kind, outlet, year)


@ledgers.command("export")
def export_ledger(
    kind: Kind,
    file: Annotated[Path, typer.Argument(help="写到哪里，例如 经费.xlsx。")],
    year: Year = None,
    outlet: OfOutlet = "",
    name: Name = ON_DUTY,
) -> None:
    """导出成表格，也是导入要填的模板。"""
    from bot import ledgers as doing

    new_files({".xlsx": file})
    with open_instance() as office, _told():
        doing.write_sheet(office.desk, kind, file, outlet, year, name)


@ledgers.command("import")
def import_ledger(  # noqa: PLR0913, PLR0917  options of one command
    kind: Kind,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="填好的表格，.xlsx。")],
    outlet: OfOutlet = "",
    is_preview: Annotated[bool, typer.Option("--dry-run", help="只看预览。")] = False,
    is_sure: Yes = False,
    name: Name = ON_DUTY,
) -> None:
    """导入表格：先预览，确认后写入。

    有编号的行改那一条，没有编号的行是新的一条。有一行错就都不写入，说明哪行怎么改。
    """
    from bot import ledgers as doing

    agree = typer.confirm if sys.stdin.isatty() and not is_sure else None
    with open_instance() as office, _told():
        doing.take_up(office.desk, kind, file, outlet, name, agree=agree, is_preview=is_preview)
