"""PowerPoint files: slides in order, the title first, then texts and tables; notes and hidden slides are listed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from policies.readers.parts import alternatives, related, tree_of
from policies.readers.worker import Reading

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DECK = "ppt/presentation.xml"
_FURNITURE = {"sldNum", "dt", "ftr", "hdr"}  # page numbers, dates, footers: on every slide, part of none
_TITLES = {"title", "ctrTitle"}


def read_pptx(content: bytes) -> Reading:
    """The text of a presentation; a slide's title becomes a heading."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        paths, reading, lines = related(package, _DECK), Reading(), []
        for number, entry in enumerate(tree_of(package, _DECK).iter(f"{_P}sldId"), start=1):
            path = paths.get(entry.get(f"{_R}id", ""), "")
            slide = tree_of(package, path)
            shown = list(_slide_lines(slide, reading))
            if slide.get("show") in ("0", "false"):
                reading.dropped.append((f"隐藏的第 {number} 页", "\n".join(shown)))
            else:
                lines += shown
            for other in related(package, path).values():
                _leave_out(reading, number, other, tree_of(package, other) if other.endswith(".xml") else ())
    if not lines:
        return Reading(refused="演示文稿里没有文字（可能只有图片）；请先做文字识别再导入。")
    reading.text = "\n".join([lines[0].replace("## ", "# ", 1), *lines[1:]])  # the first title is the document's
    return reading


def _leave_out(reading: Reading, number: int, path: str, part: Any) -> None:  # noqa: ANN401  lxml has no types of its own
    """Speaker's notes, comments and the words of drawn diagrams."""
    wheres = {"ppt/notesSlides": "备注", "ppt/comments": "批注", "ppt/diagrams/data": "图示"}
    where = next((name for start, name in wheres.items() if path.startswith(start)), "")
    words = "\n".join(filter(None, (_words(each) for each in _paragraphs(part)))) if where else ""
    if words:
        reading.dropped.append((f"第 {number} 页的{where}", words))


def _paragraphs(part: Any) -> Iterator[Any]:  # noqa: ANN401
    """The paragraphs of notes, without the page number in them; old comments keep plain text."""
    for shape in part.iter(f"{_P}sp"):
        if _placeholder(shape) not in _FURNITURE:
            yield from shape.iter(f"{_A}p")
    if next(part.iter(f"{_P}sp"), None) is None:
        yield from part.iter(f"{_A}p", f"{_P}text")


def _slide_lines(slide: Any, reading: Reading) -> Iterator[str]:  # noqa: ANN401
    tree = slide.find(f"{_P}cSld/{_P}spTree")
    shapes = list(_shapes(tree)) if tree is not None else []
    for shape in sorted(shapes, key=lambda each: _placeholder(each) not in _TITLES):
        kind, lines = _placeholder(shape), _shape_lines(shape)
        if kind in _FURNITURE:
            if lines and ("页脚", lines[0]) not in reading.dropped:
                reading.dropped.append(("页脚", lines[0]))
        elif kind in _TITLES and lines:
            yield "## " + " ".join(lines)
        else:
            yield from lines


def _shapes(group: Any) -> Iterator[Any]:  # noqa: ANN401
    """Shapes and tables, those inside groups too, in the order they are drawn."""
    for element in alternatives(group):
        if element.tag == f"{_P}grpSp":
            yield from _shapes(element)
        elif element.tag in (f"{_P}sp", f"{_P}graphicFrame", f"{_P}cxnSp"):
            yield element


def _placeholder(shape: Any) -> str:  # noqa: ANN401
    mark = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return "" if mark is None else str(mark.get("type", ""))


def _shape_lines(shape: Any) -> list[str]:  # noqa: ANN401
    rows = list(shape.iter(f"{_A}tr"))
    if rows:
        lines = [
            "\t".join(" ".join(map(_words, cell.iter(f"{_A}p"))).strip() for cell in row.iter(f"{_A}tc"))
            for row in rows
        ]
    else:
        lines = [_words(each) for each in shape.iter(f"{_A}p")]
    return [line.strip() for line in lines if line.strip()]


def _words(paragraph: Any) -> str:  # noqa: ANN401
    pieces = (
        " " if each.tag == f"{_A}br" else each.text or "" for each in paragraph.iter(f"{_A}t", f"{_A}br", f"{_P}text")
    )
    return "".join(pieces)
