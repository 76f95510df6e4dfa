"""Ledgers of assets (知识产权台账): template, import, what falls due, undo."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, Name, Yes, fail, open_instance

assets = typer.Typer(help="知识产权台账：模板、导入、期限、已办理、撤销。", invoke_without_command=True)
Ledger = Annotated[int, typer.Argument(min=1, help="台账编号，见 assets 的“台账”一栏。")]


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What can't be done, in one sentence."""
    from bot.assets import AssetsRefusedError

    try:
        yield
    except AssetsRefusedError as refused:
        fail(str(refused), ATTENTION)


@assets.callback()
def list_assets(context: typer.Context) -> None:
    """列出各份台账和最近的期限。"""
    from bot import assets as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            doing.list_ledgers(office.desk)


@assets.command("template")
def write_template(file: Annotated[Path, typer.Argument(help="写到哪里，例如 台账.xlsx。")]) -> None:
    """写出要填的表格。"""
    from bot import assets as doing

    with _told():
        doing.template(file)


@assets.command("import")
def import_assets(  # noqa: PLR0913, PLR0917  options of one command
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="填好的表格，.xlsx。")],
    enterprise: Annotated[str, typer.Option(help="企业名称。")],
    ticket: Annotated[str, typer.Option(help="企业联系人的工单号；写了就问对方要不要在聊天里提醒。")] = "",
    is_preview: Annotated[bool, typer.Option("--dry-run", help="只看预览。")] = False,
    is_sure: Yes = False,
    name: Name = ON_DUTY,
) -> None:
    """导入一家企业的台账：先预览，确认后写入。

    有一行错就都不写入，说明哪行哪列怎么改。
    """
    from bot import assets as doing

    agree = typer.confirm if sys.stdin.isatty() and not is_sure else None
    with open_instance() as office, _told():
        whose = {"ticket": ticket, "name": name}
        doing.take_up(office.desk, file, enterprise.strip(), **whose, agree=agree, is_preview=is_preview)


@assets.command("show")
def show_assets(ledger: Ledger) -> None:
    """看一份台账：全部资产，一年内的期限和依据。"""
    from bot import assets as doing

    with open_instance() as office, _told():
        doing.show(office.desk, ledger)


@assets.command("done")
def finish_assets(
    ledger: Ledger, number: Annotated[str, typer.Argument(help="专利号、注册号等。")], name: Name = ON_DUTY
) -> None:
    """记下已办理：这件资产最近的一项期限不再提醒。"""
    from bot import assets as doing

    with open_instance() as office, _told():
        doing.finish(office.desk, ledger, number, name)


@assets.command("undo")
def undo_assets(number: Annotated[int, typer.Argument(min=1, help="导入编号。")], name: Name = ON_DUTY) -> None:
    """撤销一次导入：新增的去掉，更改的恢复原样。"""
    from bot import assets as doing

    with open_instance() as office, _told():
        doing.undo(office.desk, number, name)


@assets.command("rules")
def show_rules() -> None:
    """列出期限规则和依据。"""
    from bot import assets as doing

    with open_instance() as office:
        raise typer.Exit(ATTENTION if doing.rules(office.desk) else 0)
