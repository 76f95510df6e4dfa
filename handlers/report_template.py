"""Templates of reports (报告模板): a text file each, shipped in ``report_templates/``; one of the same name in the
instance's ``report_templates/`` stands for it.

``#`` begins the title, ``##`` and ``###`` headings, every other line is a paragraph. ``{{咨询}}`` is filled in; a table
stands on a line of its own. What nobody knows is refused with its line and what there is: a report with a hole in it
must not be handed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from handlers.paper import Grid, Heading, Line, Piece

SHIPPED = Path(__file__).parent / "report_templates"
FOLDER = "report_templates"  # in the instance
LARGEST = 200_000  # bytes
_HOLE = re.compile(r"\{\{\s*([^{}\n]*?)\s*\}\}")
_HEADING = re.compile(r"(#{1,3})\s+(.*)")


class TemplateError(Exception):
    """A template that can't be used as it is; `problems` are sentences with file, line and cure."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Template:
    """A template as it was read."""

    name: str
    text: str


@dataclass(frozen=True)
class Content:
    """What can be filled in, by the names a template has for it: words within a line; tables, lists and
    what consists of several pieces on their own.
    """

    words: Mapping[str, str]
    blocks: Mapping[str, Grid | tuple[str | Piece, ...]]


def read_template(home: Path, key: str) -> Template:
    """The instance's own template, or the shipped one.

    Raises:
        TemplateError: It is no text, or larger than anybody writes.
    """
    own = home / FOLDER / f"{key}.md"
    path = own if own.exists() else SHIPPED / f"{key}.md"
    try:
        content = path.read_bytes()
        text = content[:LARGEST].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TemplateError((f"{path.name} 不是 UTF-8 编码：请用 UTF-8 重新保存。",)) from None
    except OSError as error:
        raise TemplateError((f"{path.name} 无法读取（{error.strerror}）：请检查文件权限。",)) from error
    if len(content) > LARGEST or not text.strip():
        raise TemplateError((f"{path.name} 是空的，或者超过 {LARGEST // 1000} KB：请检查，或删除它改用自带的模板。",))
    return Template(path.name, text.replace("\r\n", "\n"))


def fill(template: Template, content: Content) -> list[Piece]:
    """The report.

    Raises:
        TemplateError: Something in it is not known; every fault with its line.
    """
    pieces: list[Piece] = []
    problems: list[str] = []
    for number, line in enumerate(template.text.split("\n"), start=1):
        faults = list(_faults(line.strip(), content))
        problems += [f"{template.name} 第 {number} 行：{each}" for each in faults]
        if line.strip() and not faults:
            pieces += _pieces(line.strip(), content)
    if problems:
        raise TemplateError(tuple(problems))
    return pieces


def _faults(line: str, content: Content) -> Iterator[str]:
    rest = _HOLE.sub("", line)
    for name in _HOLE.findall(line):
        if name in content.blocks and rest:
            yield f"{{{{{name}}}}} 是表格或清单，请让它独占一行。"
        elif name not in content.words and name not in content.blocks:
            yield f"没有名为 {name or '（空白）'} 的内容；可用的有：{'、'.join((*content.words, *content.blocks))}。"
    if "{{" in rest or "}}" in rest:
        yield "花括号没有成对：请写成 {{咨询}} 的样子。"


def _pieces(line: str, content: Content) -> Iterator[Piece]:
    alone = _HOLE.fullmatch(line)
    if alone and alone[1] in content.blocks:
        block = content.blocks[alone[1]]
        yield from (
            [block] if isinstance(block, Grid) else (Line(each) if isinstance(each, str) else each for each in block)
        )
        return
    # Filled in at once: what people wrote may hold braces too.
    filled = _HOLE.sub(lambda found: content.words[found[1]], line)
    heading = _HEADING.fullmatch(line)
    if heading:
        level = len(heading[1]) - 1
        yield Heading(_HEADING.sub(r"\2", filled) if "\n" not in filled else filled.lstrip("# "), level)
    elif filled.strip():
        yield Line(filled)
