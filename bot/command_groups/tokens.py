"""Tokens of programs (接口令牌) that use the HTTP interface."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, cast

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, fail, open_instance

if TYPE_CHECKING:
    from bot.application import Office
    from consultations.api_tokens import ApiToken, Scope

tokens = typer.Typer(help="接口令牌：给别的程序用的钥匙。", invoke_without_command=True)
LONGEST_DAYS = 1095


@tokens.callback()
def listed(context: typer.Context) -> None:
    """列出令牌：给谁的、能做什么、到哪天、最近什么时候用过。"""
    if context.invoked_subcommand is not None:
        return
    from rich.markup import escape
    from rich.table import Table

    from bot.screen import say_table
    from consultations import api_tokens

    with open_instance() as office:
        table = Table("编号", "用途", "范围", "代表", "到期", "最近使用", "状态")
        with office.reading() as session:
            for each in api_tokens.listed(session):
                table.add_row(*map(escape, _row(office, each)))
        say_table(table, "还没有令牌。新建：tokens create 用途 --scope ask。")


@tokens.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="用途", help="给哪个程序用，例如“园区网站”。")],
    scope: Annotated[list[str], typer.Option(help="能做什么，可以写几次；有哪些见 docs/api.md。")],
    staff: Annotated[str, typer.Option(help="代表哪位工作人员（值班册里的姓名或编号），读写档案和工单时必须写。")] = "",
    days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="多少天后失效。")] = 365,
    by: Annotated[str, typer.Option(help="您的姓名，记在令牌上。")] = ON_DUTY,
) -> None:
    """新建一个令牌；令牌只显示这一次，程序里只存它的散列值。"""
    from bot.application import STAFF_DESK
    from bot.screen import say
    from consultations import api_tokens, audit
    from consultations.api_tokens import OF_STAFF, SCOPES

    unknown = next((each for each in scope if each not in SCOPES), None)
    if unknown is not None:
        fail(f"没有 {unknown} 这个范围：可用 {'、'.join(SCOPES)}。", WRONG_USE)
    scopes = cast("list[Scope]", scope)
    with open_instance() as office:
        member = office.desk.duty.book.member_named(staff) if staff else None
        if OF_STAFF & set(scopes) and not staff:
            fail("读写咨询档案和工单的令牌要代表一位工作人员：请加 --staff 姓名。", WRONG_USE)
        if staff and member is None and office.desk.duty.book.members:
            fail(f"值班册里没有 {staff}：请写名单里的姓名或编号，见 duty 命令。", WRONG_USE)
        now = office.desk.now()
        staff_id = member.member_id if member else staff
        with office.writing() as session:
            made = api_tokens.create(session, name, scopes, staff_id, by, now, now + timedelta(days=days))
            audit.note(session, "token_made", 0, f"{STAFF_DESK.channel}:{by}", now)
    say(made)
    say(f"请马上保存：只显示这一次。{days} 天后失效；用法见 docs/api.md。")


@tokens.command("revoke")
def revoke(
    number: Annotated[int, typer.Argument(metavar="编号", help="tokens 列出的编号。")],
    by: Annotated[str, typer.Option(help="您的姓名，记入操作留痕。")] = ON_DUTY,
) -> None:
    """吊销一个令牌，马上生效。"""
    from bot.commands import end_noted
    from bot.screen import say
    from consultations import api_tokens

    with open_instance() as office:
        is_done = end_noted(office, api_tokens.revoke, number, "token_revoked", by)
    if not is_done:
        fail(f"没有编号为 {number} 的令牌，或者已经吊销。", ATTENTION)
    say(f"令牌 {number} 已吊销。")


def _row(office: Office, token: ApiToken) -> tuple[str, ...]:
    from handlers.talk import office_time

    zone = office_time(office.desk.settings).zone
    state = "已吊销" if token.revoked_at else "有效" if token.is_alive(office.desk.now()) else "已到期"
    used = f"{token.used_at.astimezone(zone):%Y-%m-%d %H:%M}" if token.used_at else "没有用过"
    end = f"{token.ends_at.astimezone(zone):%Y-%m-%d}"
    return str(token.key), token.name, "\n".join(token.scopes), token.staff, end, used, state
