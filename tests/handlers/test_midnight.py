"""The turn of the year in Shanghai, through whole turns: the question, its buttons, and days named in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.desk import Desk
from knowledge.answer import Answerer
from knowledge.cards import load_cards
from knowledge.index import Index
from knowledge.search import open_search
from tests.conftest import Clock
from tests.drivers import CoreDriver
from tests.knowledge.test_answer import CARDS, LAWS
from tests.knowledge.test_in_time import KNOWN

LAST_SECOND = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai
QUESTION = "样灯商标异议期几个月"


@pytest.fixture
def real(desk: Desk, clock: Clock, tmp_path: Path) -> CoreDriver:
    """An asker at the last second of the year, with an answerer that stays the same over midnight."""
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "B08.toml").write_text(CARDS, encoding="utf-8")
    cards = load_cards(folder)
    index = Index.open(tmp_path / "index")
    index.replace({"cards": cards.passages(), "laws": [replace(each, source_id="laws") for each in LAWS]})
    clock.moment = LAST_SECOND
    asker = CoreDriver(replace(desk, answerer=Answerer(open_search(index), cards, KNOWN)))
    asker.say("/help")
    asker.received()
    return asker


def said(asker: CoreDriver, words: str) -> str:
    asker.say(words)
    return asker.received()[-1].text


def test_the_same_question_is_answered_from_the_law_of_its_second(real: CoreDriver, clock: Clock) -> None:
    before = said(real, QUESTION)
    assert before.startswith("三个月")
    assert "（2019年4月23日版）" in before
    assert "以上内容截至2026年12月31日有效" in before
    clock.advance(seconds=1)
    after = said(real, QUESTION)
    assert after.startswith("二个月")
    assert "（2026年6月26日版）" in after
    assert "以上内容截至2027年1月1日有效" in after
    assert "此前为：三个月" in after


def test_a_button_from_before_midnight_opens_the_law_of_after(real: CoreDriver, clock: Clock) -> None:
    said(real, QUESTION)
    clock.advance(seconds=1)
    real.send("choice", action="pick:lamp_oppose")
    assert real.received()[-1].text.startswith("二个月")
    real.send("choice", action="card:lamp_oppose")
    assert real.received()[-1].text.startswith("二个月")


def test_a_button_under_a_dated_question_keeps_its_day(real: CoreDriver, clock: Clock) -> None:
    clock.advance(days=30)
    real.send("choice", action="pick:lamp_oppose~2026-12-31")
    shown = real.received()[-1].text
    assert shown.startswith("三个月")
    assert "以上是当时的规定，自2027年1月1日起已改为：二个月" in shown
    real.send("choice", action="pick:lamp_oppose~2026-13-99")
    assert real.received()[-1].text.startswith("二个月")


def test_articles_turn_over_at_midnight_too(real: CoreDriver, clock: Clock) -> None:
    assert "三个月" in said(real, "样灯商标法第33条")
    assert "二个月" not in said(real, "样灯商标法第36条")
    clock.advance(seconds=1)
    assert "二个月" in said(real, "样灯商标法第36条")
    assert "三个月" not in said(real, "样灯商标法第33条")
    assert "不再施行" in said(real, "旧样灯商标法第33条")


def test_tomorrow_asked_before_midnight_is_the_new_law(real: CoreDriver) -> None:
    shown = said(real, f"明天{QUESTION}")
    assert f"\n{shown}".index("\n二个月") < shown.index("目前尚未施行；现行规定：三个月")
    assert "有效。" not in shown
