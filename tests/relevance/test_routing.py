"""Who must reach a person does, and questions do not: paraphrases that no pattern and no example was made from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.answers import MEASURED_ON, answerer_over, lines_of
from knowledge.answer import Answerer

MUST_REACH_A_PERSON = {"human", "complaint", "personal", "urgent"}
NO_ANSWER = {"greeting", "thanks", "abuse", "wrongdoing", "injection", "chitchat", "identity"}


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return answerer_over(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def heard(answerer: Answerer) -> list[tuple[str, str, str]]:
    """What each text should be (``question`` for a lookalike), what was heard, and what was done."""
    lines = lines_of(Path(__file__).parent / "routing_fresh.jsonl")
    texts = [(line.get("label", "question"), text) for line in lines for text in line["texts"]]
    found = [(label, answerer.answer(text, MEASURED_ON)) for label, text in texts]
    return [(label, answer.label, answer.action) for label, answer in found]


def test_who_must_reach_a_person_does(heard: list[tuple[str, str, str]]) -> None:
    wanted = [is_label in MUST_REACH_A_PERSON for label, is_label, _ in heard if label in MUST_REACH_A_PERSON]
    sent = [label in MUST_REACH_A_PERSON for label, is_label, _ in heard if is_label in MUST_REACH_A_PERSON]
    assert sum(wanted) / len(wanted) >= 0.8
    assert sum(sent) / len(sent) >= 0.8


def test_lookalikes_are_questions(heard: list[tuple[str, str, str]]) -> None:
    lookalikes = [is_label for label, is_label, _ in heard if label == "question"]
    mistaken = Counter(is_label for is_label in lookalikes if is_label in MUST_REACH_A_PERSON | NO_ANSWER)
    assert len(lookalikes) >= 80
    assert sum(mistaken.values()) <= len(lookalikes) * 0.05, mistaken


def test_what_is_no_question_gets_no_card(heard: list[tuple[str, str, str]]) -> None:
    answered = [label for label, _, action in heard if label in NO_ANSWER and action == "answer"]
    assert len(answered) <= 2, answered


@pytest.mark.parametrize(
    "text", ["你们周日上班不", "你们电话多少，礼拜六开门吗", "双休日上班吗", "请问你们中午休息吗", "明天上午几点开门"]
)
def test_who_asks_for_hours_or_telephone_reaches_staff_without_complaining(answerer: Answerer, text: str) -> None:
    found = answerer.answer(text, MEASURED_ON)
    assert found.action == "escalate"
    assert found.card_id == "outlet_contact" or found.label == "local"


@pytest.mark.parametrize("text", ["你们电话永远没人接，周末也不开门", "你们上班时间窗口没人，态度也差"])
def test_who_grieves_over_hours_or_telephone_complains(answerer: Answerer, text: str) -> None:
    assert answerer.answer(text, MEASURED_ON).label == "complaint"


@pytest.mark.parametrize(("text", "label"), [("{答复时限}{网点}", "empty"), ("{称呼}您好", "greeting")])
def test_variables_nobody_filled_in_say_nothing(answerer: Answerer, text: str, label: str) -> None:
    assert answerer.answer(text, MEASURED_ON).label == label
