"""Writes documents to be printed (docx, Office Open XML): headings, paragraphs, tables with marked words; forms, one a
page, each a title over a table of two columns.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from handlers.charts import GRAPHIC, NAMESPACES, RELATION, RELATIONSHIPS, TYPE, Chart, chart_part
from handlers.xml_text import legal

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>'
    '<Override PartName="/word/footer.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>{}</Types>'
)
_CHART_TYPE = f'<Override PartName="/word/charts/chart{{}}.xml" ContentType="{TYPE}"/>'
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_TO_PARTS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="styles" Type="{RELATIONSHIPS}/styles" Target="styles.xml"/>'
    f'<Relationship Id="footer" Type="{RELATIONSHIPS}/footer" Target="footer.xml"/>{{}}</Relationships>'
)
_TO_CHART = f'<Relationship Id="chart{{0}}" Type="{RELATION}" Target="charts/chart{{0}}.xml"/>'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_WP = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
FULL_WIDTH = 9200  # twentieths of a point; what A4 leaves between its margins
LONGEST_WHOLE = 240  # characters of a cell whose row is not torn
_EMU = 635  # the unit of drawings, in a twentieth of a point
_LABEL = 2000  # width of a form's first column
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
_EDGES = "".join(f'<w:{side} w:val="single" w:sz="4"/>' for side in _SIDES)
_SECTION = (
    f'<w:sectPr><w:footerReference xmlns:r="{RELATIONSHIPS}" w:type="default" r:id="footer"/>'
    '<w:pgSz w:w="{}" w:h="{}"/>'
    '<w:pgMar w:top="1134" w:right="1304" w:bottom="1134" w:left="1304" '
    'w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
)
Paper = Literal["A4", "A3"]
PAPERS: dict[Paper, tuple[int, int]] = {"A4": (11906, 16838), "A3": (16838, 23811)}  # twentieths of a point
_MEASURE = re.compile(r'(<w:sz w:val=|w:(?:after|top|right|bottom|left)=|w:pos=)"(\d+)"')
_AIRY = '<w:pPr><w:spacing w:after="80" w:line="300" w:lineRule="auto"/></w:pPr>'  # between the lines of a text
_CLOSE = '<w:pPr><w:spacing w:after="40" w:line="252" w:lineRule="auto"/></w:pPr>'  # a poster is one page
_HEAD = '<w:shd w:val="clear" w:color="auto" w:fill="EDEFF2"/><w:vAlign w:val="center"/>'
_ROOM = '<w:tblCellMar><w:top w:w="50" w:type="dxa"/><w:bottom w:w="50" w:type="dxa"/></w:tblCellMar>'
_LITTLE_ROOM = (
    '<w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="50" w:type="dxa"/>'
    '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="50" w:type="dxa"/></w:tblCellMar>'
)
_RIGHT = '<w:jc w:val="right"/>'
_FONT = '<w:rFonts w:ascii="宋体" w:hAnsi="宋体" w:eastAsia="宋体"/>'
# Where 宋体 is not installed, the language decides what stands in: without one, Japanese shapes of characters do.
_STYLES = (
    f'<w:styles {_W}><w:docDefaults><w:rPrDefault><w:rPr>{_FONT}<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
    "</w:rPrDefault></w:docDefaults></w:styles>"
)
_SMALL = '<w:sz w:val="18"/>'
_FIELD = f'<w:fldSimple w:instr=" {{}} "><w:r><w:rPr>{_FONT}{_SMALL}</w:rPr><w:t>1</w:t></w:r></w:fldSimple>'


Look = Literal["plain", "bold", "large", "small", "removed", "added"]
_LOOKS: dict[Look, str] = {
    "plain": "",
    "bold": "<w:b/>",
    "large": '<w:sz w:val="28"/>',
    "small": _SMALL,
    "removed": '<w:strike/><w:color w:val="C00000"/>',
    "added": '<w:u w:val="single"/><w:color w:val="0055A5"/>',
}
_HEADING_SIZES = (36, 30, 26, 24)  # half points, from the title of a document down


@dataclass(frozen=True)
class Words:
    """Words that look alike. A line break in the text begins a new line."""

    text: str
    look: Look = "plain"


@dataclass(frozen=True)
class Layout:
    """How a table is set: the columns whose cells stand at the right; in smaller letters, closer to the lines (for many
    columns); whole on one page (for few rows).
    """

    numbers: Collection[int] = ()
    is_small: bool = False
    is_whole: bool = False

    def side(self, column: int, *, is_kept: bool) -> str:
        """How the paragraphs of a cell stand; kept ones stay on the page of what follows."""
        kept, right = "<w:keepNext/>" if is_kept else "", _RIGHT if column in self.numbers else ""
        return f"<w:pPr>{kept}{right}</w:pPr>" if kept or right else ""


@dataclass(frozen=True)
class Form:
    """One page: what stands over the table, and its lines (name, what is filled in)."""

    title: str
    under_title: str
    lines: Sequence[tuple[str, str]]


def write_docx(path: Path, forms: Iterable[Form]) -> int:
    """How many forms were written; the file is complete when this returns."""
    n_forms = 0

    def pages() -> Iterator[str]:
        nonlocal n_forms
        for form in forms:
            yield _page(form, is_first=n_forms == 0)
            n_forms += 1

    write_document(path, pages())
    return n_forms


def write_document(path: Path, parts: Iterable[str | Chart], paper: Paper = "A4") -> None:
    """Write what `heading`, `paragraph` and `table` give, and charts; the file is complete when this returns.

    On A3, paragraphs and headings (not tables and charts) are larger in proportion: a page stays a page.
    """
    charts: list[Chart] = []
    times = PAPERS[paper][0] / PAPERS["A4"][0]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("_rels/.rels", _xml(_RELATIONS))
        with package.open("word/document.xml", "w", force_zip64=True) as document:
            document.write(_xml(f"<w:document {_W}><w:body>"))
            for part in parts:
                if isinstance(part, Chart):
                    charts.append(part)
                    document.write(_place(part, len(charts)).encode())
                else:
                    document.write(_scaled(part, times).encode())
            # Word wants a paragraph after a table; a tiny one starts no new page.
            section = _scaled(_SECTION.format(*PAPERS[paper]), times)
            document.write((_paragraph("", font='<w:sz w:val="2"/>') + f"{section}</w:body></w:document>").encode())
        numbers = range(1, len(charts) + 1)
        for number, chart in zip(numbers, charts, strict=True):
            package.writestr(f"word/charts/chart{number}.xml", _xml(chart_part(chart)))
        package.writestr(
            "word/_rels/document.xml.rels", _xml(_TO_PARTS.format("".join(map(_TO_CHART.format, numbers))))
        )
        package.writestr("word/styles.xml", _xml(_STYLES))
        package.writestr("word/footer.xml", _xml(_footer()))
        package.writestr("[Content_Types].xml", _xml(_TYPES.format("".join(map(_CHART_TYPE.format, numbers)))))


def _scaled(part: str, times: float) -> str:
    return part if times == 1 else _MEASURE.sub(lambda found: f'{found[1]}"{round(int(found[2]) * times)}"', part)


def _footer() -> str:
    """Which page it is, of how many."""
    parts = (
        _run("第 ", _SMALL),
        _FIELD.format("PAGE"),
        _run(" 页，共 ", _SMALL),
        _FIELD.format("NUMPAGES"),
        _run(" 页", _SMALL),
    )
    return f'<w:ftr {_W}><w:p><w:pPr><w:jc w:val="center"/></w:pPr>{"".join(parts)}</w:p></w:ftr>'


def _place(chart: Chart, number: int) -> str:
    """The paragraph a chart stands in: as wide as a table, higher the more names it has."""
    n_lines = len(chart.categories) if chart.kind == "bar" else 8
    width, height = FULL_WIDTH * _EMU, (1500 + 420 * min(max(n_lines, 4), 22)) * _EMU
    name = f'<wp:docPr id="{number}" name="chart{number}" descr="{legal(chart.said)}"/>'
    inside = f'<a:graphic><a:graphicData uri="{GRAPHIC}"><c:chart r:id="chart{number}"/></a:graphicData></a:graphic>'
    frame = f'<wp:inline {_WP} {NAMESPACES}><wp:extent cx="{width}" cy="{height}"/>{name}{inside}</wp:inline>'
    room = '<w:pPr><w:keepNext/><w:spacing w:before="120" w:after="120"/></w:pPr>'
    return f"<w:p>{room}<w:r><w:drawing>{frame}</w:drawing></w:r></w:p>"


def heading(text: str, level: int = 0, *, is_on_new_page: bool = False, bookmark: str = "") -> str:
    """A heading; level 0 is the title in the middle, 1–3 go into the outline (导航窗格). A bookmark is a Latin name."""
    place = '<w:jc w:val="center"/>' if level == 0 else f'<w:outlineLvl w:val="{level - 1}"/>'
    start = "<w:pageBreakBefore/>" if is_on_new_page else ""
    size = f'<w:b/><w:sz w:val="{_HEADING_SIZES[level]}"/>'
    properties = f'<w:pPr><w:keepNext/>{start}<w:spacing w:before="120" w:after="120"/>{place}</w:pPr>'
    if not bookmark:
        return _paragraph(text, properties, size)
    number = zlib.crc32(bookmark.encode()) >> 1  # Word wants a number for each name, and keeps it in a signed integer
    mark = f'<w:bookmarkStart w:id="{number}" w:name="{bookmark}"/>{_run(text, size)}<w:bookmarkEnd w:id="{number}"/>'
    return f"<w:p>{properties}{mark}</w:p>"


def contents_line(text: str, bookmark: str) -> str:
    """A line of the contents: leads to the bookmark, with its page behind dots, which Word fills in when it opens."""
    tabs = f'<w:pPr><w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{FULL_WIDTH}"/></w:tabs></w:pPr>'
    page = f'<w:fldSimple w:instr=" PAGEREF {bookmark} \\h " w:dirty="true">{_run("", "")}</w:fldSimple>'
    return (
        f'<w:p>{tabs}<w:hyperlink w:anchor="{bookmark}">{_run(text, "")}<w:r><w:tab/></w:r>{page}</w:hyperlink></w:p>'
    )


def paragraph(*words: Words) -> str:
    """One paragraph of words that may look different."""
    room = _CLOSE if any(each.look == "large" for each in words) else _AIRY
    return f"<w:p>{room}{_runs(words)}</w:p>"


def table(
    widths: Sequence[int],
    head: Sequence[str],
    rows: Iterable[Sequence[Sequence[Words]]],
    layout: Layout | None = None,
) -> str:
    """A table whose head is repeated on every page, of whose rows only long ones are torn; cells are words.

    Args:
        widths: Of the columns, in twentieths of a point; together at most `FULL_WIDTH`.
        head: The names of the columns.
        rows: One cell a column.
        layout: How it is set; plainly unless said otherwise.
    """
    layout, every = layout or Layout(), list(rows)
    lines = [
        "".join(
            _cell(cell, width, "", layout.side(at, is_kept=layout.is_whole and n < len(every)))
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        for n, cells in enumerate(every, start=1)
    ]
    top = "".join(
        _cell([Words(name, "bold")], width, _HEAD, layout.side(at, is_kept=True))
        for at, (name, width) in enumerate(zip(head, widths, strict=True))
    )
    whole = ["" if _is_long(cells) else "<w:trPr><w:cantSplit/></w:trPr>" for cells in every]
    body = "".join(f"<w:tr>{kept}{line}</w:tr>" for kept, line in zip(whole, lines, strict=True))
    first = f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{top}</w:tr>"
    return f"<w:tbl>{_shape(widths, _LITTLE_ROOM if layout.is_small else _ROOM)}{first}{body}</w:tbl>"


def _is_long(cells: Iterable[Sequence[Words]]) -> bool:
    """Whether a row is so high that a page would stay half empty for it."""
    return any(sum(len(each.text) for each in cell) > LONGEST_WHOLE for cell in cells)


def _page(form: Form, *, is_first: bool) -> str:
    start = "" if is_first else "<w:pageBreakBefore/>"
    title = _paragraph(form.title, f'<w:pPr>{start}<w:jc w:val="center"/></w:pPr>', '<w:b/><w:sz w:val="32"/>')
    under = _paragraph(form.under_title, '<w:pPr><w:jc w:val="right"/></w:pPr>')
    widths = (_LABEL, FULL_WIDTH - _LABEL)
    lines = "".join(
        f"<w:tr>{_cell([Words(name, 'bold')], widths[0])}{_cell([Words(value)], widths[1])}</w:tr>"
        for name, value in form.lines
    )
    return f"{title}{under}<w:tbl>{_shape(widths)}{lines}</w:tbl>"


def _shape(widths: Sequence[int], room: str = "") -> str:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{_EDGES}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/>{room}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
    )


def _cell(words: Sequence[Words], width: int, look: str = "", side: str = "") -> str:
    """A cell with one paragraph a line of its words."""
    lines: list[list[Words]] = [[]]
    for each in words:
        first, *more = each.text.split("\n")
        lines[-1].append(Words(first, each.look))
        lines += [[Words(text, each.look)] for text in more]
    inside = "".join(f"<w:p>{side}{_runs(line)}</w:p>" for line in lines)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{look}</w:tcPr>{inside}</w:tc>'


def _runs(words: Iterable[Words]) -> str:
    return "".join(_run(each.text, _LOOKS[each.look]) for each in words)


def _paragraph(text: str, properties: str = "", font: str = "") -> str:
    return f"<w:p>{properties}{_run(text, font)}</w:p>"


def _run(text: str, font: str) -> str:
    return f'<w:r><w:rPr>{_FONT}{font}</w:rPr><w:t xml:space="preserve">{legal(text)}</w:t></w:r>'


def _xml(text: str) -> bytes:
    return ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text).encode()
