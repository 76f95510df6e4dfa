"""PDF files with a text layer: pages in order, without page numbers and running heads, broken lines joined again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from policies.layout import marker
from policies.readers.worker import Reading

MOST_PAGES = 2000
_NEARLY_NOTHING = 10  # characters of a page that is a scan or blank: its number, a stamp
_TEXT = 1  # FPDF_PAGEOBJ_TEXT
_NAMED = 8  # pages without text in a hint
_NEW = re.compile(
    r"第\s?[零〇一二两三四五六七八九十百千\d]{1,9}\s?[条章节编]|附\s?[则件]|[（(].{0,40}(?:通过|公布|施行|修正|修订)"
)
_PAGE_NUMBER = re.compile(r"[-—–－·\s]*\d{1,4}[-—–－·\s]*|第\s*\d+\s*页.{0,12}")
_NUMBERS = re.compile(r"\d+")
_DATED = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")


def read_pdf(content: bytes) -> Reading:
    """The text layer of a PDF; scans, locked, broken and endless files are refused."""
    import pypdfium2  # type: ignore[import-untyped]  # it ships no types

    if b"%%EOF" not in content[-2048:]:
        return Reading(refused="PDF 文件不完整（可能没有下载完）；请重新下载后再导入。")
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            return Reading(refused="PDF 文件加了密码；请去掉密码后再导入。")
        return Reading(refused="PDF 文件已损坏；请重新导出后再导入。")
    if len(document) > MOST_PAGES:
        return Reading(refused=f"PDF 有 {len(document)} 页，超过 {MOST_PAGES} 页；请拆分，只导入需要的部分。")
    pages = texts_of(document)
    reading = reading_of(pages)
    if not reading.refused:
        reading.pictures = [number for number in range(1, len(pages) + 1) if number not in printed(document, pages)]
    return reading


def texts_of(document: Any) -> list[str]:  # noqa: ANN401  pypdfium2 has no types
    """The text layer of each page."""
    return [document[number].get_textpage().get_text_bounded() for number in range(len(document))]


def printed(document: Any, pages: Sequence[str]) -> dict[int, str]:  # noqa: ANN401  pypdfium2 has no types
    """The pages with a text layer, and the blank ones, by number from 1; the others are pictures. Empty for a scan,
    none of whose pages has text.
    """
    if all(_is_empty(page) for page in pages):
        return {}
    return {
        number: page
        for number, page in enumerate(pages, start=1)
        if not _is_empty(page) or not _has_pictures(document[number - 1])
    }


def _is_empty(page: str) -> bool:
    return len(page.strip()) <= _NEARLY_NOTHING


def _has_pictures(page: Any) -> bool:  # noqa: ANN401  pypdfium2 has no types
    """Whether anything but text is drawn on a page: a picture, or signs drawn as lines."""
    return any(each.type != _TEXT for each in page.get_objects(max_depth=2))


def reading_of(pages: list[str]) -> Reading:
    """The text of pages, each with line breaks as printed; refused when nearly nothing stands on any of them."""
    written = [page for page in pages if not _is_empty(page)]
    if not written:
        return Reading(
            refused="PDF 里没有文字层（可能是扫描件）；请在命令行用 import --ocr 识别，或先做文字识别再导入。",
            is_scan=True,
        )
    empty = [number for number, page in enumerate(pages, start=1) if _is_empty(page)]
    problems = [_unread(empty)] if empty else []
    split, dropped = _without_edges([_lines(page) for page in written])
    dropped += [(f"第 {number} 页", text) for number in empty if (text := pages[number - 1].strip())]
    lines = [line for page in split for line in page]
    return Reading("\n".join(_joined(lines)), problems, dropped)


def _unread(numbers: list[int]) -> str:
    named = "、".join(map(str, numbers[:_NAMED]))
    rest = f" 等 {len(numbers)} " if len(numbers) > _NAMED else " "
    return f"第 {named}{rest}页没有文字（可能是扫描页或空白页），没有读到；请对照原件，扫描的请另做识别后补上。"


def _lines(page: str) -> list[str]:
    lines = (line.strip().replace("\x02", "") for line in page.replace("\r", "\n").split("\n"))
    return [line for line in lines if line]


def _without_edges(pages: list[list[str]]) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """``(pages, dropped)``: page numbers and running heads taken off, where more than half of the pages have them."""
    dropped: list[tuple[str, str]] = []
    for where, edge in (("页码", 0), ("页码", -1), ("页眉", 0), ("页脚", -1)):
        is_edge = _is_page_number if where == "页码" else _running(pages, edge)
        having = [number for number, page in enumerate(pages) if page and is_edge(page[edge])]
        if len(having) * 2 > len(pages):
            dropped.append((where, "\n".join(pages[number][edge] for number in having)))
            pages = [
                (page[1:] if edge == 0 else page[:-1]) if number in having else page
                for number, page in enumerate(pages)
            ]
    return pages, dropped


def _is_page_number(line: str) -> bool:
    return bool(_PAGE_NUMBER.fullmatch(line))


def _running(pages: list[list[str]], edge: int) -> Callable[[str], bool]:
    """Whether a line is the one most pages begin (or end) with, numbers aside; with fewer than three pages none is."""
    masked = Counter(_NUMBERS.sub("#", page[edge]) for page in pages if len(page) > 1)
    common, count = masked.most_common(1)[0] if masked else ("", 0)
    return lambda line: count >= 3 and _NUMBERS.sub("#", line) == common


def _joined(lines: list[str]) -> list[str]:
    """Lines of one paragraph joined: a line goes on unless its sentence ended, it is short, or the next begins anew."""
    width = max((len(line) for line in lines), default=0)
    joined = lines[:1]
    for before, line in pairwise(lines):
        if _ends(before, width) or _begins(line):
            joined.append(line)
        else:
            joined[-1] += line
    return joined


def _ends(line: str, width: int) -> bool:
    return line[-1] in "。；;：:" or len(line) < width * 0.75


def _begins(line: str) -> bool:
    return bool(_NEW.match(line) or _DATED.match(line) or marker(line))
