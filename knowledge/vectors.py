"""Vectors of passages (向量): from which texts, in one file, and as a map on which a question has its nearest ones."""

from __future__ import annotations

import hashlib
import logging
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from knowledge.index import units_of
from knowledge.passages import Passage

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Ints = npt.NDArray[np.int64]

DIMENSIONS = 384
# What the vectors in a file were made by and from; another name starts another file.
_MADE_BY = "e5-small-q4-2"
# Time grows with the length (half a second for so many); what a text is about stands at its beginning.
_LONGEST_PASSAGE = 300
# A text without heading that is no longer than people's questions is one, as in collections of questions.
_LONGEST_QUESTION = 60
_KEY_BYTES = 16
_ABANDONED_SECONDS = 3600
_SMALLEST = 1e-6  # of what is divided by
_log = logging.getLogger(__name__)


class Text(NamedTuple):
    """What a passage is understood by. The model reads questions (`is_asked`) otherwise than statements."""

    text: str
    is_asked: bool = False

    @property
    def key(self) -> bytes:
        """What its vector is kept by."""
        spelled = f"{'?' if self.is_asked else '.'}{self.text}"
        return hashlib.blake2b(spelled.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


def texts_of(passage: Passage) -> list[Text]:
    """An article is one text, with its law and its place in it. A card's wordings are questions, one text each; its
    title with the answer is another text.
    """
    if passage.wordings:
        asked = dict.fromkeys((passage.title, *passage.wordings))
        statement = f"{passage.title}\n{passage.text}"
        return [*(Text(each[:_LONGEST_PASSAGE], is_asked=True) for each in asked), Text(statement[:_LONGEST_PASSAGE])]
    whole = units_of(passage)[0].strip()[:_LONGEST_PASSAGE]
    has_heading = bool(passage.title or passage.law or passage.path)
    return [Text(whole, is_asked=not has_heading and len(whole) <= _LONGEST_QUESTION)]


@dataclass(frozen=True)
class VectorMap:
    """The vectors of a collection's passages, each moved by the mean of its kind: the model puts all texts into one
    narrow cone, and only what is left tells them apart (docs/retrieval.md).

    `rows` are of length 1, `owners` the passage of each, ascending, `kinds` its place in `centres`; `offsets` are the
    products of row and centre. A passage without any row is unknown so far.
    """

    rows: Floats
    owners: Ints
    kinds: Ints
    centres: Floats
    offsets: Floats
    n_passages: int

    @classmethod
    def of(cls, vectors: Floats, owners: Ints, kinds: Ints, n_passages: int) -> VectorMap:
        """`vectors`: one row each, as the model makes them."""
        n_kinds = int(kinds.max(initial=-1)) + 1
        centres = np.zeros((n_kinds, DIMENSIONS), dtype=np.float32)
        for kind in np.unique(kinds):
            centres[kind] = vectors[kinds == kind].mean(axis=0)
        moved = vectors - centres[kinds]
        rows = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), _SMALLEST)
        return cls(rows, owners, kinds, centres, np.einsum("ij,ij->i", rows, centres[kinds]), n_passages)

    def likeness(self, vector: Floats) -> Floats:
        """How near each passage is to a question's vector: the cosine of its nearest text; NaN for unknown ones."""
        found = np.full(self.n_passages, np.nan, dtype=np.float32)
        if len(self.owners):
            lengths = np.maximum(np.linalg.norm(vector - self.centres, axis=1), _SMALLEST)
            cosines = (self.rows @ vector - self.offsets) / lengths[self.kinds]
            firsts = np.flatnonzero(np.diff(self.owners, prepend=-1))
            found[self.owners[firsts]] = np.maximum.reduceat(cosines, firsts)
        return found


def stamp_of(file: Path) -> object:
    """What changes when the file does; nothing when there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def write_vectors(file: Path, kept: Mapping[bytes, Halves]) -> None:
    """Write vectors by key so that a reader sees all of them or what was there."""
    keys = np.frombuffer(b"".join(kept), dtype=np.uint8).reshape(len(kept), _KEY_BYTES)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("wb") as handle:
            np.savez(handle, made_by=np.array(_MADE_BY), keys=keys, vectors=np.array(list(kept.values())))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    for left in file.parent.glob(f"{file.name}.*.part"):  # by a process killed while it wrote
        if left.stat().st_mtime < file.stat().st_mtime - _ABANDONED_SECONDS:
            left.unlink(missing_ok=True)


def read_vectors(file: Path) -> dict[bytes, Halves]:
    """What `write_vectors` wrote; nothing when the file is missing, damaged or of another model."""
    try:
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as saved:
            if str(saved["made_by"]) != _MADE_BY:
                return {}
            keys, vectors = saved["keys"], saved["vectors"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        _log.warning("meaning=%s unreadable, making it anew: %s", file, type(error).__name__)
        return {}
    if vectors.shape != (len(keys), DIMENSIONS):
        return {}
    return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
