"""The independent questions (`README.md`): well formed, large enough in every style, and not copied into the cards."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from knowledge.cards import SERVICE_ITEMS, SHIPPED_FOLDER, load_cards

FOLDER = Path(__file__).parent
SETS = ("calibration", "final")
STYLES = {
    "colloquial": 130,
    "story": 60,
    "keywords": 55,
    "typo": 55,
    "traditional": 45,
    "mixed": 45,
    "double": 45,
    "follow_up": 45,
    "negation": 30,
    "to_person": 90,
    "off_topic": 80,
    "trap": 110,
}
LABELS = {"complaint": 25, "personal": 25, "urgent": 15, "local": 15, "human": 10, "foreign_law": 1}
COMMON = {"id", "style", "question", "action"}
ANSWER = {*COMMON, "facts", "wrong", "law", "version", "article", "services"}
EACH_SERVICE_ITEM = 18

Line = dict[str, Any]


def _lines(name: str) -> list[Line]:
    return [json.loads(text) for text in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def all_lines() -> list[Line]:
    return [line for name in SETS for line in _lines(name)]


@pytest.fixture(scope="module")
def to_answer(all_lines: list[Line]) -> list[Line]:
    return [line for line in all_lines if line["action"] == "answer"]


def test_every_line_has_the_fields_of_its_action(all_lines: list[Line]) -> None:
    assert [line["id"] for line in all_lines if not _is_well_formed(line)] == []


def test_ids_and_questions_occur_once(all_lines: list[Line]) -> None:
    ids = Counter(line["id"] for line in all_lines)
    questions = Counter((_bare(line["question"]), _bare(line.get("previous", ""))) for line in all_lines)
    assert [key for key, count in (ids + questions).items() if count > 1] == []


def test_every_style_and_every_reason_for_a_person_is_there_often_enough(all_lines: list[Line]) -> None:
    styles = Counter(line["style"] for line in all_lines)
    labels = Counter(line["label"] for line in all_lines if line["action"] == "escalate")
    assert {style: styles[style] for style, least in STYLES.items() if styles[style] < least} == {}
    assert {label: labels[label] for label, least in LABELS.items() if labels[label] < least} == {}


def test_every_service_item_is_asked_about_often_enough(to_answer: list[Line]) -> None:
    counts = Counter(code for line in to_answer for code in line["services"])
    assert {code: counts[code] for code in SERVICE_ITEMS if counts[code] < EACH_SERVICE_ITEM} == {}


def test_dates_and_articles_are_named_often_enough(to_answer: list[Line]) -> None:
    dated = [line for line in to_answer if re.search(r"20\d\d", line["question"]) or line["version"] == "2026-06-26"]
    by_article = [line for line in to_answer if re.search(r"[\d一二三四五六七八九十百零]+[条條]", line["question"])]
    assert len(dated) >= 20
    assert len(by_article) >= 25


@pytest.mark.parametrize("style", STYLES)
def test_both_files_hold_their_share_of_every_style(all_lines: list[Line], style: str) -> None:
    calibration = sum(line["style"] == style for line in _lines("calibration"))
    everything = sum(line["style"] == style for line in all_lines)
    assert calibration / everything == pytest.approx(0.4, abs=0.02)


def test_no_question_is_a_title_or_a_wording_of_a_card(all_lines: list[Line]) -> None:
    cards = load_cards(SHIPPED_FOLDER).by_id.values()
    known = {_bare(text) for card in cards for text in (card.title, *card.variants)}
    # A follow-up ("那外观呢") asks nothing without the question before it: the two are compared as one.
    assert [line["id"] for line in all_lines if _bare(line.get("previous", "") + line["question"]) in known] == []


def _is_well_formed(line: Line) -> bool:
    texts_are_there = all(isinstance(line.get(key), str) and line[key].strip() for key in COMMON)
    return texts_are_there and line["style"] in STYLES and _FORMS[line["action"]](line)


def _is_an_answer(line: Line) -> bool:
    facts, wrong = line["facts"], line["wrong"]
    wordings = [wording for fact in facts for wording in fact]
    return (
        set(line) - {"previous", "also"} == ANSWER
        and ("previous" in line) == (line["style"] == "follow_up")
        and line["style"] not in {"to_person", "off_topic", "trap"}
        and all(facts)
        and all(wordings)
        and len(facts) >= (2 if line["style"] == "double" else 1)
        and not set(wrong) & set(wordings)
        and bool(line["services"])
        and set(line["services"]) <= SERVICE_ITEMS
        and all(source["law"] and source["article"] for source in (line, *line.get("also", [])))
        and (line["style"] != "story" or 60 <= len(line["question"]) <= 200)
    )


def _is_for_a_person(line: Line) -> bool:
    return set(line) == {*COMMON, "label"} and line["label"] in LABELS and line["style"] == "to_person"


def _is_out_of_scope(line: Line) -> bool:
    return set(line) == COMMON and line["style"] in {"off_topic", "trap"}


_FORMS = {"answer": _is_an_answer, "escalate": _is_for_a_person, "out_of_scope": _is_out_of_scope}


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())
