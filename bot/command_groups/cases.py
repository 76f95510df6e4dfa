"""Typical cases (典型案例): draft, edit, ask the client, review, publish, write to a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, Name, Reason, fail, open_instance

cases = typer.Typer(help="典型案例：起草、修改、征求本人同意、审核发布、写成文件。", invoke_without_command=True)
Number = Annotated[str, typer.Argument(metavar="案例编号", help="案例编号，例如 AL-20261123-0001。")]
Reviewer = Annotated[str, typer.Option(help="审核人姓名，不能是编写人。")]


@cases.callback()
def list_cases(context: typer.Context) -> None:
    """列出典型案例。"""
    from bot import cases as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            doing.list_all(office)


@cases.command("show")
def show_case(number: Number) -> None:
    """看一个案例的全文和经过。"""
    from bot import cases as doing

    with open_instance() as office, told():
        doing.show(office, number)


@cases.command("new")
def new_case(
    ticket: Annotated[str, typer.Argument(metavar="工单号", help="办结的工单。")], name: Name = ON_DUTY
) -> None:
    """把办结的工单写成案例草稿，个人信息自动遮盖。"""
    from bot import cases as doing

    with open_instance() as office, told():
        doing.new(office, ticket, name)


@cases.command("edit")
def edit_case(  # noqa: PLR0913, PLR0917  one field each; Typer names them
    number: Number,
    title: Annotated[str | None, typer.Option(help="标题。")] = None,
    needed: Annotated[str | None, typer.Option(help="需求：谁需要什么。")] = None,
    done: Annotated[str | None, typer.Option(help="办理过程。")] = None,
    result: Annotated[str | None, typer.Option(help="结果。")] = None,
    evaluation: Annotated[str | None, typer.Option(help="评价。")] = None,
    public: Annotated[bool | None, typer.Option("--public/--not-public", help="是否在网站公开。")] = None,
    name: Name = ON_DUTY,
) -> None:
    """修改草稿；改过的文字要重新征求本人同意。"""
    from bot import cases as doing

    texts = {"title": title, "needed": needed, "done": done, "result": result, "evaluation": evaluation}
    typed: dict[str, Any] = {key: value for key, value in (texts | {"is_public": public}).items() if value is not None}
    if not typed:
        fail("请写明要改什么，例如 --result。", WRONG_USE)
    with open_instance() as office, told():
        doing.edit(office, number, typed, name)


@cases.command("ask")
def ask_client(number: Number, name: Name = ON_DUTY) -> None:
    """在本人的渠道征求同意，附上会公布的全部文字。"""
    from bot import cases as doing

    with open_instance() as office, told():
        doing.ask(office, number, name)


@cases.command("submit")
def submit_case(number: Number, name: Name = ON_DUTY) -> None:
    """提交审核。"""
    from bot import cases as doing
    from handlers.write_case import submit

    with open_instance() as office, told():
        doing.move(office, number, name, submit)


@cases.command("publish")
def publish_case(number: Number, reviewer: Reviewer) -> None:
    """审核通过并发布；没有本人同意不能发布。"""
    from bot import cases as doing
    from handlers.write_case import publish

    with open_instance() as office, told():
        doing.move(office, number, reviewer, publish)


@cases.command("return")
def return_case(number: Number, reviewer: Reviewer, reason: Reason = "") -> None:
    """退回修改。"""
    from bot import cases as doing
    from handlers.write_case import give_back

    with open_instance() as office, told():
        doing.move(office, number, reviewer, give_back, reason)


@cases.command("withdraw")
def withdraw_case(number: Number, name: Name = ON_DUTY, reason: Reason = "") -> None:
    """撤下案例。"""
    from bot import cases as doing
    from handlers.write_case import withdraw

    with open_instance() as office, told():
        doing.move(office, number, name, withdraw, reason)


@cases.command("write")
def write_case(
    number: Number,
    docx: Annotated[Path | None, typer.Option(help="写成 Word 文件。")] = None,
    pdf: Annotated[Path | None, typer.Option(help="写成 PDF 文件（需要 LibreOffice）。")] = None,
) -> None:
    """把发布的案例写成文件；整本汇编用 report 报告期 --kind 典型案例汇编。"""
    from bot import cases as doing
    from bot.command_line import new_files

    files = new_files({".docx": docx, ".pdf": pdf})
    if not files:
        fail("请写明写到哪个文件，例如 --docx 案例.docx。", WRONG_USE)
    with open_instance() as office, told():
        doing.write(office, number, files)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What was refused, in its own words, with exit code 1."""
    from consultations.cases import CaseRefusedError
    from handlers.pdf import PdfRefusedError

    try:
        yield
    except (CaseRefusedError, PdfRefusedError) as error:
        fail(str(error), ATTENTION)
