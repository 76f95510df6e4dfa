"""``zhixun archive sheet`` and ``archive export``: consultation sheets on screen, as docx, as xlsx."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from bot.application import STAFF_DESK
from bot.screen import ERR, bar, say
from consultations import archive
from handlers import wording
from handlers.desk import Desk
from handlers.docx import write_docx
from handlers.record_sheet import ROWS, TITLE, WIDTHS, Sheet, count_between, note_export, sheets_between, sheets_of
from handlers.talk import office_time
from handlers.xlsx import write_xlsx


class SheetRefusedError(Exception):
    """No sheet was made; the message names the cure."""


def show_sheet(desk: Desk, number: str) -> None:
    """Print one sheet.

    Raises:
        SheetRefusedError: There is no such consultation.
    """
    sheet = _sheet(desk, number)
    for name in ROWS:
        say(f"{name}：{sheet.values[name]}")
    _note(desk)


def write_sheet(desk: Desk, number: str, file: Path) -> None:
    """One sheet as a file.

    Raises:
        SheetRefusedError: There is no such consultation, or the file can't be made.
    """
    _write(desk, file, [_sheet(desk, number)])


def _sheet(desk: Desk, number: str) -> Sheet:
    with desk.reading() as session:
        found = archive.named(session, number)
        if found is None:
            raise SheetRefusedError(wording.no_such_consultation(number))
        return sheets_of(session, office_time(desk.settings).zone, [found])[0]


def export(desk: Desk, first: date, last: date, file: Path) -> None:
    """The sheets of these days, both included, in one file, with progress.

    Raises:
        SheetRefusedError: There is none, or the file can't be made.
    """
    if first > last:
        raise SheetRefusedError(wording.days_reversed(first, last))
    zone = office_time(desk.settings).zone
    with desk.reading() as session:
        n_all = count_between(session, zone, first, last)
        if not n_all:
            raise SheetRefusedError(wording.nothing_to_export(first, last))
        with bar("正在导出", n_all) as progress:

            def told(found: Iterable[Sheet]) -> Iterator[Sheet]:
                for each in found:
                    yield each
                    progress.advance(progress.task_ids[0])

            _write(desk, file, told(sheets_between(session, zone, first, last)))


def _write(desk: Desk, file: Path, found: Iterable[Sheet]) -> None:
    """The whole file or none: it gets its name when it is complete."""
    if file.exists():
        raise SheetRefusedError(wording.file_exists(str(file)))
    if not file.parent.is_dir():
        raise SheetRefusedError(wording.no_such_folder(str(file.parent)))
    unfinished = file.with_name(f".{file.name}.part")
    try:
        n_sheets = FORMATS[file.suffix.lower()](desk, unfinished, found)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    _note(desk)
    ERR.print(f"已导出 {n_sheets} 份：{file}", highlight=False)


def _note(desk: Desk) -> None:
    with desk.writing() as session:
        note_export(session, str(STAFF_DESK), desk.now())


def _as_docx(desk: Desk, file: Path, found: Iterable[Sheet]) -> int:
    return write_docx(file, (each.form(desk.settings.outlet_name) for each in found))


def _as_xlsx(_desk: Desk, file: Path, found: Iterable[Sheet]) -> int:
    return write_xlsx(file, TITLE, ROWS, (each.cells for each in found), WIDTHS)


FORMATS: Mapping[str, Callable[[Desk, Path, Iterable[Sheet]], int]] = {".docx": _as_docx, ".xlsx": _as_xlsx}
