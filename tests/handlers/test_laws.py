"""What a revision changed: which edition is meant, what a card says of it, what comparing two texts says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from handlers.laws import what_changed
from knowledge.answer import Answerer
from knowledge.cards import Cards, load_cards
from knowledge.changes import changes_asked
from knowledge.lawbook import Edition
from knowledge.passages import Answer
from knowledge.search import Search
from knowledge.tokenise import normalise
from tests.knowledge.test_citations import KNOWN, NEW, TEXTS, TODAY, article

LAWS = {"样灯法", "样灯法实施细则", "商标法"}
CARD = """
[[card]]
id = "lamp_changes"
title = "样灯法2025年修订，改了什么？"
variants = ["样灯法修订要点"]
answer = "灯要圆、要小，不得虚假宣传。"
service_items = ["B01"]
effective_from = 2025-10-15
last_reviewed = 2026-11-23
review_due = 2027-11-23
[[card.citations]]
law = "样灯法"
version = "2025-06-27"
article = "1"
proof = ["圆"]
"""


def answerer_over(folder: Path, cards: Cards) -> Answerer:
    lone = [article("样灯孤法", NEW, str(n), "灯可以挂。", start=date(2025, 10, 15)) for n in range(1, 4)]
    known = (*KNOWN, Edition("样灯孤法", "2010-01-01", date(2010, 1, 1)))
    return Answerer(Search.over([*TEXTS, *lone, *cards.passages()], folder), cards, known, compare=what_changed)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return answerer_over(tmp_path_factory.mktemp("search"), Cards({}))


def asked(answerer: Answerer, question: str, on: date = TODAY) -> Answer:
    return answerer.answer(question, on)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("样灯法2025年改了什么", ("样灯法", "2025")),
        ("2025年样灯法修订了哪些内容", ("样灯法", "2025")),
        ("样灯法改了啥", ("样灯法", "")),
        ("新商标法有哪些变化", ("商标法", "")),
        ("样灯法实施细则和旧的有什么不同", ("样灯法实施细则", "")),
        ("样灯法2025年怎么罚", ("", "")),
        ("商标改了名字怎么办", ("", "")),
        ("样灯专利申请能修改哪些内容", ("", "")),
        ("专利文件修改了什么", ("", "")),
    ],
)
def test_what_asks_for_the_changes_of_a_law(question: str, meant: tuple[str, str]) -> None:
    assert changes_asked(normalise(question), LAWS) == meant


@pytest.mark.parametrize("question", ["样灯法2025年改了什么", "2025年样灯法修订了哪些内容"])
def test_a_year_of_a_revision_asks_for_the_comparison_and_not_for_a_day(answerer: Answerer, question: str) -> None:
    answer = asked(answerer, question)
    assert (answer.action, answer.day, answer.service_item) == ("answer", None, "B01")
    assert "2025年6月27日版，自2025年10月15日起施行，共4条（此前的2019年4月23日版共3条）" in answer.lead
    assert "新增1条、修改1条" in answer.lead
    assert any("第二条：灯不得虚假宣传。" in each for each in answer.details)
    assert "修改的：第一条。" in answer.details
    assert [(each.article, each.version) for each in answer.citations] == [("2", NEW), ("1", NEW)]


def test_without_a_year_the_revision_that_is_about_to_begin_is_meant(answerer: Answerer) -> None:
    assert "2026年6月26日版，自2027年1月1日起施行，共6条" in asked(answerer, "样灯法改了什么").lead
    assert "2025年6月27日版" in asked(answerer, "样灯法改了什么", date(2026, 1, 15)).lead


def test_what_somebody_wrote_about_a_revision_is_told_instead(tmp_path: Path) -> None:
    (tmp_path / "B01.toml").write_text(CARD, encoding="utf-8")
    answerer = answerer_over(tmp_path / "search", load_cards(tmp_path))
    answer = asked(answerer, "样灯法2025年改了什么")
    assert (answer.card_id, answer.lead) == ("lamp_changes", "灯要圆、要小，不得虚假宣传。")
    assert "共6条" in asked(answerer, "样灯法2026年改了什么").lead


def test_a_revision_whose_earlier_text_is_not_there_goes_to_a_person(answerer: Answerer) -> None:
    answer = asked(answerer, "样灯孤法2025年改了什么")
    assert (answer.action, answer.citations) == ("escalate", ())
    assert "资料里没有2010年1月1日版的全文，不能逐条对照" in answer.lead


def test_articles_that_only_moved_are_no_change(answerer: Answerer) -> None:
    (old, new) = (answerer.book.version("样灯法", version) for version in ("2019-04-23", NEW))
    assert old is not None
    assert new is not None
    revised = what_changed(old, new)
    assert (revised.added, revised.changed, revised.removed) == (("2",), ("1",), ())
