from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.pairs import KeyedPairs, PairTable
from knowledge.passages import Passage
from knowledge.postings import NO_POSTINGS
from knowledge.search import Search
from knowledge.tokenise import is_han, tokens

TEXTS = ("样灯续展要交多少钱", "样灯转让，ISO 9001 第3条", "续展的灯")
PASSAGES = tuple(
    Passage(f"card:{n}", "cards", "card", text, text, effective_from=date(2020, 1, 1)) for n, text in enumerate(TEXTS)
)
SIGNS = st.text("样灯续展要交多少钱转让的旭占", max_size=6)


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> KeyedPairs:
    search = Search.over(PASSAGES, tmp_path_factory.mktemp("index"))
    pairs = search._current.loaded.engine.pairs()  # noqa: SLF001  what the search itself looks up
    assert isinstance(pairs, KeyedPairs)
    return pairs


def _counted() -> PairTable:
    counts: dict[str, int] = {}
    for text in TEXTS:
        for pair in {each for each in tokens(text) if len(each) == 2 and is_han(each[0])}:
            counts[pair] = counts.get(pair, 0) + 1
    return PairTable(counts)


@given(SIGNS, SIGNS)
def test_the_arrays_know_the_pairs_that_were_counted(keyed: KeyedPairs, firsts: str, seconds: str) -> None:
    assert keyed.among(firsts, seconds) == _counted().among(firsts, seconds)


def test_every_character_is_known_once_and_nothing_else(keyed: KeyedPairs) -> None:
    signs = sorted(keyed.signs())
    assert signs == sorted(set(signs))
    assert signs == sorted({each for text in TEXTS for each in tokens(text) if len(each) == 1 and is_han(each)})
    assert set(_counted().signs()) <= set(signs)


def test_an_empty_collection_knows_none() -> None:
    nothing = KeyedPairs(NO_POSTINGS)
    assert nothing.among("样", "灯") == {}
    assert list(nothing.signs()) == []
