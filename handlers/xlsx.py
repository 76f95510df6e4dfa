"""Writes spreadsheets (xlsx, Office Open XML): one table, row by row, texts only.

Every cell is an inline text, so nothing in it is ever run as a formula. What the format can't hold is left out: control
characters, and what is beyond 32,767 characters a cell (the limit of Excel).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

LONGEST_CELL = 32_767
_CONTROLS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, Char
_CUT = "……（过长，已截断）"

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="{0}.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{0}.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="{0}.styles+xml"/></Types>'
).format("application/vnd.openxmlformats-officedocument.spreadsheetml")
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_RELATION = (
    '<Relationship Id="{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
# Style 0 is for nothing, 1 for the head, 2 for texts that wrap.
_STYLES = (
    f"<styleSheet {_MAIN}>"
    '<fonts count="2"><font><sz val="11"/><name val="宋体"/></font>'
    '<font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/>'
    '<xf xfId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write_xlsx(
    path: Path, name: str, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int] = ()
) -> int:
    """How many rows were written below the head, which stays in view.

    Args:
        path: The file; it is complete when this returns.
        name: The table's name, at most 31 characters.
        head: The names of the columns.
        rows: Taken one at a time.
        widths: Of the columns, in characters.
    """
    n_rows = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for part, text in _parts(name).items():
            package.writestr(part, _xml(text))
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_xml(_opening(widths) + _row(1, head, style=1)))
            for row in rows:
                n_rows += 1
                sheet.write(_row(n_rows + 1, row, style=2).encode())
            sheet.write(b"</sheetData></worksheet>")
    return n_rows


def _parts(name: str) -> dict[str, str]:
    sheets = f'<sheets><sheet name="{legal(name)[:31]}" sheetId="1" r:id="rId1"/></sheets>'
    relations = (("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "styles", "styles.xml"))
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(_RELATION.format("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f"<workbook {_MAIN} {_R}>{sheets}</workbook>",
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
    return f"<worksheet {_MAIN}>{views}{shown}<sheetData>"


def _row(number: int, cells: Sequence[str], *, style: int) -> str:
    filled = "".join(
        f'<c r="{_column(at)}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_cell(each)}</t></is></c>'
        for at, each in enumerate(cells)
    )
    return f'<row r="{number}">{filled}</row>'


def _cell(text: str) -> str:
    return legal(text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(_CUT)] + _CUT)


def _column(at: int) -> str:
    return (_column(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)


def _xml(text: str) -> bytes:
    return ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text).encode()


def legal(text: str) -> str:
    """The text as XML may hold it."""
    return escape(_CONTROLS.sub("", text), {'"': "&quot;"})
