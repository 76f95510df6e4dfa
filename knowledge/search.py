"""Question → hits in force on a day. Pure: the same index, question and day give the same hits."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np

from knowledge.correct import Sounds, repaired_weights
from knowledge.index import Index, fingerprint, units_of
from knowledge.passages import Hit, Passage, PassageKind
from knowledge.ranking import (
    Engine,
    FastEngine,
    Ints,
    TantivyEngine,
    WhooshEngine,
    build_postings,
    load_postings,
    save_postings,
)
from knowledge.tokenise import ranking_text
from knowledge.weigh import LONGEST_QUESTION, question_weights

EngineName = Literal["fast", "whoosh", "tantivy"]


@dataclass(frozen=True)
class _Loaded:
    """One generation of the index, ready to be searched; never changes."""

    generation: str
    passages: tuple[Passage, ...]
    engine: Engine

    @functools.cached_property
    def sounds(self) -> Sounds:
        """Made when the first question needs a repair."""
        return Sounds(self.engine.pairs())


class Search:
    """Finds passages. Safe to use from several threads; `refresh` swaps in a new generation whole."""

    def __init__(self, loaded: _Loaded, reload: Callable[[str], _Loaded | None]) -> None:
        """`reload`: the current generation when it is not the given one."""
        self._refreshing = threading.Lock()
        self._loaded = loaded
        self._reload = reload

    @classmethod
    def over(cls, passages: Sequence[Passage], folder: Path, engine: Literal["fast", "tantivy"] = "fast") -> Search:
        """A search over these passages alone, without an index of record; the engine keeps its files in the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        stamp = fingerprint(passages)
        return cls(_Loaded(stamp, tuple(passages), make_engine(engine, passages, folder, stamp)), lambda _: None)

    def find(self, question: str, *, on: date, limit: int = 10, kind: PassageKind | None = None) -> list[Hit]:
        """The best passages in force on that day, best first; none for a question without letters.

        `Hit.coverage` is the share (0–1) of the best score the question could reach: 1 when a passage says all of it.
        """
        loaded = self._loaded
        weights = question_weights(question)
        hits = _ranked(loaded, weights, on, limit, kind)
        if not _needs_repair(hits, weights, loaded.engine):
            return hits
        replacements = loaded.sounds.replacements(question[:LONGEST_QUESTION])
        if not replacements:
            return hits
        repaired = _ranked(loaded, repaired_weights(weights, replacements), on, limit, kind)
        return repaired if repaired and (not hits or repaired[0].coverage > hits[0].coverage) else hits

    def repaired(self, question: str) -> str:
        """The question as it was probably meant; empty when every pair of its characters occurs in the collection."""
        short = question[:LONGEST_QUESTION]
        loaded = self._loaded
        if all(loaded.engine.knows(token) for token in question_weights(short)):
            return ""
        return loaded.sounds.repaired(short) if loaded.sounds.replacements(short) else ""

    def knows(self, token: str) -> bool:
        """Whether any passage contains this ranking token."""
        return self._loaded.engine.knows(token)

    @property
    def generation(self) -> str:
        """The generation of the index that is being searched."""
        return self._loaded.generation

    def passages(self) -> tuple[Passage, ...]:
        """Every passage that can be found on some day."""
        return self._loaded.passages

    def refresh(self) -> bool:
        """Pick up the last commit of the index; whether there was anything new. Cheap when there was not."""
        with self._refreshing:
            newer = self._reload(self._loaded.generation)
            self._loaded = newer or self._loaded
            return newer is not None


def open_search(index: Index, *, engine: EngineName = "fast") -> Search:
    """A search over the index as it is now."""
    return Search(
        _load(index, engine), lambda generation: None if index.generation == generation else _load(index, engine)
    )


# Above this coverage the plain result stands: so repairing costs clean questions nothing (docs/retrieval.md).
REPAIR_BELOW = 0.6


def _ranked(loaded: _Loaded, weights: Mapping[str, float], on: date, limit: int, kind: PassageKind | None) -> list[Hit]:
    if not weights:
        return []
    reach = loaded.engine.reach(weights)
    ranked = loaded.engine.rank(weights, on=on, kind=kind, limit=limit)
    return [Hit(loaded.passages[each.place], each.score, min(1.0, each.score / reach)) for each in ranked]


def _needs_repair(hits: Sequence[Hit], weights: Mapping[str, float], engine: Engine) -> bool:
    """Whether the plain result is weak and the question has pairs of characters that nobody here ever wrote."""
    if hits and hits[0].coverage >= REPAIR_BELOW:
        return False
    return any(len(token) == 2 and not engine.knows(token) for token in weights)


def make_engine(name: Literal["fast", "tantivy"], passages: Sequence[Passage], folder: Path, stamp: str) -> Engine:
    """An engine over these passages; its files are kept in the folder under this stamp, older ones are removed."""
    units = [units_of(each) for each in passages]
    owners = np.repeat(np.arange(len(passages)), [len(each) for each in units])
    texts = [unit for each in units for unit in each]
    if name == "tantivy":
        _remove_others(folder, f"tantivy-{stamp}")
        return TantivyEngine(folder / f"tantivy-{stamp}", [ranking_text(text) for text in texts], owners, passages)
    return _fast_engine(texts, owners, passages, folder / f"fast-{stamp}.npz")


def _fast_engine(texts: Sequence[str], owners: Ints, passages: Sequence[Passage], file: Path) -> Engine:
    postings = load_postings(file)
    if postings is None or postings.n_units != len(owners):
        postings = build_postings([ranking_text(text) for text in texts], owners)
        _remove_others(file.parent, file.name)
        save_postings(postings, file)
    return FastEngine(postings, owners, passages)


def _remove_others(folder: Path, name: str) -> None:
    """Remove what an earlier generation of the same engine left."""
    for old in folder.glob(name.partition("-")[0] + "-*"):
        if old.is_dir() and old.name != name:
            shutil.rmtree(old, ignore_errors=True)
        elif old.name != name:
            old.unlink(missing_ok=True)


def _load(index: Index, engine: EngineName) -> _Loaded:
    generation, passages = _snapshot(index)
    if engine == "whoosh":
        return _Loaded(generation, passages, WhooshEngine(index.searcher(), passages))
    return _Loaded(generation, passages, make_engine(engine, passages, index.folder, generation))


def _snapshot(index: Index) -> tuple[str, tuple[Passage, ...]]:
    """The passages of one generation by id, so that equal content makes equal postings however it was written; read
    again when a commit came in between.
    """
    while True:
        generation = index.generation
        passages = tuple(sorted(index.passages(), key=lambda each: each.passage_id))
        if index.generation == generation:
            return generation, passages
