"""What reports are made of (报告内容): headings, lines, tables with charts; as a document, as sheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from handlers import docx
from handlers.charts import Chart, Plot, chart_of
from handlers.docx import FULL_WIDTH, Layout, Words
from handlers.xlsx import Cell, Table

FEW_ROWS = 8  # up to here a table is not torn over two pages
MANY_COLUMNS = 7  # from here on a table is written small, or days and numbers of tickets would be torn


@dataclass(frozen=True)
class Heading:
    """A heading; level 0 is the title."""

    text: str
    level: int = 0


@dataclass(frozen=True)
class Line:
    """A paragraph; large where it is read from afar."""

    text: str
    is_large: bool = False


@dataclass(frozen=True)
class Grid:
    """A table, with what is drawn of it. `widths` are shares of the page; a float is a share, told as a percentage;
    `nothing` is told instead of a table without rows, `note` below one.
    """

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[int]
    plot: Plot | None = None
    nothing: str = "没有。"
    note: str = ""


Piece = Heading | Line | Grid


def docx_parts(pieces: Iterable[Piece]) -> Iterator[str | Chart]:
    """The pieces for `docx.write_document`."""
    for each in pieces:
        if isinstance(each, Heading):
            yield docx.heading(each.text, each.level)
        elif isinstance(each, Line):
            yield docx.paragraph(Words(each.text, "large" if each.is_large else "plain"))
        else:
            yield from _grid(each)


def sheets(pieces: Iterable[Piece]) -> list[Table]:
    """The tables among the pieces for `xlsx.write_tables`, one sheet each; the words go onto the last one."""
    pieces = list(pieces)
    grids = [each for each in pieces if isinstance(each, Grid)]
    words = [(each.text,) for each in pieces if not isinstance(each, Grid)]
    tables = [
        Table(each.name, each.head, each.rows, _columns(each), each.plot if each.rows else None) for each in grids
    ]
    return [*tables, Table("说明", ("说明",), words, (90,))]


def shown(cell: Cell) -> str:
    """A cell as it is read: shares as percentages, numbers with separators."""
    if isinstance(cell, str):
        return cell
    return f"{cell:.1%}" if isinstance(cell, float) else f"{cell:,}"


def _grid(grid: Grid) -> Iterator[str | Chart]:
    if not grid.rows:
        yield docx.paragraph(Words(grid.nothing))
        return
    if grid.plot is not None:
        yield chart_of(grid.plot, grid.head, grid.rows)
    widths = [FULL_WIDTH * each // sum(grid.widths) for each in grid.widths]
    layout = Layout(_numbers(grid), len(grid.head) >= MANY_COLUMNS, len(grid.rows) <= FEW_ROWS)
    rows = [[[Words(shown(cell), "small" if layout.is_small else "plain")] for cell in row] for row in grid.rows]
    yield docx.table(widths, grid.head, rows, layout)
    if grid.note:
        yield docx.paragraph(Words(grid.note))


def _numbers(grid: Grid) -> set[int]:
    """The columns in which numbers stand, if only here and there."""
    return {at for row in grid.rows for at, cell in enumerate(row) if not isinstance(cell, str)}


def _columns(grid: Grid) -> list[int]:
    """Widths in characters, of a sheet about a hundred characters wide."""
    return [max(8, 100 * each // sum(grid.widths)) for each in grid.widths]
