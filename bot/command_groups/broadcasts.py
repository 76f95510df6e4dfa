"""Broadcasts (推送): written, approved by a second person, sent to those who subscribed, stopped, counted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, Name, Reason, Yes, confirm, fail, open_instance

broadcast = typer.Typer(help="推送：起草、预览、审批、暂停、补发、进度；受众和模板。", invoke_without_command=True)
Number = Annotated[int, typer.Argument(min=1, metavar="编号", help="推送编号，见 broadcast 的“编号”一栏。")]
Approver = Annotated[str, typer.Option(help="审批人姓名，不能是起草、修改或提交的人。")]
Text = Annotated[str, typer.Argument(metavar="内容", help="正文，最多 1000 字；用模板时可以不写。")]
To = Annotated[str, typer.Option("--to", help="受众名称，见 broadcast segments；不写就是全部订阅者。")]
Title = Annotated[str, typer.Option(help="标题，最多 40 字。")]
At = Annotated[str, typer.Option(help="发送时间，例如 2026-12-01T09:00；不写或写“马上”就是批准后马上。")]
Full = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="全文的文本文件；收到的人点“查看全文”看。")
]
TemplateName = Annotated[str, typer.Option("--template", help="模板编号，见 broadcast templates。")]
Values = Annotated[list[str] | None, typer.Option("--set", help="模板的变量，例如 --set 时间=周五，可写多次。")]
Public = Annotated[
    bool | None, typer.Option("--public/--private", help="放不放进公开的往期推送；默认只放发给所有人的。")
]


@broadcast.callback()
def list_broadcasts(context: typer.Context) -> None:
    """列出最近的推送和进度。"""
    from bot import broadcasts as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            doing.list_all(office)


@broadcast.command("show")
def show_broadcast(number: Number) -> None:
    """看一条推送：受众、时间、在各个渠道的样子、进度和经过。"""
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        doing.show(office, number)


@broadcast.command("new")
def write_broadcast(  # noqa: PLR0913, PLR0917  one field each; Typer names them
    text: Text = "",
    to: To = "",
    title: Title = "",
    at: At = "",
    full: Full = None,
    template: TemplateName = "",
    values: Values = None,
    public: Public = None,
    name: Name = ON_DUTY,
) -> None:
    """起草一条推送，显示预览；然后 submit 提交，由另一个人 approve。"""
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        written = doing.written(text, to, title, at, full, template, values or [], is_public=public)
        doing.write(office, None, written, name)


@broadcast.command("edit")
def edit_broadcast(  # noqa: PLR0913, PLR0917  one field each; Typer names them
    number: Number,
    text: Text = "",
    to: To = "",
    title: Title = "",
    at: At = "",
    full: Full = None,
    template: TemplateName = "",
    values: Values = None,
    public: Public = None,
    name: Name = ON_DUTY,
) -> None:
    """换一稿：没有发出的都可以改，没写的选项照旧。

    改了要重新提交、审批。
    """
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        written = doing.written(text, to, title, at, full, template, values or [], is_public=public)
        doing.write(office, number, written, name)


@broadcast.command("test")
def try_broadcast(
    number: Number,
    to: Annotated[str, typer.Option("--to", help="发到哪里，例如 telegram:12345；不写就在这里显示。")] = "",
) -> None:
    """试发给自己：和收到的一模一样，前面注明是试发。"""
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        doing.send_test(office, number, to)


@broadcast.command("submit")
def submit_broadcast(
    number: Number,
    force: Annotated[bool, typer.Option("--force", help="引用的条款有疑问时仍然提交。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """提交审批：核对引用的条款，工作人员群里提醒另一位审批。"""
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        doing.submit(office, number, name, is_forced=force)


@broadcast.command("approve")
def approve_broadcast(number: Number, approver: Approver, yes: Yes = False) -> None:
    """批准：先显示预览再确认；到时间自动发出，避开静默时段。"""
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        raise typer.Exit(0 if doing.approve(office, number, approver, is_confirmed=yes, ask=confirm) else ATTENTION)


@broadcast.command("return")
def return_broadcast(number: Number, approver: Approver, reason: Reason = "") -> None:
    """退回修改。"""
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        doing.give_back(office, number, approver, reason)


@broadcast.command("pause")
def pause_broadcast(number: Number, name: Name = ON_DUTY) -> None:
    """暂停：立即停下，在路上的几条会送到。"""
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        doing.act(office, number, name, "pause")


@broadcast.command("resume")
def resume_broadcast(number: Number, name: Name = ON_DUTY) -> None:
    """继续发送。"""
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        doing.act(office, number, name, "resume")


@broadcast.command("cancel")
def cancel_broadcast(number: Number, name: Name = ON_DUTY) -> None:
    """取消：没有发出的都不再发。"""
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        doing.act(office, number, name, "cancel")


@broadcast.command("resend")
def resend_broadcast(number: Number, name: Name = ON_DUTY) -> None:
    """补发存疑的（不知道送没送到的），其余不动。

    其中有的人可能收到两次。
    """
    from bot import broadcasts as doing

    with open_instance() as office, _told():
        doing.act(office, number, name, "resend")


@broadcast.command("segments")
def list_segments() -> None:
    """列出受众，以及各有多少人、分别在哪个渠道。"""
    from bot import broadcasts as doing

    with open_instance() as office:
        doing.list_segments(office)


@broadcast.command("segment")
def save_segment(  # noqa: PLR0913, PLR0917  one field each; Typer names them
    segment: Annotated[str, typer.Argument(metavar="名称", help="受众的名称。")],
    topics: Annotated[str, typer.Option(help="主题，用逗号分开。")] = "",
    items: Annotated[str, typer.Option(help="服务事项编号，例如 B07,B08。")] = "",
    industries: Annotated[str, typer.Option(help="行业，用逗号分开。")] = "",
    districts: Annotated[str, typer.Option(help="区县，用逗号分开。")] = "",
    kinds: Annotated[str, typer.Option(help="企业类型，用逗号分开。")] = "",
    drop: Annotated[bool, typer.Option("--drop", help="去掉这个受众；用过它的推送不受影响。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """保存一个受众：各类之间都要符合，一类之内符合一个就行。"""
    from bot import broadcasts as doing

    given = {"topic": topics, "service": items, "industry": industries, "district": districts, "kind": kinds}
    with open_instance() as office, _told():
        if drop:
            doing.drop_segment(office, segment)
        else:
            doing.save_segment(office, segment, given, name)


@broadcast.command("templates")
def list_templates() -> None:
    """列出推送模板和它们的变量。"""
    from bot import broadcasts as doing

    with open_instance() as office:
        doing.list_templates(office)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """A refusal as one sentence."""
    from consultations.broadcasts import BroadcastRefusedError

    try:
        yield
    except BroadcastRefusedError as error:
        fail(str(error), ATTENTION)
