"""Card drafts (卡片草稿): list, show, edit, submit, review, publish, tell the askers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, Name, Reason, Yes, confirm, fail, open_instance

drafts = typer.Typer(help="卡片草稿：列出、查看、修改、提交、审核发布、通知提问人。", invoke_without_command=True)
Number = Annotated[int, typer.Argument(metavar="编号", min=1, help="草稿编号。")]
Reviewer = Annotated[str, typer.Option(help="审核人姓名，不能是编写人。")]


@drafts.callback()
def list_drafts(context: typer.Context) -> None:
    """列出卡片草稿。"""
    from bot import drafts as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            doing.list_all(office)


@drafts.command("show")
def show_draft(
    number: Number, toml: Annotated[bool, typer.Option("--toml", help="按可编辑的 TOML 输出。")] = False
) -> None:
    """看一张草稿的全文和经过。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.show(office, number, as_toml=toml)


@drafts.command("new")
def new_draft(
    question: Annotated[int, typer.Argument(metavar="问题", min=1, help="未答问题的编号，见 gaps 的“编号”一栏。")],
    choice: Annotated[str, typer.Argument(metavar="选择", help="有相近卡片时：问法，或 新卡片。")] = "",
    name: Name = ON_DUTY,
) -> None:
    """为一个未答问题建草稿（工单用 tickets card 工单号）。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.new(office, question, choice, name)


@drafts.command("edit")
def edit_draft(  # noqa: PLR0913, PLR0917  one field each; Typer names them
    number: Number,
    title: Annotated[str | None, typer.Option(help="标题，不超过 30 个字。")] = None,
    answer: Annotated[str | None, typer.Option(help="答复。")] = None,
    details: Annotated[list[str] | None, typer.Option(help="补充段落，可写多次。")] = None,
    variants: Annotated[list[str] | None, typer.Option(help="问法，可写多次。")] = None,
    negatives: Annotated[list[str] | None, typer.Option(help="反例，可写多次。")] = None,
    citations: Annotated[str | None, typer.Option(help="出处，写《…》第…条，可以写几处。")] = None,
    service_item: Annotated[str | None, typer.Option(help="服务事项编号，例如 B08。")] = None,
    review_due: Annotated[str | None, typer.Option(help="复核日期，例如 2027-05-26。")] = None,
    outlet: Annotated[str | None, typer.Option(help="只答复哪个网点的人；空着是全市统一。")] = None,
    override_reason: Annotated[str | None, typer.Option(help="网点改写的理由。")] = None,
    file: Annotated[Path | None, typer.Option(help="从 TOML 文件读入全部字段（先用 show --toml 导出）。")] = None,
    open_: Annotated[bool, typer.Option("--open", help="用编辑器打开（环境变量 EDITOR）。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """修改一张草稿；最后修改的人就是编写人。"""
    from bot import drafts as doing

    lists = {"details": details, "variants": variants, "negatives": negatives}
    words = {key: "\n".join(value) for key, value in lists.items() if value is not None}
    texts = {"title": title, "answer": answer, "citations": citations, "service_item": service_item}
    layer = {"review_due": review_due, "outlet": outlet, "override_reason": override_reason}
    words |= {key: value for key, value in (texts | layer).items() if value is not None}
    if not words and file is None and not open_:
        fail("请写明要改什么，例如 --answer；或用 --file、--open。", WRONG_USE)
    with open_instance() as office, told():
        doing.edit(office, number, words, name, file=file, with_editor=open_)


@drafts.command("override")
def override_card(
    card: Annotated[str, typer.Argument(metavar="卡片", help="市级卡片的编号，例如 patent_fee_reduction。")],
    outlet: Annotated[str, typer.Option(help="网点的名称或编号。")],
    reason: Annotated[str, typer.Option(help="为什么要改写，市级看得到。")],
    name: Name = ON_DUTY,
) -> None:
    """为一个网点改写一张市级卡片：先成草稿，经审核发布。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.override(office, card, outlet, reason, name)


@drafts.command("overrides")
def list_overrides() -> None:
    """列出各网点的全部改写：理由、编写和审核、从哪天起、现状。"""
    from bot import drafts as doing

    with open_instance() as office:
        doing.list_overrides(office)


@drafts.command("stand-by")
def stand_by(number: Number, reviewer: Reviewer) -> None:
    """市级卡片变了，再看过，网点的改写仍然适用。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.stand_by(office, number, reviewer)


@drafts.command("submit")
def submit_draft(number: Number, name: Name = ON_DUTY) -> None:
    """提交审核。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.submit(office, number, name)


@drafts.command("publish")
def publish_draft(number: Number, reviewer: Reviewer, yes: Yes = False) -> None:
    """审核通过并发布；先核对出处，发布后可以通知提问人。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.publish(office, number, reviewer, is_confirmed=yes, ask=confirm)


@drafts.command("tell")
def tell_draft(number: Number, yes: Yes = False) -> None:
    """通知问过这个问题、还没得到答案的人；每人只通知一次。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.tell(office, number, is_confirmed=yes, ask=confirm)


@drafts.command("reject")
def reject_draft(number: Number, reviewer: Reviewer, reason: Reason = "") -> None:
    """审核不通过。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.reject(office, number, reviewer, reason)


@drafts.command("return")
def return_draft(number: Number, reviewer: Reviewer, reason: Reason = "") -> None:
    """退回修改。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.give_back(office, number, reviewer, reason)


@drafts.command("withdraw")
def withdraw_draft(number: Number, name: Name = ON_DUTY, reason: Reason = "") -> None:
    """撤下草稿；已发布的卡片随即不再作答。"""
    from bot import drafts as doing

    with open_instance() as office, told():
        doing.withdraw(office, number, name, reason)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What was refused, in its own words, with exit code 1."""
    from handlers.review_card import DraftRefusedError

    try:
        yield
    except DraftRefusedError as error:
        fail(str(error), ATTENTION)
