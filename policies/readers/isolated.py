"""Everything but plain text is read in a process of their own: limited memory, limited time, nothing left behind.

Where the platform has no `resource` module (Windows) the time limit alone holds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from policies.draft import ParseProblem
from policies.readers import ReadText, Refused
from policies.readers.kinds import NAMES
from policies.readers.package import MAIN_PARTS, package_refusal
from policies.readers.worker import Reading

SECONDS = 30
SHOWN_CHARACTERS = 40  # of words left out, in a hint
_ROOT = Path(__file__).resolve().parents[2]


def read_isolated(kind: str, content: bytes) -> ReadText | Refused:
    """The text of a ``.docx``, ``.xlsx``, ``.pptx``, ``.pdf`` or ``.html`` file, or why not."""
    reading = _ask(kind, content)
    return reading if isinstance(reading, Refused) else read_text(reading)


def read_rows(content: bytes) -> list[tuple[int, list[str]]] | Refused:
    """Line number and cells of every row of an ``.xlsx`` file's first sheet, or why not. Of a formula the value that
    was stored with it counts; nothing is ever reckoned.
    """
    reading = _ask(".xlsx", content, "rows")
    if isinstance(reading, Refused):
        return reading
    return Refused(reading.refused) if reading.refused else [(line, cells) for line, cells in reading.rows]


def read_text(reading: Reading) -> ReadText | Refused:
    """What a reader gave, as the rest of the program takes it."""
    if reading.refused:
        return Refused(reading.refused, is_scan=reading.is_scan)
    problems = [ParseProblem("structure", message) for message in reading.problems]
    problems += [_left_out(where, text) for where, text in reading.dropped]
    return ReadText(reading.text, tuple(problems), has_pictures=bool(reading.pictures))


def _ask(kind: str, content: bytes, what: str = "") -> Reading | Refused:
    """What the reading process found, or why there is no finding."""
    if kind in MAIN_PARTS and (refusal := package_refusal(NAMES[kind], content)):
        return Refused(refusal)
    try:
        run = _run(kind, content, what)
    except subprocess.TimeoutExpired:
        return Refused(f"读取这个{NAMES[kind]}超过 {SECONDS} 秒，已停止；请另存为 .docx 或 .txt 后再导入。")
    reading = _answer(run.stdout)
    if run.returncode or reading is None:
        return Refused(f"{NAMES[kind]}已损坏或过于复杂，无法读取；请用原软件打开后另存一份再导入。")
    return reading


def _left_out(where: str, text: str) -> ParseProblem:
    words = " ".join(text.split())
    shown = f"{words[:SHOWN_CHARACTERS]}…" if len(words) > SHOWN_CHARACTERS else words
    return ParseProblem("dropped", f"{where}没有收进正文：“{shown}”。", where=where, found=text)


def _run(kind: str, content: bytes, what: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1"}
    return subprocess.run(  # noqa: S603  our own interpreter and module; the kind is one of five words
        [sys.executable, "-m", "policies.readers.worker", kind, what],
        input=content,
        capture_output=True,
        timeout=SECONDS,
        check=False,
        env=environment,
    )


def _answer(printed: bytes) -> Reading | None:
    try:
        return Reading(**json.loads(printed))
    except (ValueError, TypeError):
        return None
