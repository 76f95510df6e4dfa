"""Webhooks (事件通知): which programs are told of what, and what did not arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, fail, open_instance

if TYPE_CHECKING:
    from consultations.webhooks import Event

webhooks = typer.Typer(help="事件通知：有事发生时告诉别的程序。", invoke_without_command=True)


@webhooks.callback()
def listed(context: typer.Context) -> None:
    """列出通知的地址、事件和送达情况。"""
    if context.invoked_subcommand is not None:
        return
    from rich.markup import escape
    from rich.table import Table

    from bot.screen import say_table
    from consultations import webhooks as hooks

    table = Table("编号", "地址", "事件", "已送达", "等待", "没送到")
    with open_instance() as office, office.reading() as session:
        counted = hooks.counts(session)
        for each in hooks.alive(session):
            states = counted.get(each.key, {})
            waiting = states.get("waiting", 0) + states.get("sending", 0)
            numbers = (states.get("sent", 0), waiting, states.get("dead", 0))
            table.add_row(str(each.key), escape(each.url), "\n".join(each.events), *map(str, numbers))
    say_table(table, "还没有通知任何程序。新建：webhooks add https://… --event ticket.opened。")


@webhooks.command("add")
def add(
    url: Annotated[str, typer.Argument(metavar="地址", help="https:// 地址；内部网络的要先写进配置。")],
    event: Annotated[list[str], typer.Option(help="什么事件，可以写几次；有哪些见 docs/api.md。")],
    by: Annotated[str, typer.Option(help="您的姓名，记在通知上。")] = ON_DUTY,
) -> None:
    """新建一个通知；密钥只显示这一次，接收方用它核对签名。"""
    from bot.addresses import ForbiddenAddressError, checked
    from bot.application import STAFF_DESK
    from bot.screen import say
    from bot.webhooks import forbidden
    from consultations import audit
    from consultations import webhooks as hooks
    from handlers import tell_programs

    unknown = next((each for each in event if each not in hooks.EVENTS), None)
    if unknown is not None:
        fail(f"没有 {unknown} 这个事件：可用 {'、'.join(hooks.EVENTS)}。", WRONG_USE)
    with open_instance() as office:
        try:
            checked(url, office.settings.api.webhook_networks)
        except ForbiddenAddressError as error:
            fail(f"{forbidden(error)}。", WRONG_USE)
        except (OSError, ValueError):
            fail(f"找不到 {url} 里的主机：请检查地址。", WRONG_USE)
        with office.writing() as session:
            tell_programs.begin(session)
            now = office.desk.now()
            made = hooks.add(session, url, cast("list[Event]", event), by, now)
            audit.note(session, "webhook_made", 0, f"{STAFF_DESK.channel}:{by}", now)
            number, secret = made.key, made.secret
    say(secret)
    say(f"通知 {number} 已建好。请马上把密钥交给接收方：只显示这一次。试发一条：webhooks test {number}。")


@webhooks.command("remove")
def remove(
    number: Annotated[int, typer.Argument(metavar="编号")],
    by: Annotated[str, typer.Option(help="您的姓名，记入操作留痕。")] = ON_DUTY,
) -> None:
    """不再通知；还没送到的一并取消。"""
    from bot.commands import end_noted
    from bot.screen import say
    from consultations import webhooks as hooks

    with open_instance() as office:
        is_done = end_noted(office, hooks.end, number, "webhook_ended", by)
    if not is_done:
        fail(f"没有编号为 {number} 的通知。", ATTENTION)
    say(f"通知 {number} 已取消。")


@webhooks.command("test")
def test(number: Annotated[int, typer.Argument(metavar="编号")]) -> None:
    """试发一条 ping；运行中的服务几秒内送出。"""
    from bot.screen import say
    from consultations import webhooks as hooks

    with open_instance() as office, office.writing() as session:
        found = next((each for each in hooks.alive(session) if each.key == number), None)
        now = office.desk.now()
        if found is not None:
            hooks.tell(session, found, hooks.PING, f"ping:{now.isoformat()}", {}, now)
    if found is None:
        fail(f"没有编号为 {number} 的通知。", ATTENTION)
    say("已排入，服务运行时几秒内送出；用 webhooks 看有没有送达。")


@webhooks.command("dead")
def dead() -> None:
    """没送到的：哪一条、试了几次、为什么。"""
    from rich.markup import escape
    from rich.table import Table

    from bot.screen import say_table
    from consultations import webhooks as hooks

    table = Table("编号", "通知", "事件", "内容", "次数", "原因")
    with open_instance() as office, office.reading() as session:
        for each in hooks.dead(session):
            facts = "、".join(f"{name} {value}" for name, value in each.facts.items())
            cells = (str(each.key), str(each.webhook_id), each.event, facts, str(each.attempts), each.reason)
            table.add_row(*map(escape, cells))
    say_table(table, "没有放弃的；还在等的看 webhooks。")


@webhooks.command("resend")
def resend(
    number: Annotated[int | None, typer.Argument(metavar="编号", help="dead 列出的编号；不写就是全部。")] = None,
) -> None:
    """把没送到的再送一次。"""
    from bot.screen import say
    from consultations import webhooks as hooks

    with open_instance() as office, office.writing() as session:
        n_again = hooks.resend(session, office.desk.now(), number)
    if not n_again:
        fail("没有这样一条没送到的通知。", ATTENTION)
    say(f"{n_again} 条已重新排入。")
