"""Floors of answer quality on our own unseen questions and the shipped cards; they only rise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.answers import Outcome, answerer_over, lines_of, measure, shares

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    return measure(answerer_over(tmp_path_factory.mktemp("index")), lines_of(FOLDER / "dev.jsonl"))


def test_the_labelled_set_is_large_enough_and_names_real_cards() -> None:
    from knowledge.cards import SHIPPED_FOLDER, load_cards

    known = load_cards(SHIPPED_FOLDER).by_id
    lines = list(lines_of(FOLDER / "dev.jsonl"))
    assert sum(line["action"] == "answer" for line in lines) >= 150
    assert sum(line["action"] == "out_of_scope" for line in lines) >= 60
    assert not [card for line in lines for card in line.get("cards", []) if card not in known]
    services = {service for line in lines for service in line.get("services", [])}
    assert services == {f"B{n:02}" for n in range(1, 16)} | {f"V{n:02}" for n in range(1, 5)}


def test_quality_has_not_fallen(outcomes: list[Outcome]) -> None:
    found = shares(outcomes)
    floors = json.loads((FOLDER / "floors.json").read_text(encoding="utf-8"))
    fallen = {name: found.get(name, 0.0) for name, floor in floors["at least"].items() if found.get(name, 0.0) < floor}
    risen = {
        name: found.get(name, 0.0) for name, ceiling in floors["at most"].items() if found.get(name, 0.0) > ceiling
    }
    assert (fallen, risen) == ({}, {})


def test_service_items_are_named_rightly(outcomes: list[Outcome]) -> None:
    scoped = [each for each in outcomes if each.line["action"] == "answer"]
    assert sum(each.service_is_right for each in scoped) / len(scoped) >= 0.9
