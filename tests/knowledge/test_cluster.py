"""Unanswered questions in groups: the same question in other words joins, another question does not."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.cluster import ALIKE, Asked, Cluster, Groups, Likeness, cluster, is_gap, ranked

NOW = datetime(2026, 11, 26, tzinfo=UTC)
COLLECTION = (
    "商标续展什么时候办",
    "商标续展多少钱",
    "商标转让怎么办理",
    "专利年费怎么交",
    "发明专利保护多少年",
    "外观设计专利保护多少年",
    "商业秘密怎么保护",
    "著作权登记需要什么材料",
    "商标注册要多久",
    "专利申请要多久",
    "商标能不能质押",
    "专利权质押怎么登记",
)
LIKENESS = Likeness(COLLECTION)


def asked(*texts: str, contact: int | None = None, badness: float = 0.5, days_ago: float = 0) -> list[Asked]:
    at = NOW - timedelta(days=days_ago)
    return [Asked(n, text, contact or n, at + timedelta(seconds=n), badness) for n, text in enumerate(texts, start=1)]


def groups_of(*texts: str) -> list[set[str]]:
    return [{each.text for each in found.members} for found in cluster(asked(*texts), LIKENESS)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("专利年费能分期付款吗", "专利年费可以分期付款吗？"),
        ("版权能质押贷款吗", "著作权能不能质押贷款"),  # a lay word is the official one
        ("請問商標能質押貸款嗎", "商标能质押贷款吗"),
        ("商标能质押贷款吗", "商标能 质押 贷款吗!!"),
    ],
)
def test_one_question_in_two_spellings_is_one_group(one: str, other: str) -> None:
    assert groups_of(one, other) == [{one, other}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("商标续展多少钱", "商标续展要多久"),
        ("注册商标续展怎么办理", "注册商标转让怎么办理"),
        ("发明专利保护多少年", "商业秘密保护多少年"),
        ("专利年费能分期付款吗", "商标能质押贷款吗"),
    ],
)
def test_another_question_is_another_group_however_alike_it_looks(one: str, other: str) -> None:
    assert LIKENESS(one, other) < ALIKE
    assert len(groups_of(one, other)) == 2


def test_likeness_is_symmetric_and_whole_for_the_same_question() -> None:
    assert LIKENESS("专利年费能分期吗", "专利年费能分期吗？") >= ALIKE
    assert LIKENESS("专利年费能分期吗", "专利年费能分期吗") == 1.0
    pairs = [(one, other) for one in COLLECTION for other in COLLECTION]
    assert all(LIKENESS(one, other) == pytest.approx(LIKENESS(other, one)) for one, other in pairs)


def test_adding_one_by_one_gives_the_groups_of_adding_all_at_once() -> None:
    cards = list(load_cards(SHIPPED_FOLDER).by_id.values())[:30]
    texts = [text for each in cards for text in (each.title, *each.variants)]
    random.Random(3).shuffle(texts)
    questions = asked(*texts)
    growing = Groups(LIKENESS)
    for each in questions:
        growing.add(each)
    assert growing.clusters() == cluster(questions, LIKENESS)
    backwards = cluster(reversed(questions), LIKENESS)
    assert backwards == cluster(questions, LIKENESS)
    assert len(backwards) < len(texts)


def test_a_group_is_named_by_its_most_typical_question() -> None:
    (found,) = cluster(
        asked(
            "专利年费能分期付款吗，我们厂今年资金紧张",
            "专利年费能分期付款吗",
            "专利年费可以分期付款吗",
            "专利年费能分期付款吗",
        ),
        LIKENESS,
    )
    assert found.typical.text == "专利年费能分期付款吗"
    assert found.wordings[0] == "专利年费能分期付款吗"
    assert len(found.wordings) == 3


def one_group(text: str, contacts: list[int], *, days_ago: float = 0, badness: float = 0.5) -> Cluster:
    found = [each for who in contacts for each in asked(text, contact=who, days_ago=days_ago, badness=badness)]
    (made,) = cluster(found, LIKENESS)
    return made


def test_many_people_come_before_one_who_asks_often() -> None:
    insistent = one_group("商标能质押贷款吗", [1, 1, 1, 1, 1])
    common = one_group("专利年费能分期付款吗", [1, 2, 3])
    assert ranked([insistent, common], NOW) == [common, insistent]
    assert (insistent.n_contacts, common.n_contacts) == (1, 3)


def test_of_equally_many_people_the_recent_and_the_badly_served_come_first() -> None:
    old = one_group("商标能质押贷款吗", [1, 2], days_ago=60)
    recent = one_group("专利年费能分期付款吗", [1, 2])
    hurt = one_group("商业秘密被前员工带走", [1, 2], badness=1.0)
    assert ranked([old, recent, hurt], NOW) == [hurt, recent, old]


@pytest.mark.parametrize(
    ("text", "action", "expected"),
    [
        ("专利年费能分期付款吗", "escalate", True),
        ("专利年费能分期付款吗", "out_of_scope", True),
        ("红烧肉怎么做好吃", "out_of_scope", False),
        ("红烧肉怎么做好吃", "escalate", True),
        ("你好", "escalate", False),
        ("你们工作人员态度太差了", "escalate", False),
        ("你这个垃圾机器人", "escalate", False),
        ("转人工", "escalate", False),
        ("我能打赢这个官司吗", "escalate", False),
        ("", "escalate", False),
    ],
)
def test_greetings_abuse_and_complaints_are_no_gaps(text: str, action: str, expected: bool) -> None:
    assert is_gap(text, action) is expected


@pytest.mark.parametrize("text", ["", "？？？", "专" * 5000, "\x00\ud800", "a" * 3000, "，。" * 500])
def test_hostile_texts_are_grouped_like_any_other(text: str) -> None:
    assert len(cluster(asked(text, text, "专利年费能分期付款吗"), LIKENESS)) == 2


def test_five_thousand_questions_take_two_seconds_of_computing() -> None:
    cards = load_cards(SHIPPED_FOLDER).by_id.values()
    texts = [text for each in cards for text in (each.title, *each.variants)]
    random.Random(7).shuffle(texts)
    started = time.process_time()
    found = cluster(asked(*texts[:5000]), LIKENESS)
    # `benchmarks/gaps.py` measures the two seconds; here a busy machine has leave to be slower.
    assert time.process_time() - started < 6
    assert sum(len(each.members) for each in found) == 5000
