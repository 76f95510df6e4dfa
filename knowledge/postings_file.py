"""Postings kept beside the index, so that a start need not make them: derived, made anew when missing or damaged.

The file says of which state of the index it is; one of an earlier state is a beginning from which only what changed is
made.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.postings import Postings, with_impacts

# In the name of the file: another layout is another file.
_NAME = "fast2-{stamp}.npz"
_ARRAYS = ("keys", "starts", "rows", "counts", "sizes", "lengths")


@dataclass(frozen=True)
class Kept:
    """Postings with the state of the index they are of: its `stamp`, the ids of its passages in order of place, and the
    fingerprint of each source.
    """

    stamp: str
    postings: Postings
    passage_ids: tuple[str, ...]
    marks: Mapping[str, str]


def load(folder: Path, stamp: str) -> Kept | None:
    """What is kept of this state, else of an earlier one; nothing when there is no file that can be read."""
    exact = folder / _NAME.format(stamp=stamp)
    for file in (exact, *folder.glob(_NAME.format(stamp="*"))):
        if (kept := _read(file)) is not None:
            return kept
    return None


def save(kept: Kept, folder: Path) -> None:
    """Write the file so that a reader sees all of it or none; those of other states go."""
    file = folder / _NAME.format(stamp=kept.stamp)
    parts = file.with_suffix(".part")
    said = {"stamp": kept.stamp, "ids": kept.passage_ids, "marks": dict(kept.marks)}
    with parts.open("wb") as handle:
        arrays = {name: getattr(kept.postings, name) for name in _ARRAYS}
        np.savez(handle, said=np.array(json.dumps(said)), **arrays)
    parts.replace(file)
    for other in folder.glob("fast*-*"):
        if other.name != file.name:
            other.unlink(missing_ok=True)


def _read(file: Path) -> Kept | None:
    try:
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as saved:
            said = json.loads(str(saved["said"]))
            arrays = {name: saved[name] for name in _ARRAYS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    nothing = np.empty(0)
    postings = with_impacts(Postings(**arrays, impacts=nothing.astype(np.float32), frequency=nothing.astype(np.int64)))
    return Kept(said["stamp"], postings, tuple(said["ids"]), said["marks"])
