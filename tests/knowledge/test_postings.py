"""Arrays made of what changed are the arrays built anew, and so are the rankings; a killed process harms nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from knowledge import postings_file
from knowledge.index import Index
from knowledge.passages import Passage
from knowledge.postings import NO_POSTINGS, Postings, updated
from knowledge.search import Search, open_search

DAY = date(2026, 11, 23)
WORDS = ("样灯", "灯罩", "标志", "异议", "年费", "许可", "备案", "lamp", "led 3000", "第七条", "三个月", "示例", "𠮷样")


def policy(chance: random.Random, number: int) -> list[Passage]:
    """A small law, or a few cards: made-up words, some of them nowhere else."""
    own = chr(0x4E00 + number * 13 % 5000) + chr(0x5000 + number)
    texts = ["".join(chance.choices((*WORDS, own), k=chance.randint(1, 30))) for _ in range(chance.randint(1, 6))]
    if number % 3:
        law, source = f"示例{own}办法", f"revision:{number}"
        return [
            Passage(f"art:{number}:{n}", source, "article", f"{law}第{n}条", text, law=law, article=str(n))
            for n, text in enumerate(texts, 1)
        ]
    return [
        Passage(f"card:c{number}_{n}", f"card:c{number}", "card", text[:8], text, wordings=(f"{own}怎么办", text[::-1]))
        for n, text in enumerate(texts)
    ]


def assert_same_arrays(one: Postings, other: Postings) -> None:
    for name in ("keys", "starts", "rows", "counts", "impacts", "frequency", "sizes", "lengths"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def rankings(search: Search, questions: Sequence[str]) -> list[list[tuple[str, float]]]:
    hits = [search.find(question, on=DAY, limit=20) for question in questions]
    return [[(hit.passage.passage_id, hit.score) for hit in found] for found in hits]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_published_replaced_and_repealed_it_ranks_as_if_built_anew(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    index = Index.open(tmp_path / "index")
    search = open_search(index)
    held: dict[str, list[Passage]] = {}
    for step in range(12):
        changes = _some_changes(chance, held, step)
        index.replace(changes)
        search.refresh()
        held = {source: found for source, found in (held | changes).items() if found}
        questions = ["".join(chance.choices(WORDS, k=3)) for _ in range(8)] + ["样灯的标只"]
        fresh = Search.over(sorted((each for found in held.values() for each in found), key=_id), tmp_path / str(step))
        assert rankings(search, questions) == rankings(fresh, questions)
        if chance.random() < 0.4:  # a new process begins with what is kept of some earlier state
            search = open_search(index)
            assert rankings(search, questions) == rankings(fresh, questions)


def _id(passage: Passage) -> str:
    return passage.passage_id


def _some_changes(chance: random.Random, held: Mapping[str, Sequence[Passage]], step: int) -> dict[str, list[Passage]]:
    """Up to three new sources, perhaps one written anew, perhaps one gone."""
    numbers = [step * 3 + n for n in range(chance.randint(0, 3))]
    changes = {found[0].source_id: found for found in (policy(chance, number) for number in numbers)}
    if held and chance.random() < 0.5:
        source = chance.choice(sorted(held))
        changes[source] = policy(chance, int(source.removeprefix("card:c").removeprefix("revision:")))
    if held and chance.random() < 0.4:
        changes[chance.choice(sorted(held))] = []
    return changes


@pytest.mark.parametrize("seed", range(20))
def test_arrays_made_of_what_changed_are_those_built_anew(seed: int) -> None:
    chance = random.Random(seed)
    texts: list[list[str]] = []
    postings = NO_POSTINGS
    for _ in range(8):
        came_from, texts = _shuffled_in(chance, texts)
        added = [each for each, place in zip(texts, came_from, strict=True) if place < 0]
        postings = updated(postings, came_from, added)
        assert_same_arrays(postings, updated(NO_POSTINGS, [-1] * len(texts), texts))


def _shuffled_in(chance: random.Random, texts: list[list[str]]) -> tuple[list[int], list[list[str]]]:
    """Most of the passages, new ones anywhere among them."""
    found = [(place, each) for place, each in enumerate(texts) if chance.random() < 0.8]
    for _ in range(chance.randint(0, 4)):
        new = ["".join(chance.choices(WORDS, k=chance.randint(1, 6))) for _ in range(chance.randint(1, 3))]
        found.insert(chance.randint(0, len(found)), (-1, new))
    return [place for place, _ in found], [each for _, each in found]


def test_nothing_makes_nothing_and_everything_may_go() -> None:
    some = updated(NO_POSTINGS, [-1, -1], [["样灯", "灯"], ["标志 lamp"]])
    assert some.sizes.tolist() == [2, 1]
    assert some.lengths.tolist() == [3, 1, 4]
    gone = updated(some, [], [])
    assert_same_arrays(gone, updated(NO_POSTINGS, [], []))
    assert len(gone.keys) == len(gone.rows) == 0


def test_a_text_of_one_token_without_end_is_counted_as_far_as_it_matters() -> None:
    long = updated(NO_POSTINGS, [-1], [["灯" * 70_000]])
    assert long.counts.tolist() == [65_535, 65_535]
    assert long.lengths.tolist() == [139_999]


def test_only_what_changed_is_read_and_taken_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index.open(tmp_path)
    chance = random.Random(1)
    index.replace({found[0].source_id: found for found in (policy(chance, number) for number in range(20))})
    search = open_search(index)
    taken_apart: list[str] = []

    def noted(passage: Passage) -> list[str]:
        taken_apart.append(passage.passage_id)
        return [passage.text]

    monkeypatch.setattr("knowledge.search.units_of", noted)
    new = policy(chance, 40)
    index.replace({new[0].source_id: new})
    assert search.refresh()
    assert sorted(taken_apart) == sorted(each.passage_id for each in new)


_KILLED = """
import os, signal, sys
from pathlib import Path
from knowledge import postings_file
from knowledge.index import Index
from knowledge.search import open_search

def killed(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)

moment = sys.argv[2]
if moment == "before the rename":
    Path.replace = killed
elif moment == "while writing":
    postings_file.np.savez = lambda handle, **_: (handle.write(b"PK half"), handle.flush(), killed())
else:
    Path.unlink = killed
open_search(Index.open(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("moment", ["before the rename", "while writing", "before the old one goes"])
def test_killed_while_it_keeps_its_arrays_the_next_start_finds_the_same(moment: str, tmp_path: Path) -> None:
    chance = random.Random(2)
    index = Index.open(tmp_path / "index")
    index.replace({"revision:1": policy(chance, 1)})
    open_search(index)
    index.replace({"revision:2": policy(chance, 2)})
    ran = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path / "index"), moment],
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert ran.returncode == -signal.SIGKILL
    search = open_search(Index.open(tmp_path / "index"))
    fresh = Search.over(search.passages(), tmp_path / "fresh")
    assert rankings(search, WORDS) == rankings(fresh, WORDS)
    kept = postings_file.load(tmp_path / "index", search.generation)
    assert kept is not None
    assert kept.stamp == search.generation
    assert not list((tmp_path / "index").glob("*.part"))
