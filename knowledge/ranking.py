"""The answering path: which passages fit a question best. One port, three engines, the same tokens.

``fast`` (default) is BM25 in the process over arrays cached beside the index; ``whoosh`` is Whoosh's own ranking over
the index of record, always a working setting and the oracle of the tests; ``tantivy`` (optional extra) serves very
large compilations. Whatever the engine, only passages in force on the day compete, and a passage scores by all its
texts together and a little by the one that fits best.
"""

from __future__ import annotations

import functools
import itertools
import math
import shutil
import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from knowledge.pairs import KeyedPairs, Pairs, PairTable
from knowledge.passages import Passage, PassageKind
from knowledge.postings import Floats, Ints, Postings, key_of
from knowledge.tokenise import is_han, positioned_tokens

# A card's score: this share by all its wordings and its answer read as one text, the rest by the one wording that fits
# best. All of it as one text finds held-out wordings best (MRR@10 .697 against .608 by the best wording alone); the
# best wording makes sure that a question asked word for word comes first (docs/retrieval.md).
WHOLE_SHARE = 0.6

# So many questions' scores are kept, four bytes a passage each; and so many tokens' places, a few bytes each.
_SCORES_KEPT = 16
_TOKENS_KEPT = 8192


@dataclass(frozen=True)
class Ranked:
    """A passage by its place in the collection, with the engine's score."""

    place: int
    score: float


class Engine(Protocol):
    """What ranks. Thread safe and never changing: a new generation makes a new engine."""

    def rank(self, weights: Mapping[str, float], *, on: date, kind: PassageKind | None, limit: int) -> list[Ranked]:
        """The best passages for weighted tokens, best first; equal scores in order of place."""
        ...

    def reach(self, weights: Mapping[str, float]) -> float:
        """The best score a text could get for these tokens: each of them in it, and nothing else. Never 0."""
        ...

    def knows(self, token: str) -> bool:
        """Whether any passage contains this token."""
        ...

    def pairs(self) -> Pairs:
        """The pairs of Chinese characters in the collection."""
        ...


class FastEngine:
    """BM25 in the process: one addition per posting of the question's tokens, a few milliseconds at 50,000 passages."""

    def __init__(self, postings: Postings, passages: Sequence[Passage]) -> None:
        """`postings` of these passages: every one has at least one unit, the whole of it first."""
        self._postings = postings
        # A single look-up by `bisect` costs a tenth of one by numpy, and does not let go of the interpreter.
        self._keys = array("q", postings.keys.astype(np.int64).tobytes())
        self._starts = array("q", postings.starts.astype(np.int64).tobytes())
        self._firsts = postings.firsts
        self._calendar = Calendar(passages)
        # A question is looked for among cards and then among articles, a story in several wordings.
        self._scores = functools.lru_cache(maxsize=_SCORES_KEPT)(self._score)
        self._span = functools.lru_cache(maxsize=_TOKENS_KEPT)(self._span_of)
        self._rarity = functools.lru_cache(maxsize=_TOKENS_KEPT)(self._rarity_of)

    @property
    def postings(self) -> Postings:
        """What it ranks by; the next generation is made from it."""
        return self._postings

    def rank(self, weights: Mapping[str, float], *, on: date, kind: PassageKind | None, limit: int) -> list[Ranked]:
        """See `Engine`."""
        if not len(self._firsts):
            return []
        return top(self._scores(tuple(weights.items())), limit, among=self._calendar.places_on(on, kind))

    def reach(self, weights: Mapping[str, float]) -> float:
        """See `Engine`."""
        return reach(weights, self._rarity)

    def knows(self, token: str) -> bool:
        """See `Engine`."""
        return self._span(token) is not None

    def pairs(self) -> Pairs:
        """See `Engine`."""
        return KeyedPairs(self._postings)

    def _score(self, weights: tuple[tuple[str, float], ...]) -> Floats:
        """Each passage's score: all postings in one addition, which is several times faster than one by one."""
        spans = [(span, weight) for token, weight in weights if (span := self._span(token))]
        if not spans:
            return np.zeros(len(self._firsts), dtype=np.float32)
        rows = np.concatenate([self._postings.rows[span] for span, _ in spans])
        impacts = np.concatenate([self._postings.impacts[span] for span, _ in spans])
        lengths = [span.stop - span.start for span, _ in spans]
        impacts *= np.repeat(np.array([weight for _, weight in spans], dtype=np.float32), lengths)
        scores = np.bincount(rows, weights=impacts, minlength=self._postings.n_units)
        best = WHOLE_SHARE * scores[self._firsts] + (1 - WHOLE_SHARE) * np.maximum.reduceat(scores, self._firsts)
        return best.astype(np.float32)

    def _span_of(self, token: str) -> slice | None:
        place = self._place(token)
        return None if place is None else slice(self._starts[place], self._starts[place + 1])

    def _rarity_of(self, token: str) -> float:
        place = self._place(token)
        return rarity(0 if place is None else int(self._postings.frequency[place]), len(self._firsts))

    def _place(self, token: str) -> int | None:
        """The number of a token in the vocabulary."""
        key = key_of(token)
        if key is None:
            return None
        place = bisect_left(self._keys, key)
        return place if place < len(self._keys) and self._keys[place] == key else None


