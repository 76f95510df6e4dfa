"""Word files as Word prints them: paragraphs and table rows in order, numbering spelled out, tracked changes accepted.

What a page shows beside the text (headers, footers, comments, contents lists, hidden words) is left out and listed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from policies.readers.package import main_part
from policies.readers.parts import alternatives, tree_of
from policies.readers.word_lists import Numbering, W, numbering, value
from policies.readers.worker import Reading

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_WRAPPERS = {
    f"{W}{name}" for name in ("ins", "moveTo", "smartTag", "hyperlink", "fldSimple", "customXml", "dir", "bdo")
}
_DELETED = {f"{W}del", f"{W}moveFrom"}
_CHARACTERS = {
    **{f"{W}{name}": " " for name in ("tab", "ptab")},
    **{f"{W}{name}": "\n" for name in ("br", "cr")},
    f"{W}noBreakHyphen": "-",
}
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_PICTURES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic",
    "{urn:schemas-microsoft-com:vml}imagedata",
)
_SHAPES = {f"{W}drawing", f"{W}pict", f"{W}object"}
_SPACED = ("条", "章", "节", "编")


def read_docx(content: bytes) -> Reading:
    """The text of a Word file, one line per paragraph; a table row becomes one line of its cells."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return _read(package)


def _read(package: zipfile.ZipFile) -> Reading:
    main = main_part(package.namelist(), ".docx")
    folder = main.rpartition("/")[0]
    parts = {
        name: tree_of(package, f"{folder}/{name}.xml") for name in ("numbering", "styles", "footnotes", "endnotes")
    }
    document = tree_of(package, main)
    story = _Story(numbering(parts["numbering"], parts["styles"]), parts)
    body = document.find(f"{W}body")
    lines = [] if body is None else story.lines(body)
    if not any(lines):
        return Reading(refused="Word 文件里没有文字（可能只有图片）；请先做文字识别再导入。")
    for where, pattern in (("页眉", r"header\d*"), ("页脚", r"footer\d*"), ("批注", "comments")):
        for name in package.namelist():
            if re.fullmatch(rf"{re.escape(folder)}/{pattern}\.xml", name):
                story.drop(where, "\n".join(_aside(tree_of(package, name))))
    return Reading("\n".join(lines), problems=_problems(document, package), dropped=story.dropped)


def _aside(part: Any) -> list[str]:  # noqa: ANN401
    """The paragraphs of a part that is left out."""
    lines = ("".join(text.text or "" for text in each.iter(f"{W}t")) for each in part.iter(f"{W}p"))
    return [line for line in lines if line.strip()]


def _problems(document: Any, package: zipfile.ZipFile) -> list[str]:  # noqa: ANN401
    problems = []
    if _has(document, *_DELETED, f"{W}ins", f"{W}moveTo"):
        problems.append("文件里有修订痕迹，已按“接受全部修订”读取；请核对正文是不是定稿。")
    if n_pictures := sum(1 for _ in document.iter(*_PICTURES)):
        problems.append(f"文件里有 {n_pictures} 张图片，图片里的文字没有读取；请核对。")
    if _has(document, f"{W}altChunk"):
        problems.append("文件里嵌有另一份文件，没有读取；请用 Word 打开后另存一份再导入。")
    if any(name.endswith("vbaProject.bin") for name in package.namelist()):
        problems.append("文件带有宏；只读取了文字，宏没有运行。")
    return problems


def _has(document: Any, *tags: str) -> bool:  # noqa: ANN401
    return next(document.iter(*tags), None) is not None


