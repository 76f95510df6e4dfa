"""Writes spreadsheets (xlsx, Office Open XML): tables row by row, texts and numbers.

Every text is an inline one, so nothing in it is ever run as a formula. What the format can't hold is left out: control
characters, and what is beyond 32,767 characters a cell (the limit of Excel).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from handlers.charts import GRAPHIC, NAMESPACES, TYPE, Plot, chart_of, chart_part
from handlers.xml_text import legal

LONGEST_CELL = 32_767
MOST_ROWS = 1_048_575  # below the head: a sheet of Excel has 1,048,576
_CUT = "……（过长，已截断）"

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="{0}.sheet.main+xml"/>'
    "{1}{2}"
    '<Override PartName="/xl/styles.xml" ContentType="{0}.styles+xml"/></Types>'
)
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_TYPE = f'<Override PartName="/xl/worksheets/sheet{{}}.xml" ContentType="{_KIND}.worksheet+xml"/>'
_DRAWING_TYPE = (
    '<Override PartName="/xl/drawings/drawing{}.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/>'
)
_CHART_TYPE = f'<Override PartName="/xl/charts/chart{{}}.xml" ContentType="{TYPE}"/>'
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_RELATION = (
    '<Relationship Id="{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_XDR = 'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
# Style 0 is for numbers, 1 for the head, 2 for texts that wrap, 3 for shares.
_STYLES = (
    f"<styleSheet {_MAIN}>"
    '<fonts count="2"><font><sz val="11"/><name val="宋体"/></font>'
    '<font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/>'
    '<xf xfId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    '<xf xfId="0" numFmtId="9" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


Cell = str | int | float
# Printed across the page, as many pages down as it takes, never with columns torn off.
_FITTED = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
_PAGE = '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'


@dataclass(frozen=True)
class Table:
    """One table: its name (at most 31 characters), the names of its columns, its rows, taken one at a time.

    A float is a share and shown as a percentage. `widths` are those of the columns, in characters; `plot` is drawn to
    the right of the table, for which its rows are kept.
    """

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()
    plot: Plot | None = None


def write_xlsx(
    path: Path, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()
) -> int:
    """How many rows were written below the head, which stays in view; the file is complete when this returns."""
    return write_tables(path, [Table(name, head, rows, widths)])


def write_tables(path: Path | IO[bytes], tables: Sequence[Table]) -> int:
    """How many rows were written below the heads, one sheet for each table, to a file or something like one."""
    n_rows = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for part, text in _parts(tables).items():
            package.writestr(part, _xml(text))
        for number, table in enumerate(tables, start=1):
            with package.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as sheet:
                sheet.write(_xml(_opening(table.widths) + _row(1, table.head, style=1)))
                drawn: list[Sequence[Cell]] = []
                for at, row in enumerate(table.rows, start=2):
                    n_rows += 1
                    sheet.write(_row(at, _drawable(row, table.plot), style=2).encode())
                    if table.plot is not None:
                        drawn.append(row)
                drawing = f'<drawing {_R} r:id="rId1"/>' if table.plot is not None else ""
                sheet.write(f"</sheetData>{_PAGE}{drawing}</worksheet>".encode())
            if table.plot is not None:
                for part, text in _chart_parts(number, table, table.plot, drawn).items():
                    package.writestr(part, _xml(text))
    return n_rows


def _chart_parts(number: int, table: Table, plot: Plot, rows: Sequence[Sequence[Cell]]) -> dict[str, str]:
    """The chart beside a sheet, with what leads there."""
    first, last = len(table.head) + 1, len(table.head) + 10
    corner = (
        "<xdr:{0}><xdr:col>{1}</xdr:col><xdr:colOff>0</xdr:colOff>"
        "<xdr:row>{2}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:{0}>"
    )
    anchor = corner.format("from", first, 1) + corner.format("to", last, max(18, len(rows) + 4))
    chart = chart_of(plot, table.head, rows, sheet_name(table.name))
    name = f'<xdr:cNvPr id="2" name="chart{number}" descr="{legal(chart.said)}"/>'
    frame = (
        f'<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr>{name}<xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr>'
        '<xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic>'
        f'<a:graphicData uri="{GRAPHIC}"><c:chart r:id="rId1"/></a:graphicData></a:graphic></xdr:graphicFrame>'
    )
    placed = f"<xdr:twoCellAnchor>{anchor}{frame}<xdr:clientData/></xdr:twoCellAnchor>"
    drawing = f"<xdr:wsDr {_XDR} {NAMESPACES}>{placed}</xdr:wsDr>"
    to_drawing = _RELATION.format("rId1", "drawing", f"../drawings/drawing{number}.xml")
    to_chart = _RELATION.format("rId1", "chart", f"../charts/chart{number}.xml")
    return {
        f"xl/worksheets/_rels/sheet{number}.xml.rels": _RELATIONS.format(to_drawing),
        f"xl/drawings/drawing{number}.xml": drawing,
        f"xl/drawings/_rels/drawing{number}.xml.rels": _RELATIONS.format(to_chart),
        f"xl/charts/chart{number}.xml": chart_part(chart),
    }


def _drawable(row: Sequence[Cell], plot: Plot | None) -> Sequence[Cell]:
    """The row with blank cells where a plotted column has words for a number: Excel draws words as a zero."""
    if plot is None:
        return row
    return ["" if at in plot.numbers and isinstance(cell, str) else cell for at, cell in enumerate(row)]


def sheet_name(name: str) -> str:
    """A table's name as a sheet may have it: at most 31 characters, without the signs Excel refuses."""
    return "".join("－" if each in "[]:*?/\\" else each for each in name)[:31]


def _parts(tables: Sequence[Table]) -> dict[str, str]:
    names = [sheet_name(each.name) for each in tables]
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name="{legal(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True)
    )
    charts = "".join(
        _DRAWING_TYPE.format(n) + _CHART_TYPE.format(n)
        for n, each in zip(numbers, tables, strict=True)
        if each.plot is not None
    )
    relations = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    relations.append((f"rId{len(names) + 1}", "styles", "styles.xml"))
    return {
        "[Content_Types].xml": _TYPES.format(_KIND, "".join(_SHEET_TYPE.format(n) for n in numbers), charts),
        "_rels/.rels": _RELATIONS.format(_RELATION.format("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f"<workbook {_MAIN} {_R}><sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _RELATIONS.format("".join(_RELATION.format(*each) for each in relations)),
        "xl/styles.xml": _STYLES,
    }


def _opening(widths: Sequence[int]) -> str:
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, start=1)
    )
    shown = f"<cols>{columns}</cols>" if columns else ""
    views = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    return f"<worksheet {_MAIN}>{_FITTED}{views}{shown}<sheetData>"


def _row(number: int, cells: Sequence[Cell], *, style: int) -> str:
    filled = "".join(_cell(f"{_column(at)}{number}", each, style) for at, each in enumerate(cells))
    return f'<row r="{number}">{filled}</row>'


def _cell(place: str, value: Cell, style: int) -> str:
    if value == "":
        return ""
    if isinstance(value, str):
        text = f'<is><t xml:space="preserve">{_text(value)}</t></is>'
        return f'<c r="{place}" s="{style}" t="inlineStr">{text}</c>'
    return f'<c r="{place}" s="{3 if isinstance(value, float) else 0}"><v>{value}</v></c>'


def _text(text: str) -> str:
    return legal(text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(_CUT)] + _CUT)


def _column(at: int) -> str:
    return (_column(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)


def _xml(text: str) -> bytes:
    return ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text).encode()