def reach(weights: Mapping[str, float], rarity_of: Callable[[str], float]) -> float:
    """The score of a text of average length that has every token once, by BM25 with our `K1`."""
    return max(sum([weight * rarity_of(token) for token, weight in weights.items()]), 1e-6)


def rarity(frequency: int, n_passages: int) -> float:
    """How much a token says that so many of all passages contain, by BM25."""
    return math.log1p((n_passages - frequency + 0.5) / (frequency + 0.5))


def top(scores: Floats, limit: int, *, among: Ints | None = None) -> list[Ranked]:
    """The places with the highest scores above 0, best first, equal ones in order of place; `among` these, ascending,
    or all.
    """
    found = scores if among is None else scores[among]
    if limit < len(found):
        least = np.partition(found, -limit)[-limit]
        places = np.flatnonzero(found >= max(least, 1e-9))
    else:
        places = np.flatnonzero(found > 0)
    order = places[np.argsort(-found[places], kind="stable")][:limit]
    return [
        Ranked(place, score)
        for place, score in zip((order if among is None else among[order]).tolist(), found[order].tolist(), strict=True)
    ]


class Calendar:
    """Which passages may be quoted on a day."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._first = np.array([(each.effective_from or date.min).toordinal() for each in passages], dtype=np.int32)
        self._last = np.array([(each.effective_to or date.max).toordinal() for each in passages], dtype=np.int32)
        self._kinds = np.array([each.kind for each in passages])
        self.open_on = functools.lru_cache(maxsize=16)(self._open_on)
        self.places_on = functools.lru_cache(maxsize=16)(self._places_on)

    def _open_on(self, day: date, kind: PassageKind | None) -> npt.NDArray[np.bool_]:
        """One truth value per passage; do not change it, it is shared."""
        number = day.toordinal()
        found = (self._first <= number) & (number <= self._last)
        return found & (self._kinds == kind) if kind else found

    def _places_on(self, day: date, kind: PassageKind | None) -> Ints:
        """The places of these passages, ascending; do not change it, it is shared."""
        return np.flatnonzero(self.open_on(day, kind))


class WhooshEngine:
    """Whoosh's own BM25F over the index of record. Its searcher stays on the commit it was opened on.

    A searcher reads its files through one shared place mark each, so only one thread may ask it at a time.
    """

    # Whoosh visits each posting in Python, some microseconds each. The rarest tokens say most: they are taken until
    # this many postings are reached, so that a long story costs no more than a plain question (docs/retrieval.md).
    postings_at_most = 4_000

    def __init__(self, searcher: Any, passages: Sequence[Passage]) -> None:  # noqa: ANN401  Whoosh has no types
        self._searcher = searcher
        self._one_at_a_time = threading.Lock()
        self._frequencies: dict[str, int] = {}  # grows with the words people use; gone with the next commit
        self._calendar = Calendar(passages)
        self._n_passages = len(passages)
        self._n_units = searcher.doc_count_all()  # deleted ones included: Whoosh numbers them
        places = {each.passage_id: place for place, each in enumerate(passages)}
        # Whoosh's number of a text → place of its passage; -1 for what is no text.
        self._owners = np.full(self._n_units, -1, dtype=np.int64)
        self._wholes = np.zeros(len(passages), dtype=np.int64)
        for number, stored in searcher.reader().iter_docs():
            self._owners[number] = places.get(stored.get("owner", ""), -1)
            if "passage" in stored:
                self._wholes[self._owners[number]] = number

    def rank(self, weights: Mapping[str, float], *, on: date, kind: PassageKind | None, limit: int) -> list[Ranked]:
        """See `Engine`."""
        if not self._n_passages:
            return []
        scores = np.zeros(self._n_units, dtype=np.float32)
        with self._one_at_a_time:
            for number, score in self._scores(weights):
                scores[number] = score
        fitting = np.zeros(self._n_passages + 1, dtype=np.float32)  # The last one takes what belongs to no passage.
        np.maximum.at(fitting, self._owners, scores)
        best = WHOLE_SHARE * scores[self._wholes] + (1 - WHOLE_SHARE) * fitting[:-1]
        best[~self._calendar.open_on(on, kind)] = 0
        return top(best, limit)

    def reach(self, weights: Mapping[str, float]) -> float:
        """See `Engine`. Whoosh's rarity of a token is log(n / (df + 1)) + 1."""
        if not self._n_units:
            return 1e-6
        with self._one_at_a_time:
            kept = self._kept(weights)
            rarities = [(math.log(self._n_units / (self._frequency(t) + 1)) + 1, weights[t]) for t in kept]
        return max(sum(rarity * weight for rarity, weight in rarities), 1e-6)

    def knows(self, token: str) -> bool:
        """See `Engine`."""
        with self._one_at_a_time:
            return self._frequency(token) > 0

    def pairs(self) -> Pairs:
        """See `Engine`."""
        with self._one_at_a_time:
            reader = self._searcher.reader()
            found = [(text.decode(), info.doc_frequency()) for text, info in reader.iter_field("body")]
        return PairTable({text: int(count) for text, count in found if len(text) == 2 and is_han(text[0])})

    def _frequency(self, token: str) -> int:
        if token not in self._frequencies:
            self._frequencies[token] = int(self._searcher.doc_frequency("body", token))
        return self._frequencies[token]

    def _kept(self, weights: Mapping[str, float]) -> list[str]:
        """The tokens worth their time, rarest first; at least one."""
        counted = sorted((self._frequency(token), token) for token in weights)
        visited = itertools.accumulate(count for count, _ in counted)
        fitting = [token for (_, token), total in zip(counted, visited, strict=True) if total <= self.postings_at_most]
        return fitting or [token for _, token in counted[:1]]

    def _scores(self, weights: Mapping[str, float]) -> Iterator[tuple[int, float]]:
        from whoosh import query

        wanted = query.Or([query.Term("body", each, boost=weights[each]) for each in self._kept(weights)])
        wanted.matcher_type = query.Or.ARRAY_MATCHER  # The default changes to a tree at 5,000 texts: ten times slower.
        for leaf, offset in self._searcher.leaf_searchers():
            matcher = wanted.matcher(leaf, leaf.context(weighting=leaf.weighting, needs_current=False))
            while matcher.is_active():
                yield matcher.id() + offset, matcher.score()
                matcher.next()


