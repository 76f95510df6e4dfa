"""Scanned PDFs and photos, read by Tesseract where it is installed; only when somebody asks for it (``--ocr``).

Lines it was not sure of are told, each with its page; nothing is repaired.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from policies.draft import ParseProblem
from policies.readers import ReadText, Refused
from policies.readers.isolated import read_text
from policies.readers.pdf import reading_of
from policies.readers.programs import run_limited

LANGUAGE = "chi_sim"
DOUBTFUL = 60  # of 100; told 6 of the 7 wrong lines of a sample of 24, and 5 right ones
MOST_PAGES = 200
SECONDS = 120  # a page
MEMORY = 2 * 1024 * 1024 * 1024  # bytes
_ROOT = Path(__file__).resolve().parents[2]
_MISSING = (
    "这是扫描件或照片，识别文字需要 Tesseract 和中文数据（chi_sim），本机没有；"
    "请管理员安装（Debian：apt install tesseract-ocr tesseract-ocr-chi-sim），或先在别处识别后再导入。"
)
_NOTHING = "没有识别出文字；请换一份更清楚的扫描件（300 dpi、摆正、黑白分明）后再导入。"
_WORD = "5"  # the level of a word in Tesseract's table
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Line:
    """A recognised line; `confidence` is that of its least certain word, from 0 to 100."""

    text: str
    confidence: float


def recognising_program() -> str | None:
    """Where Tesseract is; ``None`` when it or its Chinese data is not installed."""
    program = shutil.which("tesseract")
    with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
        known = _printed([program, "--list-langs"], Path(folder)).split() if program else []
    return program if LANGUAGE in known else None


def recognise(kind: str, content: bytes, progress: Progress = lambda _page: None) -> ReadText | Refused:
    """The text of a scanned PDF or a photo, lines it was not sure of told.

    Args:
        kind: ``.pdf``; everything else is one picture.
        content: Of the file.
        progress: Called before each page with its number, from 1.
    """
    program = recognising_program()
    if program is None:
        return Refused(_MISSING)
    with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
        home = Path(folder)
        pages: list[list[Line]] = []
        for number, picture in enumerate(_pictures(kind, content), start=1):
            progress(number)
            pages.append(list(lines_of(_printed([program, "stdin", "stdout", "-l", LANGUAGE, "tsv"], home, picture))))
    return _read(pages)


def lines_of(table: str) -> Iterator[Line]:
    """The lines of Tesseract's table (TSV): words of one line joined, no blank between Chinese signs."""
    rows = (row.split("\t") for row in table.splitlines())
    words = [row for row in rows if len(row) == 12 and row[0] == _WORD and row[11].strip()]
    for _, same in groupby(words, key=lambda row: row[1:5]):
        line = list(same)
        text = line[0][11]
        for row in line[1:]:
            text += f" {row[11]}" if text[-1].isascii() and row[11][0].isascii() else row[11]
        yield Line(text, min(float(row[10]) for row in line))


def _pictures(kind: str, content: bytes) -> Iterator[bytes]:
    if kind != ".pdf":
        yield content
        return
    for number in range(MOST_PAGES):
        command = [sys.executable, "-m", "policies.readers.pages", str(number)]
        picture = subprocess.run(command, input=content, capture_output=True, check=False, timeout=SECONDS, cwd=_ROOT)  # noqa: S603  our own module
        if not picture.stdout:
            return
        yield picture.stdout


def _printed(command: list[str], folder: Path, given: bytes = b"") -> str:
    try:
        return run_limited(command, folder, seconds=SECONDS, memory=MEMORY, given=given).decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        return ""  # the page stays empty, and is told as such


def _read(pages: list[list[Line]]) -> ReadText | Refused:
    found = read_text(reading_of(["\n".join(line.text for line in page) for page in pages]))
    if isinstance(found, Refused):
        return Refused(_NOTHING)
    doubts = [
        _doubt(number, line)
        for number, page in enumerate(pages, start=1)
        for line in page
        if line.confidence < DOUBTFUL
    ]
    note = ParseProblem("structure", "文字由扫描件识别而来；请逐条对照原件核实。")
    return ReadText(found.text, (note, *found.problems, *doubts))


def _doubt(number: int, line: Line) -> ParseProblem:
    message = f"第 {number} 页“{line.text}”识别把握低（{line.confidence:.0f}/100）；请对照原件核实。"
    return ParseProblem("scan", message, where=f"第 {number} 页", found=line.text, likelihood="low")
