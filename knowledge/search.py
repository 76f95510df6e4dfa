"""Question → hits in force on a day. Pure: the same index, question and day give the same hits."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from knowledge.index import Index, units_of
from knowledge.passages import Hit, Passage, PassageKind
from knowledge.ranking import Engine, FastEngine, build_postings, load_postings, question_weights, save_postings
from knowledge.tokenise import normalise

EngineName = Literal["fast", "whoosh", "tantivy"]

# Longer questions are cut for ranking: what matters stands near the beginning, and time stays bounded.
LONGEST_QUESTION = 1000


@dataclass(frozen=True)
class _Loaded:
    """One generation of the index, ready to be searched; never changes."""

    generation: str
    passages: tuple[Passage, ...]
    engine: Engine


class Search:
    """Finds passages. Safe to use from several threads; `refresh` swaps in a new generation whole."""

    def __init__(self, index: Index, engine: EngineName) -> None:
        self._index = index
        self._engine_name = engine
        self._refreshing = threading.Lock()
        self._loaded = _load(index, engine)

    def find(
        self, question: str, *, on: date, limit: int = 10, kind: PassageKind | None = None
    ) -> list[Hit]:
        """The best passages in force on that day, best first; none for a question without letters.

        `Hit.coverage` is the share (0–1) of the best score the question could reach: 1 when a passage says all of it.
        """
        loaded = self._loaded
        weights = question_weights(question[:LONGEST_QUESTION])
        ranked = loaded.engine.rank(weights, on=on, kind=kind, limit=limit)
        reach = loaded.engine.reach(weights)
        return [Hit(loaded.passages[each.place], each.score, min(1.0, each.score / reach)) for each in ranked]

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
            if self._index.generation == self._loaded.generation:
                return False
            self._loaded = _load(self._index, self._engine_name)
            return True


def open_search(index: Index, *, engine: EngineName = "fast") -> Search:
    """A search over the index as it is now."""
    return Search(index, engine)


def _load(index: Index, engine: EngineName) -> _Loaded:
    del engine
    generation, passages = _snapshot(index)
    units = [units_of(each) for each in passages]
    owners = np.repeat(np.arange(len(passages)), [len(each) for each in units])
    file = index.folder / f"fast-{generation}.npz"
    postings = load_postings(file)
    if postings is None or postings.n_units != len(owners):
        postings = build_postings([normalise(unit) for each in units for unit in each])
        for old in index.folder.glob("fast-*.npz"):
            old.unlink(missing_ok=True)
        save_postings(postings, file)
    return _Loaded(generation, passages, FastEngine(postings, owners, passages))


def _snapshot(index: Index) -> tuple[str, tuple[Passage, ...]]:
    """The passages of one generation; read again when a commit came in between."""
    while True:
        generation = index.generation
        passages = tuple(index.passages())
        if index.generation == generation:
            return generation, passages
