"""The pages of an original as pictures, to be looked at beside what was read of it; made in a process with limits.

Office files are made a PDF first, by LibreOffice where it is installed, and kept beside the originals by their hash:
``previews/ab/abcd….pdf``. What is there can be deleted, it is made again. One is made at a time: LibreOffice takes
gigabytes, and whoever waits for it holds a place that others are answered from.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from policies.readers import Refused
from policies.readers.kinds import NAMES, kind_of
from policies.readers.office import convert, office_program

FOLDER = "previews"
SECONDS = 20.0  # a page, or counting them
WAIT_SECONDS = 10.0  # for the one that is being made
SCRATCH = ".making-"
_SCRATCH_KEPT_SECONDS = 3600.0  # longer than any is being written
_ONE_AT_A_TIME = threading.Lock()
_ROOT = Path(__file__).resolve().parents[2]
_OFFICE = tuple(each for each in NAMES if each not in (".txt", ".html", ".pdf"))
NO_OFFICE = "本机没有安装 LibreOffice，不能在这里显示这种文件；请下载后用 Word 或 WPS 打开。"
UNSHOWN = "这里显示不出来（文件损坏、加了密码、过于复杂，或本机的 LibreOffice 缺少这一类组件）；请下载后用原软件打开。"
BUSY = "正在为另一份原件生成页面；请过一分钟再点一次，或下载后用原软件打开。"
UNKEPT = "页面生成了，但实例文件夹写不进去（磁盘满了或只读）；请下载后用原软件打开，并请管理员运行 doctor 检查。"


def has_pages(path: Path, content: bytes) -> bool:
    """Whether a file is of a kind whose pages can be shown, once LibreOffice is there for all but PDF."""
    kind = kind_of(path.suffix.lower(), content) if content else ""
    return kind == ".pdf" or kind in _OFFICE


def pdf_of(home: Path, path: Path, sha256: str) -> Path | Refused:
    """The file itself when it is a PDF, else the PDF LibreOffice makes of it; or why there is none.

    The first time that takes seconds, `WAIT_SECONDS` and `office.SECONDS` at most; of two who ask at once one makes it.
    """
    content = path.read_bytes()
    kind = kind_of(path.suffix.lower(), content) if content else ""
    if (ready := _ready(home, path, kind, sha256)) is not None:
        return ready
    if kind not in _OFFICE:
        return Refused(UNSHOWN)
    if office_program() is None:
        return Refused(NO_OFFICE)
    if not _ONE_AT_A_TIME.acquire(timeout=WAIT_SECONDS):
        return Refused(BUSY)
    try:
        return _ready(home, path, kind, sha256) or _make(_place(home, sha256), kind, content)
    finally:
        _ONE_AT_A_TIME.release()


def ready_pdf(home: Path, path: Path, sha256: str) -> Path | None:
    """The same where nothing has to be made; ``None`` where it has."""
    content = path.read_bytes()
    return _ready(home, path, kind_of(path.suffix.lower(), content) if content else "", sha256)


def _ready(home: Path, path: Path, kind: str, sha256: str) -> Path | None:
    if kind == ".pdf":
        return path
    made = _place(home, sha256)
    return made if made.is_file() else None


def _place(home: Path, sha256: str) -> Path:
    return home / FOLDER / sha256[:2] / f"{sha256}.pdf"


def _make(made: Path, kind: str, content: bytes) -> Path | Refused:
    converted = convert(kind, ".pdf", content)
    if isinstance(converted, Refused):
        return Refused(UNSHOWN)
    try:
        made.parent.mkdir(parents=True, exist_ok=True)
        _sweep(made.parent)
        _keep(converted, made)
    except OSError:
        return Refused(UNKEPT)
    return made


def _keep(content: bytes, made: Path) -> None:
    """Whole or not at all; nothing is left of what could not be written."""
    with tempfile.NamedTemporaryFile(dir=made.parent, prefix=SCRATCH, delete=False) as scratch:
        written = Path(scratch.name)
        try:
            scratch.write(content)
            scratch.flush()
            os.fsync(scratch.fileno())
            written.replace(made)
        finally:
            written.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """What was left by a process that died over it."""
    for each in folder.glob(f"{SCRATCH}*"):
        if each.stat().st_mtime < time.time() - _SCRATCH_KEPT_SECONDS:
            each.unlink(missing_ok=True)


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
