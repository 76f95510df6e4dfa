"""Writes forms to be printed (docx, Office Open XML): one form a page, each a title over a table of two columns."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from handlers.xlsx import legal

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_LABEL, _VALUE = 2000, 7200  # widths in twentieths of a point; together what A4 leaves between its margins
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
_EDGES = "".join(f'<w:{side} w:val="single" w:sz="4"/>' for side in _SIDES)
_TABLE = (
    f'<w:tblPr><w:tblW w:w="{_LABEL + _VALUE}" w:type="dxa"/><w:tblBorders>{_EDGES}</w:tblBorders>'
    f'<w:tblLayout w:type="fixed"/></w:tblPr>'
    f'<w:tblGrid><w:gridCol w:w="{_LABEL}"/><w:gridCol w:w="{_VALUE}"/></w:tblGrid>'
)
_SECTION = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1134" w:right="1304" w:bottom="1134" w:left="1304" '
    'w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
)
_FONT = '<w:rFonts w:ascii="宋体" w:hAnsi="宋体" w:eastAsia="宋体"/>'


@dataclass(frozen=True)
class Form:
    """One page: what stands over the table, and its lines (name, what is filled in)."""

    title: str
    under_title: str
    lines: Sequence[tuple[str, str]]


def write_docx(path: Path, forms: Iterable[Form]) -> int:
    """How many forms were written; the file is complete when this returns."""
    n_forms = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _xml(_TYPES))
        package.writestr("_rels/.rels", _xml(_RELATIONS))
        with package.open("word/document.xml", "w", force_zip64=True) as document:
            document.write(_xml(f"<w:document {_W}><w:body>"))
            for form in forms:
                document.write(_page(form, is_first=n_forms == 0).encode())
                n_forms += 1
            # Word wants a paragraph after a table; a tiny one starts no new page.
            document.write((_paragraph("", font='<w:sz w:val="2"/>') + f"{_SECTION}</w:body></w:document>").encode())
    return n_forms


def _page(form: Form, *, is_first: bool) -> str:
    start = "" if is_first else "<w:pageBreakBefore/>"
    title = _paragraph(form.title, f'<w:pPr>{start}<w:jc w:val="center"/></w:pPr>', '<w:b/><w:sz w:val="32"/>')
    under = _paragraph(form.under_title, '<w:pPr><w:jc w:val="right"/></w:pPr>')
    lines = "".join(
        f'<w:tr><w:trPr><w:cantSplit w:val="0"/></w:trPr>{_cell(name, _LABEL, "<w:b/>")}{_cell(value, _VALUE)}</w:tr>'
        for name, value in form.lines
    )
    return f"{title}{under}<w:tbl>{_TABLE}{lines}</w:tbl>"


def _cell(text: str, width: int, font: str = "") -> str:
    inside = "".join(_paragraph(each, "", font) for each in (text.splitlines() or [""]))
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inside}</w:tc>'


def _paragraph(text: str, properties: str = "", font: str = "") -> str:
    shown = f"<w:rPr>{_FONT}{font}</w:rPr>"
    return f'<w:p>{properties}<w:r>{shown}<w:t xml:space="preserve">{legal(text)}</w:t></w:r></w:p>'


def _xml(text: str) -> bytes:
    return ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text).encode()
