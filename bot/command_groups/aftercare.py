"""Follow-ups (回访) and the improvement ledger (改进台账)."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, fail, open_instance

follow_ups = typer.Typer(help="回访：列出要打电话或上门的，记录结果，查看规则。", invoke_without_command=True)
All = Annotated[bool, typer.Option("--all", help="连同已经发出、已有结果的。")]


@follow_ups.callback()
def follow_ups_by_default(context: typer.Context) -> None:
    """回访：列出要打电话或上门的，记录结果，查看规则。"""
    from bot import aftercare

    if context.invoked_subcommand is None:
        with open_instance() as office:
            aftercare.list_follow_ups(office, with_done=False)


@follow_ups.command("list")
def list_follow_ups(everything: All = False) -> None:
    """列出要打电话或上门的回访，最急的在前。"""
    from bot import aftercare

    with open_instance() as office:
        aftercare.list_follow_ups(office, with_done=everything)


@follow_ups.command("record")
def record_follow_up(
    number: Annotated[int, typer.Argument(metavar="编号", min=1, help="回访编号。")],
    result: Annotated[
        str,
        typer.Argument(metavar="结果", help="顺利、还在办、还需要帮助、未联系上；补问评价写 非常满意…很不满意。"),
    ],
    way: Annotated[str, typer.Option(help="电话、上门或邮件。")] = "电话",
    words: Annotated[str, typer.Option(help="对方说了什么；个人信息会遮盖。")] = "",
    name: Annotated[str, typer.Option(help="您的姓名，记入回访。")] = ON_DUTY,
) -> None:
    """记录一次回访的结果。"""
    from bot import aftercare

    if way not in {"电话", "上门", "邮件"}:
        fail(f"不认识方式 {way}：可用 电话、上门、邮件。", WRONG_USE)
    with open_instance() as office:
        is_recorded = aftercare.record(office, number, result, way=way, words=words, name=name)
        raise typer.Exit(0 if is_recorded else ATTENTION)


@follow_ups.command("rules")
def show_follow_up_rules() -> None:
    """回访规则：哪些工单、办结后第几天；规则文件有误时说明在哪一行。"""
    from bot import aftercare

    with open_instance() as office:
        raise typer.Exit(0 if aftercare.show_rules(office) else ATTENTION)


improvements = typer.Typer(help="改进台账：评分低、没解决的事项和采取的措施。", invoke_without_command=True)


@improvements.callback()
def improvements_by_default(context: typer.Context, everything: All = False) -> None:
    """改进台账：评分低、没解决的事项和采取的措施。"""
    from bot import aftercare

    if context.invoked_subcommand is None:
        with open_instance() as office:
            aftercare.list_improvements(office, with_done=everything)


@improvements.command("close")
def close_improvement(
    number: Annotated[int, typer.Argument(metavar="编号", min=1, help="改进事项的编号。")],
    measure: Annotated[str, typer.Argument(metavar="措施", help="采取了什么措施。")],
    name: Annotated[str, typer.Option(help="您的姓名，记入台账。")] = ON_DUTY,
) -> None:
    """写明措施，销号。"""
    from bot import aftercare

    with open_instance() as office:
        raise typer.Exit(0 if aftercare.close_improvement(office, number, measure, name) else ATTENTION)
