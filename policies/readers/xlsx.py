"""Excel files: each sheet's rows as lines, cells as Excel shows them: dates as dates, percentages as percentages.

Hidden sheets and rows, comments and words in drawings are left out and listed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from policies.readers.parts import related, tree_of
from policies.readers.worker import Reading

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_WORKBOOK = "xl/workbook.xml"
# Built-in formats that show a day (ECMA-376 part 1, 18.8.30); 27–36 and 50–58 are the Chinese ones.
_DAY_FORMATS = {*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)}
_PERCENT_FORMATS = {9: 0, 10: 2}
_UNPRINTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')  # of a number format: quoted words, colours, padding
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001  Excel's days know no time zone
_COLUMN = re.compile(r"[A-Z]{1,3}")
MOST_COLUMNS = 200  # what stands further right moves up to it: empty cells in between say nothing


@dataclass(frozen=True)
class _Book:
    strings: Sequence[str]
    formats: Sequence[str]  # by style: "day", "%0", "%2" or ""
    epoch: datetime


@dataclass
class _Sheet:
    lines: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def read_xlsx(content: bytes) -> Reading:
    """The rows of all sheets; a sheet's name stands above its rows when there are several."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        workbook, paths = tree_of(package, _WORKBOOK), related(package, _WORKBOOK)
        book, reading = _book(package, workbook), Reading()
        shown: list[tuple[str, list[str]]] = []
        for entry in workbook.iter(f"{_S}sheet"):
            name = entry.get("name", "")
            sheet = _sheet(tree_of(package, paths.get(entry.get(f"{_R}id", ""), "")), book)
            if entry.get("state", "visible") != "visible":
                _drop(reading, f"隐藏的工作表“{name}”", [*sheet.lines, *sheet.hidden])
            else:
                shown.append((name, sheet.lines))
                _drop(reading, f"工作表“{name}”里隐藏的行", sheet.hidden)
        for where, pattern, tag in (
            ("批注", r"xl/comments.*\.xml", f"{_S}t"),
            ("图形", r"xl/drawings/.*\.xml", f"{_A}t"),
        ):
            for path in filter(re.compile(pattern).fullmatch, package.namelist()):
                _drop(reading, where, ["".join(each.text or "" for each in tree_of(package, path).iter(tag))])
    written = [(name, lines) for name, lines in shown if lines]
    if not written:
        return Reading(refused="表格里没有内容；请检查文件后重新导入。")
    reading.text = "\n".join(
        "\n".join([f"## {name}", *lines] if len(written) > 1 else lines) for name, lines in written
    )
    return reading


def _drop(reading: Reading, where: str, lines: Sequence[str]) -> None:
    if text := "\n".join(lines).strip():
        reading.dropped.append((where, text))


def _book(package: zipfile.ZipFile, workbook: Any) -> _Book:  # noqa: ANN401  lxml has no types of its own
    strings = [_words(each) for each in tree_of(package, "xl/sharedStrings.xml").iter(f"{_S}si")]
    styles = tree_of(package, "xl/styles.xml")
    own = {each.get("numFmtId", ""): each.get("formatCode", "") for each in styles.iter(f"{_S}numFmt")}
    cells = [each for block in styles.iter(f"{_S}cellXfs") for each in block.iter(f"{_S}xf")]
    properties = workbook.find(f"{_S}workbookPr")
    is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    return _Book(
        strings, [_format(each.get("numFmtId", "0"), own) for each in cells], _EPOCH_1904 if is_1904 else _EPOCH
    )


def _words(entry: Any) -> str:  # noqa: ANN401
    """The text of a string, without the readings above it (rPh)."""
    return "".join(each.text or "" for each in entry.iter(f"{_S}t") if each.getparent().tag != f"{_S}rPh")


def _format(number: str, own: dict[str, str]) -> str:
    code = _UNPRINTED.sub("", own.get(number, "").split(";")[0])
    known = int(number) if number.isdigit() else 0
    if known in _PERCENT_FORMATS or code.endswith("%"):
        places = _PERCENT_FORMATS.get(known, len(code.partition(".")[2].rstrip("%")))
        return f"%{places}"
    return "day" if known in _DAY_FORMATS or re.search("[ymd年月日]", code, re.IGNORECASE) else ""


def read_rows(content: bytes) -> Reading:
    """The rows of the first sheet shown, each with the number Excel shows beside it; hidden rows are left out."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        workbook, paths = tree_of(package, _WORKBOOK), related(package, _WORKBOOK)
        shown = (each for each in workbook.iter(f"{_S}sheet") if each.get("state", "visible") == "visible")
        first = next(shown, None)
        if first is None:
            return Reading(refused="表格里没有可见的工作表；请检查文件后重新导入。")
        tree, book = tree_of(package, paths.get(first.get(f"{_R}id", ""), "")), _book(package, workbook)
        rows = enumerate(tree.iter(f"{_S}row"), start=1)
        found = [(_line(row, at), _cells(row, book)) for at, row in rows if not _is_hidden(row)]
    return Reading(rows=[(line, cells) for line, cells in found if cells])


def _sheet(tree: Any, book: _Book) -> _Sheet:  # noqa: ANN401
    sheet = _Sheet()
    for row in tree.iter(f"{_S}row"):
        line = "\t".join(_cells(row, book)).strip()
        if line:
            (sheet.hidden if _is_hidden(row) else sheet.lines).append(line)
    return sheet


def _cells(row: Any, book: _Book) -> list[str]:  # noqa: ANN401
    """The cells of a row from column A on, up to the last that says something."""
    cells: dict[int, str] = {}
    for cell in row.iter(f"{_S}c"):
        place = _COLUMN.match(cell.get("r", ""))
        column = _column(place[0]) if place else len(cells)
        cells[min(column, MOST_COLUMNS + len(cells))] = " ".join(_shown(cell, book).split())
    last = max((index for index, words in cells.items() if words), default=-1)
    return [cells.get(index, "") for index in range(last + 1)]


def _line(row: Any, at: int) -> int:  # noqa: ANN401
    number = row.get("r", "")
    return int(number) if number.isdigit() else at


def _is_hidden(row: Any) -> bool:  # noqa: ANN401
    return row.get("hidden") in ("1", "true")


def _column(letters: str) -> int:
    """0 for A, 26 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _shown(cell: Any, book: _Book) -> str:  # noqa: ANN401
    kind, stored = cell.get("t", "n"), cell.findtext(f"{_S}v") or ""
    if kind == "inlineStr":
        return _words(cell)
    if kind == "s":
        return book.strings[int(stored)] if stored.isdigit() and int(stored) < len(book.strings) else ""
    if kind == "b":
        return "是" if stored == "1" else "否"
    style = int(cell.get("s", "0")) if cell.get("s", "0").isdigit() else 0
    return (
        _number(stored, book.formats[style] if style < len(book.formats) else "", book.epoch) if kind == "n" else stored
    )


def _number(stored: str, shown_as: str, epoch: datetime) -> str:
    try:
        value = float(stored)
    except ValueError:
        return stored
    if shown_as == "day" and 1 <= value < 2_958_466:  # the last day Excel knows, 9999-12-31
        day = epoch + timedelta(days=value)
        return f"{day.year}年{day.month}月{day.day}日"
    if shown_as.startswith("%"):
        return f"{value * 100:.{int(shown_as[1:])}f}%"
    return f"{value:.15g}"  # Excel keeps fifteen digits: 0.1 is stored as 0.10000000000000001
