"""The staff console (工作台): links to set up how somebody signs in."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.command_line import WRONG_USE, fail, open_instance

console = typer.Typer(help="工作台：给工作人员发设置登录方式的链接。")


@console.command("link")
def link(staff: Annotated[str, typer.Argument(help="谁：值班册里的姓名或编号；没有名单时，用来登录的姓名。")]) -> None:
    """一次性链接：设置密码和认证器，代替以前的；24 小时内有效。"""
    from bot.application import console_address
    from bot.screen import say
    from web.console.links import set_up_link

    with open_instance() as office:
        made = set_up_link(office.desk, staff.strip(), console_address(office.settings))
        if made is None:
            fail(f"{staff} 不在工作人员名单里，或者没有角色：请先写进 duty/staff.toml，见 docs/roles.md。", WRONG_USE)
        say(f"{made}\n24 小时内有效，只能用一次；只交给本人。")
