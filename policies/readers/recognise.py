"""Scanned PDFs and photos, read page by page with Tesseract where it is installed.

Each page is read in processes of their own with limits. A page that was read is kept (`policies.readers.kept_pages`):
whoever was killed over a long scan goes on where it stopped. Lines Tesseract was not sure of are told, each with its
page; nothing is repaired.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path

from policies.draft import ParseProblem
from policies.readers import ReadText, Refused
from policies.readers.isolated import read_text
from policies.readers.kept_pages import InMemory, KeptPages, Line, Page
from policies.readers.pdf import reading_of
from policies.readers.programs import run_limited

LANGUAGE = "chi_sim"
DOUBTFUL = 60  # of 100; told 6 of the 7 wrong lines of a sample of 24, and 5 right ones
MOST_PAGES = 200
SECONDS = 120  # a page
MEMORY = 2 * 1024 * 1024 * 1024  # bytes
_NAMED = 8  # pages in a hint
_NICE = 10  # it runs behind whoever is answered meanwhile
_ROOT = Path(__file__).resolve().parents[2]
MISSING = (
    "这是扫描件或照片，识别文字需要 Tesseract 和中文数据（chi_sim），本机没有；"
    "请管理员安装（Debian：apt install tesseract-ocr tesseract-ocr-chi-sim），或先在别处识别后再导入。"
)
_NOTHING = "没有识别出文字；请换一份更清楚的扫描件（300 dpi、摆正、黑白分明）后再导入。"
_UNREADABLE = "扫描件已损坏，数不出页数；请重新扫描或重新导出后再导入。"
_LATE = f"超过 {SECONDS} 秒没有识别出来"
_BROKEN = "打不开或识别不了"
_WIDE_GAP, _WIDE_GAP_OF_SINGLE = 0.5, 1.2  # of a digit's height: between numbers; between digits, full width has 0.8
_WORD = "5"  # the level of a word in Tesseract's table
Progress = Callable[[int, int], None]


def recognising_program() -> str | None:
    """Where Tesseract is; ``None`` when it or its Chinese data is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
        try:
            known = run_limited([program, "--list-langs"], Path(folder), seconds=SECONDS, memory=MEMORY).split()
        except subprocess.TimeoutExpired:
            return None
    return program if LANGUAGE.encode() in known else None


def recognise(
    kind: str, content: bytes, progress: Progress = lambda _page, _pages: None, kept: KeptPages | None = None
) -> ReadText | Refused:
    """The text of a scanned PDF or a photo, lines it was not sure of told.

    Args:
        kind: ``.pdf``; everything else is one picture.
        content: Of the file.
        progress: Called before each page that is still to be read with its number, from 1, and how many there are.
        kept: The pages that were read already; those read now are added.
    """
    pages = kept or InMemory()
    n_pages = count_pages(kind, content, pages)
    if isinstance(n_pages, Refused):
        return n_pages
    while (number := pages.first_missing(n_pages)) is not None:
        progress(number, n_pages)
        if refused := recognise_page(kind, content, number, pages):
            return refused
    return text_of([page for number in range(1, n_pages + 1) if (page := pages.get(number))])


def count_pages(kind: str, content: bytes, pages: KeptPages) -> int | Refused:
    """How many pages there are; a cure when that can't be told, or there are too many. Asked once a file."""
    if pages.count:
        return pages.count
    n_pages, printed = _count(content) if kind == ".pdf" else (1, {})
    n_pictures = n_pages - len(printed)
    if not n_pages:
        return Refused(_UNREADABLE)
    if n_pictures > MOST_PAGES:
        return Refused(f"扫描件有 {n_pictures} 页，一次最多识别 {MOST_PAGES} 页；请拆分，或先在别处识别后再导入。")
    pages.keep_count(n_pages, printed)
    return n_pages


def recognise_page(kind: str, content: bytes, number: int, pages: KeptPages) -> Refused | None:
    """Read one page, from 1, and keep it. A page that can't be read, or takes too long, is kept as such: it is told,
    and not tried again. Only without Tesseract nothing is kept, and the cure given.
    """
    program = recognising_program()
    if program is None:
        return Refused(MISSING)
    try:
        picture = _picture(content, number) if kind == ".pdf" else content
        table = _table(program, picture) if picture else ""
        page = Page(tuple(lines_of(table)), "" if picture and table else _BROKEN)
    except subprocess.TimeoutExpired:
        page = Page((), _LATE)
    pages.keep(number, page)
    return None


