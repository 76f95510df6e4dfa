"""Referral to professional bodies (对接专业机构): directory, offers, progress."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, Name, fail, open_instance

referrals = typer.Typer(help="对接专业机构：名录、给出选择、进展和质量统计。", invoke_without_command=True)
ReferralNumber = Annotated[str, typer.Argument(metavar="对接编号", help="对接编号，例如 DJ-20261123-0001。")]


@referrals.callback()
def list_referrals(context: typer.Context) -> None:
    """列出最近的对接，以及每家机构的统计：给出、选定、已联系、办成、撤回、满意度。"""
    from bot import referrals as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            doing.figures(office.desk)


@referrals.command("providers")
def list_providers() -> None:
    """列出机构名录，标明超过 365 天没核对的。"""
    from bot import referrals as doing

    with open_instance() as office:
        raise typer.Exit(ATTENTION if doing.directory(office.desk) else 0)


@referrals.command("import")
def import_providers(
    file: Annotated[Path, typer.Argument(metavar="文件", help=".xlsx，或 .csv（UTF-8）。")],
) -> None:
    """导入机构名录，整个替换上一次导入的。

    有错就不导入，说明哪一行怎么改。
    """
    from bot import referrals as doing

    if not file.is_file():
        fail(f"找不到文件 {file}：请检查路径。", WRONG_USE)
    with open_instance() as office:
        raise typer.Exit(ATTENTION if doing.import_table(office.desk, office.settings.home, file) else 0)


@referrals.command("offer")
def offer_referral(
    ticket: Annotated[str, typer.Argument(metavar="工单号", help="工单号。")],
    kind: Annotated[str, typer.Argument(metavar="类别", help="机构类别，例如 法律服务。")],
    district: Annotated[str, typer.Option(help="区域；这个区域的排在前面。")] = "",
    name: Name = ON_DUTY,
) -> None:
    """请服务对象在名录里选机构（至少两家）。"""
    from bot import referrals as doing

    with open_instance() as office:
        raise typer.Exit(ATTENTION if doing.offer(office.desk, ticket, kind, name, district=district) else 0)


@referrals.command("contacted")
def contacted_referral(number: ReferralNumber, name: Name = ON_DUTY) -> None:
    """已联系选定的机构。"""
    from bot import referrals as doing

    with open_instance() as office:
        raise typer.Exit(ATTENTION if doing.progress(office.desk, number, "contacted", name) else 0)


@referrals.command("done")
def done_referral(number: ReferralNumber, name: Name = ON_DUTY) -> None:
    """对接已办成；随后请服务对象评价。"""
    from bot import referrals as doing

    with open_instance() as office:
        raise typer.Exit(ATTENTION if doing.progress(office.desk, number, "done", name) else 0)
