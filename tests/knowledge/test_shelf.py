"""Cards at work are taken up anew when a file changes; a file half saved takes nothing away."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from knowledge.added_wordings import with_added_wordings
from knowledge.answer import Answerer
from knowledge.cards import Cards, load_cards
from knowledge.index import Index
from knowledge.search import Search, open_search
from knowledge.shelf import Shelf

TODAY = date(2026, 11, 23)
CARD = """
[[card]]
id = "sample_{n}"
title = "{title}"
variants = []
answer = "{answer}"
service_items = ["B08"]
last_reviewed = 2026-11-01
review_due = 2027-11-01

[[card.citations]]
law = "示例条例"
version = "2020-01-01"
article = "1"
proof = ["示例"]
"""


class Instance:
    """A card folder, its index and a shelf over both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "cards"
        self.folder.mkdir()
        self.index = Index.open(folder / "index")
        cards = self.load(self.folder)
        self.put(cards)
        self.search: Search = open_search(self.index)
        self.shelf = Shelf(
            cards,
            load=self.load,
            make=lambda found: Answerer(self.search, found),
            passages=self.search.passages,
            folder=self.folder,
        )

    def load(self, folder: Path) -> Cards:
        return with_added_wordings(load_cards(folder), folder)

    def put(self, cards: Cards) -> None:
        self.index.replace({"cards": cards.passages()})

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def refresh(self) -> bool:
        return self.shelf.refresh(self.put) | self.search.refresh()

    def lead(self, question: str) -> str:
        return self.shelf.answer(question, TODAY).lead


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path)


PLEDGE = CARD.format(n=1, title="商标能质押贷款吗？", answer="示例：可以质押。")
FEE = CARD.format(n=2, title="专利年费能分期付款吗？", answer="示例：不能分期。")


def test_a_new_file_is_taken_up_without_a_restart(instance: Instance) -> None:
    assert "示例" not in instance.lead("商标能质押贷款吗")
    instance.write("a.toml", PLEDGE)
    assert instance.refresh()
    assert instance.lead("商标能质押贷款吗") == "示例：可以质押。"
    assert not instance.refresh()


def test_a_changed_and_a_deleted_file_are_taken_up_too(instance: Instance) -> None:
    instance.write("a.toml", PLEDGE)
    instance.refresh()
    instance.write("a.toml", PLEDGE.replace("可以质押", "可以，先登记"))
    assert instance.refresh()
    assert instance.lead("商标能质押贷款吗") == "示例：可以，先登记。"
    (instance.folder / "a.toml").unlink()
    assert instance.refresh()
    assert "示例" not in instance.lead("商标能质押贷款吗")


def test_a_file_half_saved_takes_nothing_away(instance: Instance) -> None:
    instance.write("a.toml", PLEDGE)
    instance.refresh()
    instance.write("a.toml", PLEDGE[:60] + '"')
    assert not instance.refresh()
    assert instance.lead("商标能质押贷款吗") == "示例：可以质押。"
    instance.write("a.toml", PLEDGE + FEE)
    assert instance.refresh()
    assert instance.lead("专利年费能分期付款吗") == "示例：不能分期。"


def test_a_file_touched_without_a_change_is_no_change(instance: Instance) -> None:
    instance.write("a.toml", PLEDGE)
    instance.refresh()
    os.utime(instance.folder / "a.toml", (1, 1))
    assert not instance.refresh()


def test_when_the_index_cannot_follow_the_next_refresh_tries_again(instance: Instance) -> None:
    def fail(_cards: Cards) -> None:
        raise OSError

    instance.write("a.toml", PLEDGE)
    with pytest.raises(OSError):  # noqa: PT011  any
        instance.shelf.refresh(fail)
    assert instance.shelf.cards.by_id == {}
    assert instance.refresh()
    assert instance.lead("商标能质押贷款吗") == "示例：可以质押。"


def test_cards_are_prepared_a_few_at_a_time_and_after_a_change_again(instance: Instance) -> None:
    instance.write("a.toml", PLEDGE + FEE)
    instance.refresh()
    assert [instance.shelf.prepare(n_cards=1) for _ in range(3)] == [1, 1, 0]
    instance.write("a.toml", PLEDGE + FEE.replace("不能分期", "可以分期"))
    instance.refresh()
    assert instance.shelf.prepare(n_cards=50) == 2
    assert instance.lead("专利年费能分期付款吗") == "示例：可以分期。"


@pytest.mark.parametrize("question", ["专利年费能分期付款吗", "伤标能质押贷款吗", "为什么下雨", "你们这帮骗子"])
def test_what_was_prepared_no_question_waits_for(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    instance.write("pledge.toml", PLEDGE)
    instance.refresh()
    instance.shelf.prepare(50)
    for made in ("common_ground.Wordings", "common_ground.service_words", "common_ground.manners_over"):
        monkeypatch.delattr(f"knowledge.{made}")
    monkeypatch.delattr("knowledge.common_ground.law_book")
    monkeypatch.delattr("knowledge.search.Sounds")
    assert instance.lead(question)


def test_the_nearest_card_and_how_near_it_is(instance: Instance) -> None:
    instance.write("a.toml", PLEDGE + FEE)
    instance.refresh()
    near = instance.shelf.nearest("年费可以分期付款吗", TODAY)
    assert near is not None
    assert (near.card_id, near.title) == ("sample_2", "专利年费能分期付款吗？")
    assert near.is_likely
    far = instance.shelf.nearest("商业秘密保护要签协议吗", TODAY)
    assert far is None or not far.is_likely


def test_an_empty_shelf_has_nothing_near(instance: Instance) -> None:
    assert instance.shelf.nearest("商标能质押贷款吗", TODAY) is None
