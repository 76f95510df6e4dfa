"""Trainings (培训): listed, shown, their list of people and their file written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, WRONG_USE, fail, new_files, open_instance

trainings = typer.Typer(help="培训：清单、报名和签到、名单和培训档案写成文件。", invoke_without_command=True)
Number = Annotated[str, typer.Argument(metavar="培训编号", help="培训编号，例如 PX-20261127-0001。")]
Sheet = Annotated[Path | None, typer.Option(help="写成 Excel 文件。")]


@trainings.callback()
def list_trainings(context: typer.Context) -> None:
    """列出培训。"""
    from bot import trainings as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            doing.list_all(office)


@trainings.command("show")
def show_training(number: Number) -> None:
    """看一场培训：内容、报名和签到、经过。"""
    from bot import trainings as doing

    with open_instance() as office, told():
        doing.show(office, number)


@trainings.command("roster")
def write_roster(number: Number, xlsx: Sheet = None) -> None:
    """把报名和签到名单写成文件。"""
    from bot import trainings as doing

    files = new_files({".xlsx": xlsx})
    if not files:
        fail("请写明写到哪个文件，例如 --xlsx 名单.xlsx。", WRONG_USE)
    with open_instance() as office, told():
        doing.write_roster(office, number, files[0])


@trainings.command("file")
def write_file(
    number: Number, docx: Annotated[Path | None, typer.Option(help="写成 Word 文件。")] = None, xlsx: Sheet = None
) -> None:
    """把培训档案写成文件。"""
    from bot import trainings as doing

    files = new_files({".docx": docx, ".xlsx": xlsx})
    if not files:
        fail("请写明写到哪个文件，例如 --docx 培训档案.docx。", WRONG_USE)
    with open_instance() as office, told():
        doing.write_file(office, number, files)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What was refused, in its own words, with exit code 1."""
    from consultations.trainings import TrainingRefusedError

    try:
        yield
    except TrainingRefusedError as error:
        fail(str(error), ATTENTION)
