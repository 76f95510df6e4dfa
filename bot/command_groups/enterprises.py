"""The directory of enterprises (企业名录): list, show, spreadsheets in and out."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, Name, Yes, confirm, fail, open_instance

if TYPE_CHECKING:
    from handlers.enterprise_search import Wanted

enterprises = typer.Typer(help="企业名录：查看、模板、导入、导出。", invoke_without_command=True)
Words = Annotated[str, typer.Option(help="名称、代码、区县、行业或标签里的字。")]
Tag = Annotated[str, typer.Option(help="标签，例如 高新技术企业。")]
Year = Annotated[int, typer.Option(help="哪一年的重点企业名单。")]
District = Annotated[str, typer.Option(help="区县。")]
Industry = Annotated[str, typer.Option(help="行业。")]
Unvisited = Annotated[bool, typer.Option("--unvisited", help="只要超过走访周期没有走访的重点企业。")]
WithoutAssets = Annotated[bool, typer.Option("--without-assets", help="只要没有登记过知识产权的。")]


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What can't be done, in one sentence."""
    from bot.enterprises import EnterprisesRefusedError
    from consultations.enterprises import EnterpriseRefusedError

    try:
        yield
    except (EnterprisesRefusedError, EnterpriseRefusedError) as refused:
        fail(str(refused), ATTENTION)


def _wanted(  # noqa: PLR0913  options of two commands
    words: str,
    tag: str,
    year: int,
    district: str,
    industry: str,
    *,
    without_assets: bool,
    unvisited: bool,
    struck: bool = False,
) -> Wanted:
    from handlers.enterprise_search import Wanted

    return Wanted(
        words, tag, year, district, industry, is_without_assets=without_assets, is_late=unvisited, is_struck=struck
    )


@enterprises.callback()
def list_enterprises(  # noqa: PLR0913, PLR0917  options of one command
    context: typer.Context,
    words: Words = "",
    tag: Tag = "",
    year: Year = 0,
    district: District = "",
    industry: Industry = "",
    without_assets: WithoutAssets = False,
    unvisited: Unvisited = False,
    struck: Annotated[bool, typer.Option("--struck", help="看已划去的。")] = False,
) -> None:
    """列出名录里的企业，可以筛选。"""
    from bot import enterprises as doing

    if context.invoked_subcommand is None:
        only = {"without_assets": without_assets, "unvisited": unvisited, "struck": struck}
        wanted = _wanted(words, tag, year, district, industry, **only)
        with open_instance() as office:
            doing.list_all(office.desk, wanted)


@enterprises.command("show")
def show_enterprise(number: Annotated[int, typer.Argument(min=1, help="企业编号。")]) -> None:
    """看一家企业：登记内容、年度名单、走访、经过。"""
    from bot import enterprises as doing

    with open_instance() as office, _told():
        doing.show(office.desk, number)


@enterprises.command("template")
def write_template(file: Annotated[Path, typer.Argument(help="写到哪里，例如 企业名录.xlsx。")]) -> None:
    """写出要填的表格。"""
    from bot import enterprises as doing

    with _told():
        doing.write_template(file)


@enterprises.command("import")
def import_enterprises(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="填好的表格，.xlsx。")],
    outlet: Annotated[str, typer.Option(help="哪个网点的名录；只有一个网点时不用写。")] = "",
    is_preview: Annotated[bool, typer.Option("--dry-run", help="只看预览。")] = False,
    is_sure: Yes = False,
    name: Name = ON_DUTY,
) -> None:
    """导入企业：先预览，确认后写入。

    有一行错就都不写入，说明哪行怎么改。
    """
    from bot import enterprises as doing

    agree = confirm if sys.stdin.isatty() and not is_sure else None
    with open_instance() as office, _told():
        doing.take_in(office.desk, file, outlet, name, agree=agree, is_preview=is_preview)


@enterprises.command("export")
def export_enterprises(  # noqa: PLR0913, PLR0917  options of one command
    file: Annotated[Path, typer.Argument(help="写到哪里，例如 企业名录.xlsx。")],
    words: Words = "",
    tag: Tag = "",
    year: Year = 0,
    district: District = "",
    industry: Industry = "",
    without_assets: WithoutAssets = False,
    unvisited: Unvisited = False,
    personal: Annotated[bool, typer.Option("--personal", help="写出联系人和电话，记入操作留痕。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """导出企业，可以筛选；写出的表格可以再导入。"""
    from bot import enterprises as doing

    wanted = _wanted(words, tag, year, district, industry, without_assets=without_assets, unvisited=unvisited)
    with open_instance() as office, _told():
        doing.write_out(office.desk, file, wanted, name, is_personal=personal)
