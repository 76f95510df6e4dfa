"""Pages of a scan that were read, one small file each: ``scans/<hash of the file>/0007.json``.

A page appears under its name only when all of it is on the disk, so that whoever was killed goes on at the page where
it stopped, and the same file sent again is not read again. What nobody came back for goes after a week.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

FOLDER = "scans"
KEPT_SECONDS = 7 * 24 * 3600
_COUNT, _PRINTED = "count", "printed"
_SURE = 100.0


@dataclass(frozen=True)
class Line:
    """A recognised line; `confidence` is that of its least certain word, from 0 to 100."""

    text: str
    confidence: float


@dataclass(frozen=True)
class Page:
    """A page as it was read; `fault` says why it could not be, empty when it was. `is_printed`: it has its text in the
    file, nothing was recognised.
    """

    lines: tuple[Line, ...] = ()
    fault: str = ""
    is_printed: bool = False


class KeptPages(Protocol):
    """Where the pages of one scan are kept. Numbers count from 1."""

    @property
    def count(self) -> int:
        """How many pages the scan has; 0 as long as nobody counted."""
        ...

    def keep_count(self, n_pages: int, printed: Mapping[int, str]) -> None:
        """Keep how many there are, and the text of those that are no pictures."""
        ...

    def get(self, number: int) -> Page | None:
        """A page that was read."""
        ...

    def keep(self, number: int, page: Page) -> None:
        """Keep a page."""
        ...

    def first_missing(self, n_pages: int) -> int | None:
        """The first page of that many that is still to be read; ``None`` when all are."""
        ...


class InMemory:
    """Pages kept as long as the process lives."""

    def __init__(self) -> None:
        self.count = 0
        self._pages: dict[int, Page] = {}

    def keep_count(self, n_pages: int, printed: Mapping[int, str]) -> None:
        """Keep how many there are, and the text of those that are no pictures."""
        self.count = n_pages
        self._pages |= {number: _printed(text) for number, text in printed.items()}

    def get(self, number: int) -> Page | None:
        """A page that was read."""
        return self._pages.get(number)

    def keep(self, number: int, page: Page) -> None:
        """Keep a page."""
        self._pages[number] = page

    def first_missing(self, n_pages: int) -> int | None:
        """The first page that is still to be read."""
        return next((each for each in range(1, n_pages + 1) if each not in self._pages), None)


class OnDisk:
    """Pages kept in the instance's folder `home`, by the hash of the scan."""

    def __init__(self, home: Path, sha256: str) -> None:
        self.sha256, self._folder = sha256, home / FOLDER / sha256

    @property
    def count(self) -> int:
        """How many pages the scan has; 0 as long as nobody counted."""
        kept = self._read(_COUNT)
        return kept if isinstance(kept, int) else 0

    def keep_count(self, n_pages: int, printed: Mapping[int, str]) -> None:
        """Keep how many there are, and the text of those that are no pictures: that first, so that it is there."""
        if printed:
            self._write(_PRINTED, {str(number): text for number, text in printed.items()})
        self._write(_COUNT, n_pages)

    def get(self, number: int) -> Page | None:
        """A page that was read; a file somebody spoilt is none."""
        if (text := self._printed.get(str(number))) is not None:
            return _printed(text)
        kept = self._read(f"{number:04d}")
        with contextlib.suppress(TypeError, KeyError, ValueError):
            return Page(tuple(Line(text, confidence) for text, confidence in kept["lines"]), kept["fault"])  # type: ignore[index]
        return None

    def keep(self, number: int, page: Page) -> None:
        """Keep a page."""
        lines = [[line.text, line.confidence] for line in page.lines]
        self._write(f"{number:04d}", {"lines": lines, "fault": page.fault})

    def first_missing(self, n_pages: int) -> int | None:
        """The first page that is still to be read."""
        printed = self._printed
        numbers = (each for each in range(1, n_pages + 1) if str(each) not in printed)
        return next((each for each in numbers if self.get(each) is None), None)

    @property
    def n_done(self) -> int:
        """How many pages need not be read any more."""
        return len(self._printed) + sum(each.stem.isdigit() for each in self._folder.glob("*.json"))

    @property
    def _printed(self) -> Mapping[str, str]:
        kept = self._read(_PRINTED)
        return kept if isinstance(kept, dict) else {}

    def _read(self, name: str) -> object:
        try:
            found: object = json.loads((self._folder / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None
        return found

    def _write(self, name: str, value: object) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self._folder, suffix=".tmp", encoding="utf-8", delete=False) as made:
            try:
                json.dump(value, made, ensure_ascii=False)
                made.flush()
                os.fsync(made.fileno())
                Path(made.name).replace(self._folder / f"{name}.json")
            except OSError:  # a full disk: the page is read again, nothing may pile up meanwhile
                Path(made.name).unlink(missing_ok=True)
                raise


def _printed(text: str) -> Page:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Page(tuple(Line(line, _SURE) for line in lines), is_printed=True)


def sweep(home: Path) -> None:
    """Remove the pages of scans nobody has worked on for a week."""
    for folder in (home / FOLDER).glob("*/"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
