"""The trace is what the deciding functions saw: it agrees with the answer, is plain JSON and stays small."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from knowledge.answer import Answerer
from knowledge.cards import load_cards
from knowledge.confidence import model
from knowledge.explain import LARGEST, differences, masked
from knowledge.search import Search
from tests.knowledge.test_answer import CARDS, LAWS, TODAY

QUESTIONS = [
    "样灯商标异议期几个月",
    "样灯专利保护几年",
    "样灯专利",
    "红烧肉怎么做",
    "转人工",
    "样灯专利法第26条",
    "谢谢",
]


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("cards")
    (folder / "a.toml").write_text(CARDS, encoding="utf-8")
    cards = load_cards(folder)
    return Answerer(Search.over([*cards.passages(), *LAWS], folder / "search"), cards)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_trace_is_plain_and_agrees_with_the_answer(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(question, TODAY)
    trace = json.loads(json.dumps(answer.trace, ensure_ascii=False))
    assert trace == answer.trace
    assert (trace["action"], trace["card"], trace["card_version"]) == (
        answer.action, answer.card_id, answer.card_version,
    )  # fmt: skip
    assert trace["limits"]["answer_at"] == model().answer_at
    for look in trace["looks"]:
        chosen = [each for each in look["cards"] if not each["refusal"]]
        assert (len(chosen) == 1) == (look["action"] == "answer" or bool(chosen))
        if look["action"] == "answer":
            assert chosen[0] == look["cards"][0]
            assert chosen[0]["probability"] == look["confidence"]


def test_the_answer_is_the_same_with_its_trace_or_without(answerer: Answerer) -> None:
    first, second = (answerer.answer("样灯专利保护几年", TODAY) for _ in range(2))
    assert first == second
    assert differences(dict(first.trace), dict(second.trace), names={}) == []


def test_traces_of_several_threads_are_not_mixed(answerer: Answerer) -> None:
    alone = {each: answerer.answer(each, TODAY).trace for each in QUESTIONS}
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda each: (each, answerer.answer(each, TODAY).trace), QUESTIONS * 5))
    assert all(alone[question] == trace for question, trace in together)


@pytest.mark.parametrize("question", ["样灯专利保护几年？样灯商标异议期几个月？" * 200, "样" * 10_000, "a1 " * 3000])
def test_a_trace_stays_small(answerer: Answerer, question: str) -> None:
    trace = answerer.answer(question, TODAY).trace
    assert len(json.dumps(trace, ensure_ascii=False)) <= LARGEST


def test_masking_reaches_every_text(answerer: Answerer) -> None:
    trace = masked(dict(answerer.answer("样灯专利保护几年", TODAY).trace), lambda text: text.replace("样灯", "**"))
    assert "样灯" not in json.dumps(trace, ensure_ascii=False)


def test_differences_are_told_in_words() -> None:
    before = {
        "action": "answer",
        "card": "a",
        "card_version": "1",
        "lead": "十年",
        "sources": [["样灯法", "3", "2020"]],
    }
    after = {"action": "escalate", "card": "", "card_version": "", "lead": "转人工", "sources": []}
    assert differences(before, after, names={"answer": "直接回答", "escalate": "转人工"}) == [
        "结果：直接回答 → 转人工",
        "卡片：a → 无",
        "卡片版本：1 → 无",
        "答复：十年 → 转人工",
        "依据：少了《样灯法》3（2020）",
    ]
