"""Question → hits in force on a day. Pure: the same index, question and day give the same hits."""

from __future__ import annotations

import functools
import math
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np

from knowledge import postings_file
from knowledge.correct import Sounds, repaired_weights
from knowledge.fusion import POOL, fused
from knowledge.index import Index, fingerprint, generation_of, units_of
from knowledge.meaning import Meaning, Progress
from knowledge.passages import Hit, Passage, PassageKind
from knowledge.postings import NO_POSTINGS, Postings, updated
from knowledge.postings_file import Kept
from knowledge.ranking import (
    Calendar,
    Engine,
    FastEngine,
    Ranked,
    TantivyEngine,
    WhooshEngine,
)
from knowledge.tokenise import ranking_text
from knowledge.vectors import VectorMap
from knowledge.weigh import LONGEST_QUESTION, question_weights

EngineName = Literal["fast", "whoosh", "tantivy"]


@dataclass(frozen=True)
class _Loaded:
    """One generation of the index, ready to be searched; never changes. `marks`: the fingerprint of each source."""

    generation: str
    marks: Mapping[str, str]
    passages: tuple[Passage, ...]
    engine: Engine

    @functools.cached_property
    def sounds(self) -> Sounds:
        """Made when the first question needs a repair."""
        return Sounds(self.engine.pairs())

    @functools.cached_property
    def calendar(self) -> Calendar:
        """Made when the first question is searched by meaning."""
        return Calendar(self.passages)


@dataclass(frozen=True)
class _Current:
    """What is searched at this moment; `map` is what is known of the passages' meaning, nothing when it is off."""

    loaded: _Loaded
    map: VectorMap | None = None


