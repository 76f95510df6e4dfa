"""A message of 10,000 characters costs no more than a bounded one (timing: `benchmarks/long_questions.py`)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from benchmarks.long_questions import CHARACTERS, messages
from knowledge.answer import Answerer
from knowledge.cards import load_cards
from knowledge.index import Index
from knowledge.passages import Hit, PassageKind
from knowledge.search import Search, open_search
from knowledge.understand import LONGEST_READ, understand

TODAY = date(2026, 11, 23)
MOST_LOOKS = 24  # parts, wordings and repairs of one message, cards and articles
CARDS = """
[[card]]
id = "lamp_renew"
title = "样灯商标续展多少钱？"
variants = ["样灯商标续展费用", "样灯商标到期续一次多少钱"]
answer = "每件九元。"
service_items = ["B08"]
last_reviewed = 2026-11-23
review_due = 2027-11-23
[[card.citations]]
law = "样灯缴费指南"
version = "2026-07-31"
article = ""
proof = ["九元"]
"""


class Counting:
    """A search that counts what is asked of it."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self.asked: list[str] = []

    @property
    def generation(self) -> str:
        return self._search.generation

    def find(self, question: str, *, on: date, limit: int = 10, kind: PassageKind | None = None) -> list[Hit]:
        self.asked.append(question)
        return self._search.find(question, on=on, limit=limit, kind=kind)

    def passages(self) -> object:
        return self._search.passages()

    def repaired(self, question: str) -> str:
        return self._search.repaired(question)


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Counting:
    return Counting(open_search(_index(tmp_path_factory.mktemp("index"))))


@pytest.fixture(scope="module")
def answerer(counting: Counting, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return Answerer(counting, load_cards(_cards(tmp_path_factory.mktemp("cards"))))  # type: ignore[arg-type]


def _cards(folder: Path) -> Path:
    (folder / "B08.toml").write_text(CARDS, encoding="utf-8")
    return folder


def _index(folder: Path) -> Index:
    index = Index.open(folder / "index")
    (folder / "cards").mkdir()
    index.replace({"cards": load_cards(_cards(folder / "cards")).passages()})
    return index


@pytest.mark.parametrize("kind", messages())
def test_however_long_a_message_the_work_is_bounded(kind: str, counting: Counting, answerer: Answerer) -> None:
    counting.asked.clear()
    message = messages()[kind]
    assert len(message) == CHARACTERS
    assert answerer.answer(message, TODAY).action in {"answer", "clarify", "escalate", "out_of_scope"}
    assert len(counting.asked) <= MOST_LOOKS
    assert max(map(len, counting.asked), default=0) <= 2 * LONGEST_READ  # words of Taiwan or English may get longer


def test_of_a_long_message_the_question_at_its_end_is_answered(answerer: Answerer) -> None:
    story = "我们家开了一间小铺子，生意一直不错。" * 600
    assert answerer.answer(f"{story}样灯商标续展多少钱？", TODAY).card_id == "lamp_renew"


def test_the_beginning_of_a_long_message_is_read_too() -> None:
    reading = understand("样灯商标。" + "嗯" * CHARACTERS, TODAY)
    assert reading.text.startswith("样灯商标")


def test_what_is_as_long_as_is_read_is_read_whole() -> None:
    text = "长" * LONGEST_READ
    assert understand(text, TODAY).text == text
