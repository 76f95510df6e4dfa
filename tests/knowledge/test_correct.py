"""Same-sound repair: typos of pinyin input methods are understood, clean questions are left alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.correct import Sounds, repaired_weights
from knowledge.index import Index
from knowledge.pairs import PairTable
from knowledge.passages import Passage
from knowledge.search import Search, open_search

DAY = date(2026, 11, 23)


@pytest.fixture
def search(tmp_path: Path) -> Search:
    index = Index.open(tmp_path / "index")
    texts = ["商标续展怎么办理", "专利年费怎么缴纳", "著作权登记有什么用", "商业秘密怎么保护"]
    index.replace({"cards": [Passage(f"card:{n}", "cards", "card", text, text) for n, text in enumerate(texts)]})
    return open_search(index)


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("商标旭展", "商标续展怎么办理"),
        ("转利年废", "专利年费怎么缴纳"),
        ("注作权等级", "著作权登记有什么用"),
        ("伤夜米密", "商业秘密怎么保护"),
    ],
)
def test_a_question_that_sounds_right_is_understood(search: Search, typed: str, title: str) -> None:
    assert search.find(typed, on=DAY)[0].passage.title == title


def test_the_repaired_question_can_be_shown(search: Search) -> None:
    assert search.repaired("商标续占") == "商标续展"


def test_clean_questions_are_left_alone(search: Search) -> None:
    assert search.repaired("商标续展") == ""
    assert search.repaired("") == ""


def test_the_commoner_pair_comes_first_and_sounds_that_merge_come_last() -> None:
    sounds = Sounds(PairTable({"续展": 5, "叙展": 9, "智力": 1}))
    assert sounds.replacements("旭展") == {"旭展": ["叙展", "续展"]}
    assert sounds.replacements("字力") == {"字力": ["智力"]}
    assert sounds.replacements("续展") == {}


def test_given_up_pairs_weigh_nothing() -> None:
    weights = repaired_weights({"旭展": 1.0, "旭": 1.5}, {"旭展": ["续展"]})
    assert weights == {"旭": 1.5, "续展": 1.0, "续": 1.0, "展": 1.0}
