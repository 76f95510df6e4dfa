"""Scans that staff sent in (扫描件识别), read page by page behind everybody's back: one note beside each file.

``incoming/<token>/scan.json`` says who wants to know; how far it is stands in the pages themselves
(`policies.readers.kept_pages`). Whoever dies over a page leaves the others; the next tick goes on at the first missing
one. Of two processes one reads: the lock is the kernel's, which takes it back from the dead.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from policies.readers import ReadText, Refused
from policies.readers.kept_pages import FOLDER as PAGES
from policies.readers.kept_pages import OnDisk
from policies.readers.kinds import kind_of
from policies.readers.recognise import MISSING, count_pages, recognise, recognise_page, recognising_program

FOLDER = "incoming"
_NOTE = "scan.json"
_LOCK = ".reading"


@dataclass(frozen=True)
class Watcher:
    """Who is told how far it is: a conversation, and the message there that brought the scan."""

    channel: str
    chat_id: str
    message_id: str


@dataclass(frozen=True)
class ScanJob:
    """A scan sent in. `is_ready` says that it was read and whoever waited was told; `fault` why it can't go on."""

    token: str
    name: str
    n_pages: int
    n_done: int
    watchers: tuple[Watcher, ...] = ()
    is_ready: bool = False
    fault: str = ""


def text_read(home: Path, kind: str, content: bytes) -> ReadText | Refused:
    """The text of a scan all of whose pages were read; a refusal with `is_scan` as long as some are missing, without it
    when the scan can't be read at all.
    """
    pages = pages_of(home, content)
    if pages.count and pages.first_missing(pages.count) is None:
        return recognise(kind, content, kept=pages)
    if recognising_program() is None:
        return Refused(MISSING)
    n_pages = count_pages(kind, content, pages)
    return n_pages if isinstance(n_pages, Refused) else Refused("", is_scan=True)


def begin(folder: Path, pages: OnDisk, watcher: Watcher | None) -> int:
    """Have the scan in a folder read; how many pages it has. Who sends it again is told like whoever sent it before."""
    known = _note(folder)
    watchers = [*known.get("watchers", []), *([list(vars(watcher).values())] if watcher else [])]
    unique = [list(each) for each in dict.fromkeys(map(tuple, watchers))]
    begun = known.get("begun", time.time())
    _write(folder, {"sha256": pages.sha256, "begun": begun, "watchers": unique, "is_ready": False})
    return pages.count


def listed(home: Path) -> list[ScanJob]:
    """The scans that are being read, or were read and wait for a decision; those sent in first come first."""
    notes = [(_note(each.parent), each.parent) for each in (home / FOLDER).glob(f"*/{_NOTE}")]
    waiting = sorted((note["begun"], folder) for note, folder in notes if note and "." not in folder.name)
    jobs = (_job(home, folder) for _, folder in waiting)
    return [each for each in jobs if each is not None]


def is_being_read(home: Path, token: str) -> bool:
    """Whether pages of that scan are still missing."""
    job = _job(home, home / FOLDER / token)
    return job is not None and job.n_done < job.n_pages


def read_a_page(home: Path) -> ScanJob | None:
    """Read the next page of the first scan that has one missing; how far it is now, with every page for one that was
    read when somebody died. ``None`` when nothing waits, it was dropped meanwhile, or another process reads.
    """
    if not any((home / FOLDER).glob(f"*/{_NOTE}")):
        return None
    with _alone(home) as is_ours:
        job = next((each for each in listed(home) if not each.is_ready), None) if is_ours else None
        if job is None:
            return None
        folder = home / FOLDER / job.token
        with contextlib.suppress(FileNotFoundError):  # somebody dropped it just now
            fault = _read_one(home, file_in(folder))
            now = _job(home, folder)
            return now and replace(now, fault=fault)
        return None


def end(home: Path, token: str) -> None:
    """Everybody was told that it is read; it waits for a decision now, if it is still there."""
    folder = home / FOLDER / token
    with contextlib.suppress(FileNotFoundError):
        if note := _note(folder):
            _write(folder, {**note, "is_ready": True})


def file_in(folder: Path) -> Path:
    """The file set aside in a folder; what is noted about it is JSON.

    Raises:
        FileNotFoundError: It is not there any more.
    """
    found = next((each for each in folder.iterdir() if each.suffix != ".json"), None)
    if found is None:
        raise FileNotFoundError(folder)
    return found


def pages_of(home: Path, content: bytes) -> OnDisk:
    """The pages of a scan that were read."""
    return OnDisk(home, hashlib.sha256(content).hexdigest())


def _read_one(home: Path, path: Path) -> str:
    """Why the scan can't be read on; empty when a page was read, or none was missing."""
    content = path.read_bytes()
    pages, kind = pages_of(home, content), kind_of(path.suffix.lower(), content)
    n_pages = count_pages(kind, content, pages)
    if isinstance(n_pages, Refused):
        return n_pages.reason
    number = pages.first_missing(n_pages)
    refused = recognise_page(kind, content, number, pages) if number else None
    return refused.reason if refused else ""


def _job(home: Path, folder: Path) -> ScanJob | None:
    note = _note(folder)
    if not note:
        return None
    pages = OnDisk(home, note["sha256"])
    watchers = tuple(Watcher(*each) for each in note["watchers"])
    with contextlib.suppress(FileNotFoundError):
        return ScanJob(folder.name, file_in(folder).name, pages.count, pages.n_done, watchers, note["is_ready"])
    return None


def _note(folder: Path) -> dict[str, Any]:
    """What is noted about a scan; empty when nothing is, or a power cut spoilt it: the others go on."""
    try:
        found: dict[str, Any] = json.loads((folder / _NOTE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _write(folder: Path, note: dict[str, Any]) -> None:
    scratch = folder / f".{secrets.token_hex(4)}.json"
    try:
        scratch.write_text(json.dumps(note, ensure_ascii=False), "utf-8")
        scratch.replace(folder / _NOTE)
    finally:
        scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[bool]:
    """Whether nobody else reads; until the end nobody else will."""
    (home / PAGES).mkdir(parents=True, exist_ok=True)
    with (home / PAGES / _LOCK).open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
