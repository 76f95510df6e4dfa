"""The pages of an original as pictures, to be looked at beside what was read of it; made in a process with limits.

Office files are made a PDF first, by LibreOffice where it is installed, and kept beside the originals by their hash:
``previews/ab/abcd….pdf``. What is there can be deleted, it is made again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from policies.readers import Refused
from policies.readers.kinds import NAMES, kind_of
from policies.readers.office import convert, office_program

FOLDER = "previews"
SECONDS = 20.0  # a page, or counting them
_ROOT = Path(__file__).resolve().parents[2]
_OFFICE = tuple(each for each in NAMES if each not in (".txt", ".html", ".pdf"))
NO_OFFICE = "本机没有安装 LibreOffice，不能在这里显示这种文件；请下载后用 Word 或 WPS 打开。"
UNSHOWN = "这里显示不出来（文件损坏、加了密码、过于复杂，或本机的 LibreOffice 缺少这一类组件）；请下载后用原软件打开。"


def has_pages(path: Path, content: bytes) -> bool:
    """Whether a file is of a kind whose pages can be shown, once LibreOffice is there for all but PDF."""
    kind = kind_of(path.suffix.lower(), content) if content else ""
    return kind == ".pdf" or kind in _OFFICE


def pdf_of(home: Path, path: Path, sha256: str) -> Path | Refused:
    """The file itself when it is a PDF, else the PDF LibreOffice makes of it; or why there is none.

    The first time that takes seconds, `office.SECONDS` at most; of two who ask at once both make it.
    """
    content = path.read_bytes()
    kind = kind_of(path.suffix.lower(), content) if content else ""
    if kind == ".pdf":
        return path
    made = home / FOLDER / sha256[:2] / f"{sha256}.pdf"
    if made.is_file():
        return made
    if kind not in _OFFICE:
        return Refused(UNSHOWN)
    if office_program() is None:
        return Refused(NO_OFFICE)
    converted = convert(kind, ".pdf", content)
    if isinstance(converted, Refused):
        return Refused(UNSHOWN)
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=made.parent, prefix=".making-", delete=False) as scratch:
        scratch.write(converted)
    os.replace(scratch.name, made)  # noqa: PTH105  both are names
    return made


def count_pages(pdf: Path) -> int:
    """How many pages a PDF has; 0 when it can't be opened."""
    told = _ask("length", pdf.read_bytes())
    return int(told) if told.isdigit() else 0


def picture_of(pdf: Path, number: int) -> bytes:
    """A page as PNG, the first is 1; empty when there is no such page or it can't be shown."""
    return _ask(f"show:{number - 1}", pdf.read_bytes())


def _ask(what: str, content: bytes) -> bytes:
    command = [sys.executable, "-m", "policies.readers.pages", what]
    try:
        run = subprocess.run(command, input=content, capture_output=True, check=False, timeout=SECONDS, cwd=_ROOT)  # noqa: S603  our own module
    except subprocess.TimeoutExpired:
        return b""
    return run.stdout if run.returncode == 0 else b""
