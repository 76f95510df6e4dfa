"""Card files written by us are read back as they were, whatever stands in them, and are whole or not there."""

from __future__ import annotations

import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.added_wordings import with_added_wordings
from knowledge.authored import FaultError
from knowledge.card_files import PUBLISHED, ForeignFileError, draft_fields, draft_toml, is_stored, store, to_toml
from knowledge.cards import load_cards

HOSTILE = '"""]]\n[[card]]\nid = "evil"\n\\ \' \x00 \x1f \x7f \u2028 \U0001f600 \r\n\t # 引号“”'
CARD: dict[str, Any] = {
    "id": "own_0001",
    "title": "示例问题？",
    "variants": ["示例"],
    "answer": "示例：可以。",
    "service_items": ["B08"],
    "last_reviewed": date(2026, 11, 23),
    "review_due": date(2027, 5, 23),
    "effective_to": None,
    "citations": [{"law": "示例条例", "version": "2020-01-01", "article": "1", "proof": ["示例"]}],
}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_as_it_was(words: str) -> None:
    written = to_toml([CARD | {"answer": words, "variants": [words, words]}], {"own_0001": [words]})
    read = tomllib.loads(written)
    (card,) = read["card"]
    assert (card["answer"], card["variants"]) == (words, [words, words])
    assert card["citations"] == CARD["citations"]
    assert read["wordings"] == [{"card": "own_0001", "variants": [words]}]
    assert "effective_to" not in card


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    store(tmp_path, to_toml([CARD | {"answer": HOSTILE, "details": [HOSTILE]}], {}))
    cards = load_cards(tmp_path)
    assert list(cards.by_id) == ["own_0001"]
    assert cards.by_id["own_0001"].answer == HOSTILE.strip()


def test_a_lone_surrogate_does_not_stop_the_file(tmp_path: Path) -> None:
    store(tmp_path, to_toml([CARD | {"answer": "示例\ud800"}], {}))
    assert load_cards(tmp_path).by_id["own_0001"].answer == "示例?"


def test_storing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    store(tmp_path, to_toml([], {}))
    assert not (tmp_path / PUBLISHED).exists()
    store(tmp_path, content := to_toml([CARD], {}))
    before = (tmp_path / PUBLISHED).stat()
    store(tmp_path, content)
    assert (tmp_path / PUBLISHED).stat().st_ino == before.st_ino
    assert is_stored(tmp_path, content)
    assert not is_stored(tmp_path, to_toml([], {}))


def test_a_file_of_that_name_somebody_else_wrote_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / PUBLISHED).write_text("[[card]]\n", encoding="utf-8")
    with pytest.raises(ForeignFileError, match="没有覆盖"):
        store(tmp_path, to_toml([CARD], {}))
    assert (tmp_path / PUBLISHED).read_text(encoding="utf-8") == "[[card]]\n"


@pytest.mark.skipif(os.geteuid() != 0 and not hasattr(os, "chmod"), reason="needs file permissions")
def test_a_folder_that_cannot_be_written_keeps_its_file(tmp_path: Path) -> None:
    store(tmp_path, content := to_toml([CARD], {}))
    (tmp_path / PUBLISHED).with_suffix(".part").mkdir()  # even root can't open a folder as a file
    with pytest.raises(OSError):  # noqa: PT011  whichever it is
        store(tmp_path, to_toml([CARD | {"answer": "新"}], {}))
    assert is_stored(tmp_path, content)


def test_added_wordings_go_to_every_version_of_a_card(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    later = CARD | {"id": "next_0001", "supersedes": "own_0001", "effective_from": date(2027, 1, 1)}
    (own / "a.toml").write_text(to_toml([CARD, later], {"own_0001": ["新问法", "示例"]}), encoding="utf-8")
    cards = with_added_wordings(load_cards(own), own)
    assert cards.by_id["own_0001"].variants == ("示例", "新问法")
    assert cards.by_id["next_0001"].variants == ("示例", "新问法")
    assert cards.problems == ()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('[[wordings]]\ncard = "nosuch"\nvariants = ["a"]', "没有这张卡片"),
        ('[[wordings]]\nvariants = ["a"]', "没有这张卡片"),
        ('[[wordings]]\ncard = "own_0001"\nvariants = "a"', "应是一列文字"),
        ('[[wordings]]\ncard = "own_0001"\nvariants = [""]', "应是一列文字"),
    ],
)
def test_added_wordings_that_cannot_be_are_told(tmp_path: Path, written: str, told: str) -> None:
    (tmp_path / "a.toml").write_text(to_toml([CARD], {}), encoding="utf-8")
    (tmp_path / "b.toml").write_text(written, encoding="utf-8")
    cards = with_added_wordings(load_cards(tmp_path), tmp_path)
    assert any(told in each and "b.toml" in each for each in cards.problems)
    assert cards.by_id["own_0001"].variants == ("示例",)


DRAFT: dict[str, Any] = {
    "title": "示例？",
    "answer": HOSTILE.strip(),
    "service_item": "B08",
    "variants": ["一", "二"],
    "negatives": [],
    "details": ["补充"],
    "effective_from": date(2026, 1, 1),
    "effective_to": None,
    "review_due": None,
    "citations": CARD["citations"],
}


def test_a_draft_comes_back_from_the_editor_as_it_went() -> None:
    assert draft_fields(draft_toml(DRAFT)) == DRAFT


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("title = ", "不是 TOML"),
        ("标题 = 1", "不是 TOML"),
        ("tilte = 'x'", "不认识的字段 tilte"),
        ("title = 1", "title 应是一段文字"),
        ("variants = 'x'", "variants 应是一列文字"),
        ("effective_from = '明天'", "不是日期"),
        ("citations = 'x'", "citations 应写在"),
    ],
)
def test_an_edited_file_that_cannot_be_is_told_in_chinese(content: str, told: str) -> None:
    with pytest.raises(FaultError, match=told):
        draft_fields(content)
