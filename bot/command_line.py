"""What every command of ``zhixun`` stands on: where the instance is, opening it, reading days, refusing.

Exit codes: 0 done · 1 done, but something needs attention (problems found, a file refused) · 2 wrong use or settings ·
3 failed
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from bot.application import Office
    from bot.settings import Settings

ATTENTION, WRONG_USE, FAILED = 1, 2, 3
ON_DUTY = "值班人员"

Name = Annotated[str, typer.Option(help="您的姓名，记入经过。")]
Reason = Annotated[str, typer.Option(help="理由，记入经过。")]
Yes = Annotated[bool, typer.Option("--yes", help="不再询问。")]


class Place:
    """Where the instance is, told once before the command."""

    home: Path = Path()
    config: Path | None = None
    is_verbose = False


def instance_settings() -> Settings:
    """The settings of this instance; with a fault in them, the command ends with every fault and its cure."""
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings(Place.home, Place.config)
    except SettingsError as error:
        fail("配置有误，请修改后再试：\n  " + "\n  ".join(error.problems), WRONG_USE)


@contextlib.contextmanager
def open_instance() -> Iterator[Office]:
    """The office of this instance, closed when the command ends."""
    from bot.application import open_office
    from bot.migrate import NewerDatabaseError

    settings = instance_settings()
    try:
        office = open_office(settings)
    except NewerDatabaseError as error:
        fail(str(error), FAILED)
    try:
        yield office
    finally:
        office.close()


def asking(*, is_forced: bool) -> Callable[[str], bool] | None:
    """Who decides on a doubtful text: the option, the person at the keyboard, or nobody."""
    if is_forced:
        return lambda _question: True
    return confirm if sys.stdin.isatty() else None


def confirm(question: str) -> bool:
    """Ask the person at the keyboard; anything but a plain yes is a no. Ending the input ends the command."""
    answer = typer.prompt(f"{question}（是请输入 y，否请直接回车）", default="", show_default=False)
    return str(answer).strip().lower() in {"y", "yes", "是"}


def moment_of(at: str, office: Office) -> datetime:
    """``2026-12-01T10:00`` in the outlet's own time; nothing written is now."""
    from zoneinfo import ZoneInfo

    if not at:
        return office.desk.now()
    try:
        return datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(office.settings.outlet.time_zone))
    except ValueError:
        fail(f"看不懂时间 {at}：请写成 2026-12-01T10:00 这样。", WRONG_USE)


def day_of(as_of: str, office: Office) -> date:
    """``2026-12-01``; nothing written is the outlet's today."""
    from zoneinfo import ZoneInfo

    if not as_of:
        return office.desk.now().astimezone(ZoneInfo(office.settings.outlet.time_zone)).date()
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        fail(f"看不懂日期 {as_of}：请写成 2026-11-23 这样。", WRONG_USE)


def fail(sentence: str, code: int) -> NoReturn:
    """End the command with one Chinese sentence that names the cure, on stderr."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def new_files(wanted: Mapping[str, Path | None]) -> list[Path]:
    """The files to be written, none of which may be there."""
    files = []
    for ending, file in wanted.items():
        if file is None:
            continue
        if file.suffix.lower() != ending:
            fail(f"文件名 {file.name} 应当以 {ending} 结尾。", WRONG_USE)
        if file.exists():
            fail(f"{file} 已经存在：请换一个文件名。", WRONG_USE)
        files.append(file)
    return files
