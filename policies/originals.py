"""The original files of the compilation, kept by the hash of their content as ``originals/ab/abcd….docx``.

A file appears under its name only when all of it is on the disk; the same content is kept once.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = "originals"
_UNFINISHED = ".incoming-"


@dataclass(frozen=True)
class Flaw:
    """What is wrong with one kept file; `name` is what it was called when it was imported."""

    kind: Literal["missing", "altered", "unfinished"]
    name: str
    path: Path


def keep_original(home: Path, source: Path, sha256: str) -> bool:
    """Keep a copy of the file in the instance; False when it is not (any more) the file with that hash.

    Raises:
        OSError: The source can't be read or the copy can't be written.
    """
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        return False
    target = home / FOLDER / sha256[:2] / f"{sha256}{source.suffix.lower()}"
    if target.is_file() and _hash_of(target) == sha256:
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=_UNFINISHED, delete=False) as incoming:
        incoming.write(content)
        incoming.flush()
        os.fsync(incoming.fileno())
    Path(incoming.name).replace(target)
    return True


def original_of(home: Path, sha256: str) -> Path | None:
    """The kept file with that hash; ``None`` when there is none."""
    return next((home / FOLDER / sha256[:2]).glob(f"{sha256}.*"), None) if sha256 else None


def flaws(home: Path, kept: Mapping[str, str]) -> Iterator[Flaw]:
    """What is missing, altered, or left behind by an import that was cut off.

    Args:
        home: The instance folder.
        kept: The names of the files that should be there, by their hash; revisions made without a file have none.
    """
    for sha256, name in kept.items():
        if not sha256:
            continue
        path = original_of(home, sha256)
        if path is None:
            yield Flaw("missing", name, home / FOLDER / sha256[:2] / sha256)
        elif _hash_of(path) != sha256:
            yield Flaw("altered", name, path)
    for path in sorted((home / FOLDER).glob(f"*/{_UNFINISHED}*")):
        yield Flaw("unfinished", path.name, path)


def _hash_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