@dataclass
class _Story:
    """The text of a document as it is read; `carried` are words whose paragraph mark is deleted."""

    numbering: Numbering
    notes: dict[str, Any]
    dropped: list[tuple[str, str]] = field(default_factory=list)
    carried: str = ""
    n_notes: int = 0

    def drop(self, where: str, text: str) -> None:
        """List what is left out, once."""
        if text.strip() and (where, text) not in self.dropped:
            self.dropped.append((where, text))

    def lines(self, parent: Any) -> list[str]:  # noqa: ANN401
        """The lines of a body, a cell, a text box or a note."""
        lines: list[str] = []
        for element in _children(parent):
            if element.tag == f"{W}tbl":
                lines += self._table(element)
            elif element.tag == f"{W}p":
                lines += self._paragraph(element)
        return [line.strip() for line in lines if line.strip()]

    def _table(self, table: Any) -> list[str]:  # noqa: ANN401
        """A row is one line; a row with a single cell is a frame around paragraphs."""
        lines: list[str] = []
        for row in _children(table):
            if row.tag != f"{W}tr" or row.find(f"{W}trPr/{W}del") is not None:
                continue
            cells = [self.lines(cell) for cell in _children(row) if cell.tag == f"{W}tc"]
            lines += cells[0] if len(cells) == 1 else ["\t".join(" ".join(cell) for cell in cells)]
        return lines

    def _paragraph(self, paragraph: Any) -> list[str]:  # noqa: ANN401
        after: list[str] = []
        text = "".join(self._words(paragraph, after))
        if re.match(r"toc( \d|$)", self.numbering.style_name(paragraph)):
            self.drop("目录", text)
            return []
        if paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None:
            self.carried += text  # its end was deleted: the words stand at the start of the next paragraph
            return after
        label = self.numbering.label(paragraph)
        text, self.carried = self.carried + text, ""
        return [*(f"{label} {text}" if label.endswith(_SPACED) else label + text).split("\n"), *after]

    def _words(self, parent: Any, after: list[str]) -> Iterator[str]:  # noqa: ANN401
        """The words of a paragraph; the lines of notes and text boxes that hang on it are put into `after`."""
        for element in _children(parent):
            if element.tag == f"{W}r":
                if _is_hidden(element):
                    self.drop("隐藏文字", "".join(text.text or "" for text in element.iter(f"{W}t")))
                else:
                    yield from self._run(element, after)
            elif element.tag.startswith(_M):
                yield "".join(text.text or "" for text in element.iter(f"{_M}t"))

    def _run(self, run: Any, after: list[str]) -> Iterator[str]:  # noqa: ANN401
        for element in _children(run):
            tag = element.tag
            if tag == f"{W}t":
                yield element.text or ""
            elif tag == f"{W}sym":
                yield _symbol(element)
            elif tag == f"{W}ruby":
                for base in element.iter(f"{W}rubyBase"):
                    yield from self._words(base, after)
            elif tag in _NOTES:
                after += self._note(_NOTES[tag], element.get(f"{W}id", ""))
            elif tag in _SHAPES:
                after += [line for box in _boxes(element) for line in self.lines(box)]
            else:
                yield _CHARACTERS.get(tag, "")

    def _note(self, part: str, note_id: str) -> list[str]:
        note = next((each for each in self.notes[part] if each.get(f"{W}id") == note_id), None)
        lines = self.lines(note) if note is not None else []
        self.n_notes += bool(lines)
        return [f"注{self.n_notes}：{' '.join(lines)}"] if lines else []


def _children(parent: Any) -> Iterator[Any]:  # noqa: ANN401
    """What a reader meets inside an element: wrappers opened, deletions passed over, one of two alternatives."""
    for element in alternatives(parent):
        if not isinstance(element.tag, str) or element.tag in _DELETED:
            continue
        if element.tag in _WRAPPERS:
            yield from _children(element)
        elif element.tag == f"{W}sdt":
            for content in element.iterchildren(f"{W}sdtContent"):
                yield from _children(content)
        else:
            yield element


def _boxes(shape: Any) -> Iterator[Any]:  # noqa: ANN401
    """The outermost text boxes of a drawing."""
    for element in _children(shape):
        if element.tag == f"{W}txbxContent":
            yield element
        else:
            yield from _boxes(element)


def _is_hidden(run: Any) -> bool:  # noqa: ANN401
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and value(mark) not in ("0", "false", "off")


def _symbol(symbol: Any) -> str:  # noqa: ANN401
    """A sign of a symbol font: mostly a box to tick; private code points say nothing without their font."""
    code = symbol.get(f"{W}char", "")
    sign = chr(int(code, 16)) if re.fullmatch(r"[0-9A-Fa-f]{4}", code) else "□"
    return "□" if 0xE000 <= ord(sign) <= 0xF8FF or not sign.isprintable() else sign
