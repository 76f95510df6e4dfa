"""The folder of files that visitors sent (``<instance>/visitor_files/<sha256>``): whole or not at all, once each.

A file is put there before its row is written, and removed after its row let go of it: whoever is killed in between
leaves a file nobody names, which `sweep` removes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

FOLDER = "visitor_files"
FREE_BYTES = 2**30  # what must be left on the disk: the database needs it more
GRACE_SECONDS = 600.0  # between the file and its row lies one turn
_INCOMING = ".incoming-"


class StoredFiles:
    """The folder of one instance."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def has_room(self, n_bytes: int) -> bool:
        """Whether a file of that size may come."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return shutil.disk_usage(self._folder).free - n_bytes > FREE_BYTES

    def receive(self) -> Incoming:
        """A file that is on its way; use it as a context: what is not kept in the end is gone."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return Incoming(self._folder)

    def path_of(self, sha256: str) -> Path:
        """Where the bytes with that hash are."""
        return self._folder / sha256

    def read(self, sha256: str) -> bytes | None:
        """The bytes with that hash; ``None`` when they are not there, or are others by now."""
        path = self.path_of(sha256)
        content = path.read_bytes() if sha256 and path.is_file() else b""
        return content if content and hashlib.sha256(content).hexdigest() == sha256 else None

    def sweep(self, needed: Collection[str]) -> int:
        """How many files were removed that no row names; of those of the last minutes rows may be on their way."""
        before, n_removed = time.time() - GRACE_SECONDS, 0
        for path in self._folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                if path.name not in needed and path.stat().st_mtime < before:
                    path.unlink()
                    n_removed += 1
        return n_removed


class Incoming:
    """A file that is being received: `write` its pieces, then `keep` it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.n_bytes = folder, 0
        self.path = folder / f"{_INCOMING}{secrets.token_hex(8)}"
        self._digest = hashlib.sha256()
        self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _at: TracebackType | None) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Add some bytes."""
        self._file.write(piece)
        self._digest.update(piece)
        self.n_bytes += len(piece)

    def end(self) -> None:
        """All of it has come: it may be read under `path`."""
        self._file.flush()

    def keep(self) -> str:
        """The hash under which the file is stored now, safe on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        sha256 = self._digest.hexdigest()
        self.path.replace(self._folder / sha256)  # the same content again is the same file, and new to `sweep`
        return sha256
