"""Floors of answer quality on our own unseen questions and the shipped cards; they only rise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks import key_facts
from benchmarks.answers import MEASURED_ON, Outcome, answerer_over, lines_of, measure, shares
from knowledge.answer import Answerer
from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.evaluate import evaluate

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def answerer(begun: Path) -> Answerer:
    return answerer_over(begun / "index")


@pytest.fixture(scope="module")
def outcomes(answerer: Answerer) -> list[Outcome]:
    return measure(answerer, lines_of(FOLDER / "dev.jsonl"))


def test_the_labelled_set_is_large_enough_and_names_real_cards() -> None:
    known = load_cards(SHIPPED_FOLDER).by_id
    lines = list(lines_of(FOLDER / "dev.jsonl"))
    assert sum(line["action"] == "answer" for line in lines) >= 150
    assert sum(line["action"] == "out_of_scope" for line in lines) >= 60
    assert not [card for line in lines for card in line.get("cards", []) if card not in known]
    services = {service for line in lines for service in line.get("services", [])}
    assert services == {f"B{n:02}" for n in range(1, 16)} | {f"V{n:02}" for n in range(1, 5)}


def test_quality_has_not_fallen(outcomes: list[Outcome]) -> None:
    assert missed(shares(outcomes), floors()["dev"]) == {}


def test_unseen_questions_get_their_key_facts(answerer: Answerer) -> None:
    told = key_facts.ask_all(answerer, lines_of(FOLDER / "final.jsonl"), MEASURED_ON)
    assert missed(key_facts.shares(told), floors()["final, cards alone"]) == {}


def test_who_needs_a_person_reaches_one_and_service_items_are_named(answerer: Answerer) -> None:
    kept = lines_of(FOLDER / "person_kept.jsonl", FOLDER / "service_kept.jsonl")
    found = key_facts.shares(key_facts.ask_all(answerer, kept, MEASURED_ON))
    assert missed(found, floors()["person_kept and service_kept, cards alone"]) == {}


def test_a_mixed_day_is_routed_rightly(answerer: Answerer) -> None:
    told = key_facts.ask_all(answerer, lines_of(FOLDER / "mixed.jsonl"), MEASURED_ON)
    ours = [each.answer.action for each in told if each.line["action"] == "answer"]
    others = [each.answer.action for each in told if each.line["action"] == "out_of_scope"]
    found = key_facts.shares(told) | {
        "ours, declined": ours.count("out_of_scope") / len(ours),
        "not ours, handed over": others.count("escalate") / len(others),
    }
    assert missed(found, floors()["mixed, cards alone"]) == {}


def test_everyday_questions_get_their_key_facts(answerer: Answerer) -> None:
    told = key_facts.ask_all(answerer, lines_of(FOLDER / "everyday.jsonl"), MEASURED_ON)
    share = sum(each.is_complete for each in told) / len(told)
    assert missed({"key facts in the first reply": share}, floors()["everyday, cards alone"]) == {}


def test_rare_questions_get_their_key_facts(answerer: Answerer) -> None:
    told = key_facts.ask_all(answerer, lines_of(FOLDER / "rare.jsonl"), MEASURED_ON)
    share = sum(each.is_complete for each in told) / len(told)
    assert missed({"key facts in the first reply": share}, floors()["rare, cards alone"]) == {}


def test_rare_questions_are_no_wordings_of_cards() -> None:
    cards = load_cards(SHIPPED_FOLDER).by_id
    lines = list(lines_of(FOLDER / "rare.jsonl"))
    wordings = {text for card in cards.values() for text in (card.title, *card.variants)}
    assert [line["id"] for line in lines if line["card"] not in cards or line["question"] in wordings] == []


def test_cards_are_found_by_questions_nobody_wrote_into_them(tmp_path: Path) -> None:
    questions = [line for line in lines_of(FOLDER / "heldout.jsonl") if line["action"] == "answer"]
    report = evaluate(labelled_set(tmp_path / "cards", questions))
    assert missed({"MRR@10": report.systems[0].mrr}, floors()["evaluate"]) == {}


def floors() -> dict[str, Any]:
    """What each set must reach (at least) and must not exceed (at most)."""
    found: dict[str, Any] = json.loads((FOLDER / "floors.json").read_text(encoding="utf-8"))
    return found


def missed(found: Mapping[str, float], limits: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The figures on the wrong side of their floor or ceiling."""
    fallen = {name for name, floor in limits.get("at least", {}).items() if found[name] < floor}
    risen = {name for name, ceiling in limits.get("at most", {}).items() if found.get(name, 0.0) > ceiling}
    return {name: found[name] for name in fallen | risen}


def labelled_set(folder: Path, questions: Sequence[Mapping[str, Any]]) -> Path:
    """The shipped cards as documents and labelled questions, in the layout `zhixun evaluate` reads."""
    (folder / "qrels").mkdir(parents=True)
    live = load_cards(SHIPPED_FOLDER).live_on(MEASURED_ON)
    documents = [
        {"_id": each.base_id, "title": each.title, "text": "\n".join((*each.variants, each.answer))} for each in live
    ]
    queries = [{"_id": each["id"], "text": each["question"]} for each in questions]
    for name, lines in (("corpus", documents), ("queries", queries)):
        written = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(written, encoding="utf-8")
    rows = [f"{each['id']}\t{each['card']}\t1\n" for each in questions]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(rows), encoding="utf-8")
    return folder


def test_service_items_are_named_rightly(outcomes: list[Outcome]) -> None:
    scoped = [each for each in outcomes if each.line["action"] == "answer"]
    assert sum(each.service_is_right for each in scoped) / len(scoped) >= 0.9