def lines_of(table: str) -> Iterator[Line]:
    """The lines of Tesseract's table (TSV): words of one line joined, no blank between Chinese signs."""
    rows = (row.split("\t") for row in table.splitlines())
    words = [row for row in rows if len(row) == 12 and row[0] == _WORD and row[11].strip()]
    for _, same in groupby(words, key=lambda row: row[1:5]):
        line = list(same)
        text = line[0][11]
        for before, row in pairwise(line):
            text += f" {row[11]}" if _are_apart(before, row) else row[11]
        yield Line(text, min(float(row[10]) for row in line))


def _are_apart(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a blank belongs between two words: never beside a Chinese sign, between digits only where there is room
    for one, for Tesseract takes each digit of a number for a word.
    """
    end, start = before[11][-1], after[11][0]
    if not (end.isascii() and start.isascii()):
        return False
    if not (end.isdigit() and start.isdigit()):
        return True
    (left, width, height), next_left = (int(before[at]) for at in (6, 8, 9)), int(after[6])
    are_single = len(before[11]) == len(after[11]) == 1
    return next_left - (left + width) > height * (_WIDE_GAP_OF_SINGLE if are_single else _WIDE_GAP)


def text_of(pages: list[Page]) -> ReadText | Refused:
    """The text of pages that were read, what is doubtful about it told; a cure when nothing stands on any of them."""
    found = read_text(reading_of(["\n".join(line.text for line in page.lines) for page in pages]))
    if isinstance(found, Refused):
        return Refused(_NOTHING)
    doubts = [
        _doubt(number, line)
        for number, page in enumerate(pages, start=1)
        for line in page.lines
        if line.confidence < DOUBTFUL
    ]
    faults = [_fault(number, page) for number, page in enumerate(pages, start=1) if page.fault]
    note = ParseProblem("structure", _note(pages))
    return ReadText(found.text, (note, *faults, *found.problems, *doubts))


def _note(pages: Sequence[Page]) -> str:
    """Which of it was recognised."""
    numbers = [str(number) for number, page in enumerate(pages, start=1) if not page.is_printed]
    if len(numbers) == len(pages):
        return "文字由扫描件识别而来；请逐条对照原件核实。"
    named = "、".join(numbers[:_NAMED]) + (f" 等 {len(numbers)} " if len(numbers) > _NAMED else " ")
    return f"第 {named}页是扫描页，文字由识别而来；请对照原件核实。"


def _count(content: bytes) -> tuple[int, dict[int, str]]:
    """How many pages there are, with the texts of those that are no pictures; 0 when that can't be told, or takes too
    long.
    """
    try:
        n_pages, printed = json.loads(_page_process("count", content))
    except (subprocess.TimeoutExpired, ValueError, TypeError):
        return 0, {}
    return n_pages, {int(number): text for number, text in printed.items()}


def _picture(content: bytes, number: int) -> bytes:
    return _page_process(str(number - 1), content)


def _page_process(what: str, content: bytes) -> bytes:
    command = [sys.executable, "-m", "policies.readers.pages", what]
    run = subprocess.run(command, input=content, capture_output=True, check=False, timeout=SECONDS, cwd=_ROOT)  # noqa: S603  our own module
    return run.stdout


def _table(program: str, picture: bytes) -> str:
    command = [program, "stdin", "stdout", "-l", LANGUAGE, "tsv"]
    with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
        printed = run_limited(command, Path(folder), seconds=SECONDS, memory=MEMORY, given=picture, nice=_NICE)
    return printed.decode("utf-8", "replace")


def _doubt(number: int, line: Line) -> ParseProblem:
    message = f"第 {number} 页“{line.text}”识别把握低（{line.confidence:.0f}/100）；请对照原件核实。"
    return ParseProblem("scan", message, where=f"第 {number} 页", found=line.text, likelihood="low")


def _fault(number: int, page: Page) -> ParseProblem:
    message = f"第 {number} 页{page.fault}，这一页没有读到；请对照原件补上，或换一份清楚的扫描件。"
    return ParseProblem("structure", message, where=f"第 {number} 页")
