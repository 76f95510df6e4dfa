"""Word files: paragraphs and table rows in order, with Word's automatic numbering (第%1条) spelled out."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from policies.numerals import to_chinese
from policies.readers.package import LARGEST_UNPACKED
from policies.readers.worker import Reading

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHINESE = {
    "chineseCounting",
    "chineseCountingThousand",
    "japaneseCounting",
    "ideographDigital",
    "taiwaneseCountingThousand",
}
_SPELL: dict[str, Callable[[int], str]] = dict.fromkeys(_CHINESE, to_chinese) | {
    "decimalEnclosedCircle": lambda value: chr(0x245F + value) if value <= 20 else str(value),
    "lowerLetter": lambda value: chr(96 + (value - 1) % 26 + 1),
    "upperLetter": lambda value: chr(64 + (value - 1) % 26 + 1),
}


@dataclass
class _Numbering:
    """Word's lists: which abstract list a paragraph's number id means, its levels, and how far each has counted."""

    lists: dict[str, str] = field(default_factory=dict)
    levels: dict[tuple[str, int], tuple[int, str, str]] = field(default_factory=dict)
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)
    continuing: set[tuple[str, int]] = field(default_factory=set)  # levels that count on across their parents
    counts: defaultdict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def label(self, list_id: str, level: int) -> str:
        """The next number printed at that level of the list; "" for bullets and unknown lists."""
        abstract = self.lists.get(list_id, "")
        if (abstract, level) not in self.levels:
            return ""
        counts = self.counts[abstract]
        start, kind, pattern = self.levels[abstract, level]
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [each for each in counts if each > level and (abstract, each) not in self.continuing]:
            del counts[deeper]
        if kind in {"bullet", "none"}:
            return ""
        for each in range(level + 1):
            begin, spelling, _ = self.levels.get((abstract, each), (1, "decimal", ""))
            pattern = pattern.replace(f"%{each + 1}", _SPELL.get(spelling, str)(counts.get(each, begin)))
        return pattern


def read_docx(content: bytes) -> Reading:
    """The text of a Word file, one line per paragraph; a table row becomes one line of its cells."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: _part(package, name) for name in ("document", "numbering", "styles")}
    if any(part is not None and b"<!DOCTYPE" in part[:2000] for part in parts.values()):
        return Reading(
            refused="Word 文件里有不允许的外部定义（DOCTYPE），为安全已拒绝；请用 Word 打开后另存一份再导入。"
        )
    numbering = _numbering(_tree(parts["numbering"]), _tree(parts["styles"]))
    body = _tree(parts["document"]).find(f"{_W}body")
    lines = [] if body is None else _lines(body, numbering)
    return (
        Reading(text="\n".join(lines))
        if any(lines)
        else Reading(refused="Word 文件里没有文字（可能只有图片）；请先做文字识别再导入。")
    )


def _part(package: zipfile.ZipFile, name: str) -> bytes | None:
    path = f"word/{name}.xml"
    if path not in package.namelist():
        return None
    with package.open(path) as part:
        return part.read(LARGEST_UNPACKED)  # the directory may lie about sizes


def _tree(part: bytes | None) -> Any:  # noqa: ANN401  lxml has no types of its own
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(part or b"<none/>", parser)


def _lines(body: Any, numbering: _Numbering) -> list[str]:  # noqa: ANN401
    lines = []
    for element in body:
        if element.tag == f"{_W}tbl":
            lines += [
                "\t".join(_cell(cell, numbering) for cell in row.iter(f"{_W}tc")) for row in element.iter(f"{_W}tr")
            ]
        elif element.tag == f"{_W}sdt":
            lines += [line for content in element.iter(f"{_W}sdtContent") for line in _lines(content, numbering)]
        elif element.tag == f"{_W}p":
            lines += _paragraph(element, numbering).split("\n")
    return [line.strip() for line in lines if line.strip()]


def _cell(cell: Any, numbering: _Numbering) -> str:  # noqa: ANN401
    return " ".join(filter(None, (_paragraph(each, numbering).replace("\n", " ") for each in cell.iter(f"{_W}p"))))


def _paragraph(paragraph: Any, numbering: _Numbering) -> str:  # noqa: ANN401
    words = []
    for element in paragraph.iter(f"{_W}t", f"{_W}br", f"{_W}tab", f"{_W}cr"):
        if element.tag == f"{_W}t":
            words.append(element.text or "")
        else:
            words.append(" " if element.tag == f"{_W}tab" else "\n")
    text = "".join(words)
    label = _label(paragraph, numbering) if text.strip() else ""
    return f"{label} {text}" if label.endswith(("条", "章", "节", "编")) else label + text


def _label(paragraph: Any, numbering: _Numbering) -> str:  # noqa: ANN401
    list_id = _value(paragraph.find(f"{_W}pPr/{_W}numPr/{_W}numId"))
    level = _value(paragraph.find(f"{_W}pPr/{_W}numPr/{_W}ilvl"))
    style = _value(paragraph.find(f"{_W}pPr/{_W}pStyle"))
    if not list_id and style in numbering.styles:
        list_id, styled = numbering.styles[style]
        level = level or str(styled)
    return numbering.label(list_id, int(level or 0)) if list_id and list_id != "0" else ""


def _numbering(lists: Any, styles: Any) -> _Numbering:  # noqa: ANN401
    found = _Numbering()
    for each in lists.iter(f"{_W}num"):
        found.lists[each.get(f"{_W}numId", "")] = _value(each.find(f"{_W}abstractNumId"))
    for abstract in lists.iter(f"{_W}abstractNum"):
        for level in abstract.iter(f"{_W}lvl"):
            place = (abstract.get(f"{_W}abstractNumId", ""), int(level.get(f"{_W}ilvl", "0")))
            start = int(_value(level.find(f"{_W}start")) or 1)
            if _value(level.find(f"{_W}lvlRestart")) == "0":
                found.continuing.add(place)
            found.levels[place] = (start, _value(level.find(f"{_W}numFmt")), _value(level.find(f"{_W}lvlText")))
    for style in styles.iter(f"{_W}style"):
        if list_id := _value(style.find(f"{_W}pPr/{_W}numPr/{_W}numId")):
            level_text = _value(style.find(f"{_W}pPr/{_W}numPr/{_W}ilvl"))
            found.styles[style.get(f"{_W}styleId", "")] = (list_id, int(level_text or 0))
    return found


def _value(element: Any) -> str:  # noqa: ANN401
    return "" if element is None else str(element.get(f"{_W}val", ""))
