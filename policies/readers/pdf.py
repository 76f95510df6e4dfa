"""PDF files with a text layer: pages in order, page numbers dropped, lines broken by the page joined again."""

from __future__ import annotations

import re
from itertools import pairwise

from policies.layout import marker
from policies.readers.worker import Reading

MOST_PAGES = 2000
_NEW = re.compile(
    r"第\s?[零〇一二两三四五六七八九十百千\d]{1,9}\s?[条章节编]|附\s?[则件]|[（(].{0,40}(?:通过|公布|施行|修正|修订)"
)
_PAGE_NUMBER = re.compile(r"[-—–－·\s]*\d{1,4}[-—–－·\s]*|第\s*\d+\s*页.{0,12}")
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
    pages = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    return _reading(pages)


def _reading(pages: list[str]) -> Reading:
    written = [page for page in pages if len(page.strip()) > 10]
    if not written:
        return Reading(refused="PDF 里没有文字层（可能是扫描件）；请先做文字识别（OCR），再导入识别后的文件。")
    empty = len(pages) - len(written)
    problems = [f"有 {empty} 页没有文字层（可能是扫描页），这些页没有读到；请核对。"] if empty else []
    numbered = sum(bool(_edge_numbers(page)) for page in written)
    lines = [line for page in written for line in _page_lines(page, drop_numbers=numbered * 2 > len(written))]
    return Reading(text="\n".join(_joined(lines)), problems=problems)


def _page_lines(page: str, *, drop_numbers: bool) -> list[str]:
    lines = [line.strip().replace("\x02", "") for line in page.replace("\r", "\n").split("\n")]
    lines = [line for line in lines if line]
    numbers = _edge_numbers(page) if drop_numbers else set()
    edges = {0, len(lines) - 1}
    return [line for index, line in enumerate(lines) if not (index in edges and line in numbers)]


def _edge_numbers(page: str) -> set[str]:
    lines = [line.strip() for line in page.replace("\r", "\n").split("\n") if line.strip()]
    return {line for line in (*lines[:1], *lines[-1:]) if _PAGE_NUMBER.fullmatch(line)}


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