class Search:
    """Finds passages. Safe to use from several threads; `refresh` and `learn` swap in a new state whole."""

    def __init__(
        self, loaded: _Loaded, reload: Callable[[_Loaded], _Loaded | None], meaning: Meaning | None = None
    ) -> None:
        """`reload`: the current generation when it is not the given one. `meaning`: also search by meaning."""
        self._swapping = threading.Lock()
        self._meaning = meaning
        self._current = self._with_map(loaded)
        self._reload = reload

    @classmethod
    def over(
        cls,
        passages: Sequence[Passage],
        folder: Path,
        engine: Literal["fast", "tantivy"] = "fast",
        meaning: Meaning | None = None,
    ) -> Search:
        """A search over these passages alone, without an index of record; the engine keeps its files in the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        stamp = fingerprint(passages)
        loaded = _Loaded(stamp, {}, tuple(passages), make_engine(engine, passages, folder, stamp))
        return cls(loaded, lambda _: None, meaning)

    def find(self, question: str, *, on: date, limit: int = 10, kind: PassageKind | None = None) -> list[Hit]:
        """The best passages in force on that day, best first; none for a question without letters.

        `Hit.coverage` is the share (0–1) of the best score the question could reach by words alone: 1 when a passage
        says all of it.
        """
        current = self._current
        if self._meaning is None or current.map is None:
            found = _by_words(current.loaded, question, on, limit, kind)
            return [_hit(current.loaded, each, each.score, found.reach) for each in found.ranked]
        found = _by_words(current.loaded, question, on, max(limit, POOL), kind)
        if not found.reach:
            return []
        likeness = current.map.likeness(self._meaning.of(question))
        together = fused(found.ranked, likeness, current.loaded.calendar.open_on(on, kind), limit)
        scores = {each.place: each.score for each in found.ranked}
        return [
            _hit(
                current.loaded,
                each,
                scores.get(each.place, 0.0),
                found.reach,
                float(np.nan_to_num(likeness[each.place])),
            )
            for each in together
        ]

    def repaired(self, question: str) -> str:
        """The question as it was probably meant; empty when every pair of its characters occurs in the collection."""
        short = question[:LONGEST_QUESTION]
        loaded = self._current.loaded
        if all(loaded.engine.knows(token) for token in question_weights(short)):
            return ""
        return loaded.sounds.repaired(short) if loaded.sounds.replacements(short) else ""

    def knows(self, token: str) -> bool:
        """Whether any passage contains this ranking token."""
        return self._current.loaded.engine.knows(token)

    @property
    def generation(self) -> str:
        """The generation of the index that is being searched."""
        return self._current.loaded.generation

    def passages(self) -> tuple[Passage, ...]:
        """Every passage that can be found on some day."""
        return self._current.loaded.passages

    def refresh(self) -> bool:
        """Pick up the last commit of the index; whether there was anything new. Cheap when there was not."""
        with self._swapping:
            newer = self._reload(self._current.loaded)
            if newer is not None:
                self._current = self._with_map(newer)
            return newer is not None

    @property
    def is_by_meaning(self) -> bool:
        """Whether passages are also found by their meaning."""
        return self._meaning is not None

    def learn(self, *, seconds: float = math.inf, progress: Progress | None = None) -> int:
        """Make the vectors that are still missing, for about so many seconds; how many texts can now be found by
        meaning that could not before.
        """
        if self._meaning is None:
            return 0
        n_texts = self._meaning.learn(self.passages(), seconds=seconds, progress=progress)
        if n_texts:
            with self._swapping:
                self._current = self._with_map(self._current.loaded)
        return n_texts

    def _with_map(self, loaded: _Loaded) -> _Current:
        return _Current(loaded, self._meaning.map(loaded.passages) if self._meaning else None)


def open_search(index: Index, *, engine: EngineName = "fast", meaning: Meaning | None = None) -> Search:
    """A search over the index as it is now."""
    return Search(
        _load(index, engine),
        lambda earlier: None if index.generation == earlier.generation else _load(index, engine, earlier),
        meaning,
    )


# Above this coverage the plain result stands: so repairing costs clean questions nothing (docs/retrieval.md).
REPAIR_BELOW = 0.6


@dataclass(frozen=True)
class _ByWords:
    """A ranking by words, with the best score the question could reach; 0 for a question without letters."""

    ranked: Sequence[Ranked]
    reach: float

    @property
    def coverage(self) -> float:
        """How much of the question the best passage says."""
        return min(1.0, self.ranked[0].score / self.reach) if self.ranked else 0.0


def _by_words(loaded: _Loaded, question: str, on: date, limit: int, kind: PassageKind | None) -> _ByWords:
    """The ranking for the question as typed, or as it sounds when that fits better."""
    weights = question_weights(question)
    found = _ranked(loaded, weights, on, limit, kind)
    if not _needs_repair(found, weights, loaded.engine):
        return found
    replacements = loaded.sounds.replacements(question[:LONGEST_QUESTION])
    if not replacements:
        return found
    repaired = _ranked(loaded, repaired_weights(weights, replacements), on, limit, kind)
    return repaired if repaired.coverage > found.coverage else found


def _ranked(loaded: _Loaded, weights: Mapping[str, float], on: date, limit: int, kind: PassageKind | None) -> _ByWords:
    if not weights:
        return _ByWords((), 0.0)
    return _ByWords(loaded.engine.rank(weights, on=on, kind=kind, limit=limit), loaded.engine.reach(weights))


def _hit(loaded: _Loaded, found: Ranked, by_words: float, reach: float, meaning: float = 0.0) -> Hit:
    return Hit(loaded.passages[found.place], found.score, min(1.0, by_words / reach), meaning)


def _needs_repair(found: _ByWords, weights: Mapping[str, float], engine: Engine) -> bool:
    """Whether the plain result is weak and the question has pairs of characters that nobody here ever wrote."""
    if found.coverage >= REPAIR_BELOW:
        return False
    return any(len(token) == 2 and not engine.knows(token) for token in weights)


def make_engine(name: Literal["fast", "tantivy"], passages: Sequence[Passage], folder: Path, stamp: str) -> Engine:
    """An engine over these passages; its files are kept in the folder under this stamp, older ones are removed."""
    if name == "fast":
        return _fast_engine(passages, {}, folder, stamp)
    units = [_spelled(each) for each in passages]
    owners = np.repeat(np.arange(len(passages)), [len(each) for each in units])
    _remove_others(folder, f"tantivy-{stamp}")
    return TantivyEngine(folder / f"tantivy-{stamp}", [text for each in units for text in each], owners, passages)


def _fast_engine(passages: Sequence[Passage], marks: Mapping[str, str], folder: Path, stamp: str) -> FastEngine:
    """From what is kept in the folder, with what changed since; what it was made to is kept for the next start."""
    kept = postings_file.load(folder, stamp)
    ids = tuple(each.passage_id for each in passages)
    if kept is not None and kept.stamp == stamp and kept.passage_ids == ids:
        return FastEngine(kept.postings, passages)
    kept = kept or Kept("", NO_POSTINGS, (), {})
    places = {passage_id: place for place, passage_id in enumerate(kept.passage_ids)}
    came_from = [places.get(each.passage_id, -1) if _is_unchanged(each, kept.marks, marks) else -1 for each in passages]
    postings = _postings(passages, came_from, kept.postings)
    postings_file.save(Kept(stamp, postings, ids, marks), folder)
    return FastEngine(postings, passages)


def _postings(passages: Sequence[Passage], came_from: Sequence[int], old: Postings) -> Postings:
    pairs = zip(passages, came_from, strict=True)
    return updated(old, came_from, [_spelled(each) for each, place in pairs if place < 0])


def _spelled(passage: Passage) -> list[str]:
    return [ranking_text(unit) for unit in units_of(passage)]


def _is_unchanged(passage: Passage, before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    mark = now.get(passage.source_id)
    return mark is not None and before.get(passage.source_id) == mark


def _remove_others(folder: Path, name: str) -> None:
    """Remove what an earlier generation of the same engine left."""
    for old in folder.glob(name.partition("-")[0] + "-*"):
        if old.name != name:
            shutil.rmtree(old, ignore_errors=True)


def _load(index: Index, engine: EngineName, earlier: _Loaded | None = None) -> _Loaded:
    """The index as it is now; of an earlier generation only what changed since is read and made anew."""
    marks, passages, came_from = _snapshot(index, earlier)
    generation = generation_of(marks)
    if engine == "whoosh":
        return _Loaded(generation, marks, passages, WhooshEngine(index.searcher(), passages))
    if engine == "tantivy":
        return _Loaded(generation, marks, passages, make_engine(engine, passages, index.folder, generation))
    if earlier is not None and isinstance(earlier.engine, FastEngine):
        postings = _postings(passages, came_from, earlier.engine.postings)
        return _Loaded(generation, marks, passages, FastEngine(postings, passages))
    return _Loaded(generation, marks, passages, _fast_engine(passages, marks, index.folder, generation))


def _snapshot(index: Index, earlier: _Loaded | None) -> tuple[Mapping[str, str], tuple[Passage, ...], list[int]]:
    """The sources and passages of one generation, and each passage's place in the earlier one, -1 for a new one.

    Passages are in order of their ids, so that equal content makes equal postings however it was written. Read again
    when a commit came in between.
    """
    while True:
        marks = index.sources()
        if earlier is None:
            found = [(each, -1) for each in index.passages()]
        else:
            changed = [source for source, mark in marks.items() if earlier.marks.get(source) != mark]
            found = [
                (each, place)
                for place, each in enumerate(earlier.passages)
                if _is_unchanged(each, earlier.marks, marks)
            ]
            found += [(each, -1) for each in index.passages_of(changed)]
        if index.sources() == marks:
            found.sort(key=lambda each: each[0].passage_id)
            return marks, tuple(each for each, _ in found), [place for _, place in found]
