"""Reading a message: routing, days, article addresses, follow-ups, double questions, stories."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.citations import ArticleAddress
from knowledge.named import asks_for_new_law
from knowledge.routing import route
from knowledge.tokenise import normalise
from knowledge.understand import understand

TODAY = date(2026, 11, 23)
LAWS = ("专利法", "专利法实施细则", "商标法", "民法典")
LINES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "relevance" / "routing.jsonl").read_text(encoding="utf-8").splitlines()
]
ROUTED = [(line["label"], text) for line in LINES if "label" in line for text in line["texts"]]
# Looks like the label and is a question about the field: an answer must be looked for.
LOOKALIKES = [(line["not"], text) for line in LINES if "not" in line for text in line["texts"]]


@pytest.mark.parametrize(("label", "text"), ROUTED)
def test_paraphrases_are_routed(label: str, text: str) -> None:
    assert understand(text, TODAY).label == label


@pytest.mark.parametrize(("label", "text"), LOOKALIKES)
def test_a_question_that_looks_like_something_else_is_a_question(label: str, text: str) -> None:
    assert understand(text, TODAY).label == "question", label


def test_every_label_has_paraphrases_and_lookalikes() -> None:
    routed = Counter(label for label, _ in ROUTED)
    lookalikes = Counter(label for label, _ in LOOKALIKES)
    assert len(routed) >= 12
    assert min(count for label, count in routed.items() if label != "question") >= 25
    assert min(lookalikes[label] for label in routed.keys() - {"question", "empty"}) >= 15


def test_hardly_any_wording_of_a_card_is_routed_elsewhere() -> None:
    cards = load_cards(SHIPPED_FOLDER).by_id.values()
    texts = [normalise(each) for card in cards for each in (card.title, *card.variants)]
    routed = [text for text in texts if route(text) != "question"]
    assert len(routed) <= len(texts) // 500, routed


def test_ip_words_route_and_polite_words_go() -> None:
    reading = understand("您好，请问商标续展什么时候办？谢谢", TODAY)
    assert reading.text.startswith("商标续展什么时候办")
    assert reading.is_ours
    assert not understand("今晚吃什么好", TODAY).is_ours


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023年5月商标异议期是几个月", date(2023, 5, 1)),
        ("2023年5月6日发生的侵权怎么赔", date(2023, 5, 6)),
        ("2027年异议期多久", date(2027, 1, 1)),
        ("明年商标异议期多久", date(2027, 1, 1)),
        ("去年的侵权按什么赔", date(2025, 12, 31)),
        ("2020年外观设计保护几年", date(2020, 12, 31)),
        ("2019年注册的商标什么时候续展", None),
        ("去年申请的新型能用到哪一年", None),
        ("2023年13月的规定", None),
        ("商标异议期多久", None),
    ],
)
def test_a_day_named_in_the_question(text: str, day: date | None) -> None:
    assert understand(text, TODAY).day == day


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("专利法第二十六条第三款", ArticleAddress("专利法", "26", 3)),
        ("专利法26条", ArticleAddress("专利法", "26")),
        ("《专利法实施细则》第九十三条写了什么", ArticleAddress("专利法实施细则", "93")),
        ("细则93条", ArticleAddress("专利法实施细则", "93")),
        ("中华人民共和国商标法第57条第2款", ArticleAddress("商标法", "57", 2)),
        ("商標法第五十七條", ArticleAddress("商标法", "57")),
        ("第五十七条", None),
        ("一条生产线上的商标", None),
    ],
)
def test_an_article_is_addressed(text: str, address: ArticleAddress | None) -> None:
    assert understand(text, TODAY, laws=LAWS).addresses == ((address,) if address else ())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=30))
def test_any_text_is_read(text: str, previous: str) -> None:
    reading = understand(text, TODAY, previous=previous, laws=LAWS)
    assert reading.parts
    assert reading.label


def test_a_very_long_message_is_read_quickly() -> None:
    assert understand("商标" * 50_000, TODAY).label == "question"


@pytest.mark.parametrize(
    "text",
    [
        "商标初步审定公告以后多久内可以提异议",
        "商标改了字体会被罚吗",
        "专利申请缩短审查时间",
        "合同修订后要备案吗",
        "新法院受理吗",
    ],
)
def test_everyday_words_do_not_ask_for_a_law_that_is_not_in_force(text: str) -> None:
    assert not asks_for_new_law(text)


@pytest.mark.parametrize(
    "text", ["新商标法异议期变成几个月", "商标法是不是改了", "商标法修订要点", "动态商标新法能注册吗"]
)
def test_the_new_law_is_recognised_by_name(text: str) -> None:
    assert asks_for_new_law(text)


TALE = "我2018年就在渝北开火锅店，前年又开了两家分店，前两天收到一封信，说我们用的名字别人早就注册成商标了，"


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        ("我想问还能不能继续用", None),
        ("我想问2020年商标侵权怎么赔", date(2020, 12, 31)),
        ("我们打算明年三月去参展，现在要准备什么", date(2027, 3, 1)),
        ("年费应该是今年5月到期的，问问还能不能补", None),
    ],
)
def test_in_a_story_a_past_day_tells_when_it_happened_unless_it_stands_where_it_is_asked(
    asked: str, day: date | None
) -> None:
    assert understand(TALE + asked, TODAY).day == day


def test_what_only_sounds_like_our_field_is_read_like_what_names_it() -> None:
    question = "去报外观要多少钱？提无效要多久？"
    alone, heard = understand(question, TODAY), understand(question, TODAY, sounds_ours=lambda text: "提无效" in text)
    assert (alone.is_ours, len(alone.parts)) == (False, 1)
    assert (heard.is_ours, len(heard.parts)) == (True, 2)