class TantivyEngine:
    """BM25 by tantivy (optional extra), for compilations far beyond 50,000 passages."""

    def __init__(self, folder: Path, spelled: Sequence[str], owners: Ints, passages: Sequence[Passage]) -> None:
        """Opens the files in this folder, or builds them there."""
        import tantivy

        self._tantivy = tantivy
        self._owners = owners
        self._wholes = set(np.searchsorted(owners, np.arange(len(passages))).tolist())
        self._calendar = Calendar(passages)
        self._n_units = len(spelled)
        fields = tantivy.SchemaBuilder()
        fields.add_text_field("body", stored=False, tokenizer_name="whitespace", index_option="freq")
        fields.add_integer_field("unit", stored=False, indexed=False, fast=True)
        self._schema = fields.build()
        self._files = self._opened(folder, spelled)
        self._searcher = self._files.searcher()

    def rank(self, weights: Mapping[str, float], *, on: date, kind: PassageKind | None, limit: int) -> list[Ranked]:
        """See `Engine`. Asks for more texts until enough of their passages are in force."""
        known = {token: weight for token, weight in weights.items() if self.knows(token)}
        if not known:
            return []
        open_on = self._calendar.open_on(on, kind)
        n_texts = 20 * limit
        while True:
            found = [(score, unit) for score, unit in self._texts(known, n_texts) if open_on[self._owners[unit]]]
            scores = self._combined(found)
            if len(scores) >= limit or n_texts >= self._n_units:
                ranked = (Ranked(place, score) for place, score in scores.items())
                return sorted(ranked, key=lambda each: (-each.score, each.place))[:limit]
            n_texts *= 8

    def reach(self, weights: Mapping[str, float]) -> float:
        """See `Engine`."""
        return reach(weights, lambda token: rarity(self._frequency(token), self._n_units))

    def knows(self, token: str) -> bool:
        """See `Engine`."""
        return self._frequency(token) > 0

    def pairs(self) -> Pairs:
        """See `Engine`."""
        found = self._searcher.terms_with_prefix("body", "")
        return PairTable({term: int(count) for term, count in found if len(term) == 2 and is_han(term[0])})

    def _combined(self, found: Sequence[tuple[float, int]]) -> dict[int, float]:
        """Passage → score from its texts, best text first; a text too weak to be found counts nothing."""
        scores: dict[int, float] = {}
        for score, unit in found:
            place = int(self._owners[unit])
            share = WHOLE_SHARE * (unit in self._wholes) + (1 - WHOLE_SHARE) * (place not in scores)
            scores[place] = scores.get(place, 0.0) + share * score
        return scores

    def _frequency(self, token: str) -> int:
        return int(self._searcher.doc_freq("body", token))

    def _texts(self, weights: Mapping[str, float], limit: int) -> list[tuple[float, int]]:
        make, should = self._tantivy.Query, self._tantivy.Occur.Should
        parts = [
            (should, make.boost_query(make.term_query(self._schema, "body", token), weight))
            for token, weight in weights.items()
        ]
        hits = self._searcher.search(make.boolean_query(parts), limit=limit, count=False).hits
        units = self._searcher.fast_field_values("unit", [address for _, address in hits]) if hits else []
        return [(score, unit) for (score, _), unit in zip(hits, units, strict=True)]

    def _opened(self, folder: Path, spelled: Sequence[str]) -> Any:  # noqa: ANN401
        """The files of this folder when they are whole, else new ones."""
        whole = folder / "whole"
        if whole.exists():
            return self._tantivy.Index(self._schema, path=str(folder), reuse=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        files = self._tantivy.Index(self._schema, path=str(folder), reuse=False)
        writer = files.writer(heap_size=128_000_000, num_threads=1)
        for number, text in enumerate(spelled):
            spelled = " ".join(token for token, _ in positioned_tokens(text))
            writer.add_document(self._tantivy.Document(body=spelled, unit=number))
        writer.commit()
        writer.wait_merging_threads()
        files.reload()
        whole.touch()
        return files
