"""``/gaps`` in the staff chat: the most pressing questions, masked, with advice; nothing for the public."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from consultations.messages import Address
from handlers.desk import Desk, NoShelf
from handlers.find_gaps import find_gaps, suggestion
from knowledge.shelf import NearCard
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom
from tests.handlers.conftest import ANSWERS


@dataclass
class OneCard(NoShelf):
    """A shelf on which every question is near one card."""

    near: NearCard

    def nearest(self, question: str, on: date) -> NearCard | None:
        return self.near


def ask_much(desk: Desk) -> None:
    for who, words in (("a", "专利年费能分期付款吗"), ("b", "专利年费可以分期付款吗"), ("a", "著作权能质押贷款吗")):
        CoreDriver(desk, Address("core", who)).send(text=words, message_id=f"{who}/{words}")
    CoreDriver(desk, Address("core", "c")).say("我的手机13800138000，专利年费能分期付款吗")


def test_the_room_sees_the_gaps_masked_with_people_and_times(desk: Desk, room: StaffRoom) -> None:
    ask_much(desk)
    room.read()
    (shown,) = room.say("/gaps", thread="")
    lines = shown.text.split("\n\n")
    assert lines[1].startswith("1. 专利年费")
    assert "人问过" in lines[1]
    assert "建议：新卡片" in shown.text
    assert "13800138000" not in shown.text
    assert "著作权能质押贷款吗" in shown.text


def test_grouping_counts_people_and_times(desk: Desk) -> None:
    ask_much(desk)
    first, second = find_gaps(desk)
    assert (first.place, first.cluster.n_contacts, len(first.asked)) == (1, 3, 3)
    assert (second.place, second.cluster.n_contacts, len(second.asked)) == (2, 1, 1)
    assert "专利年费可以分期付款吗" in first.examples


def test_what_is_answered_by_now_is_no_gap_any_more_unless_it_was_no_help(
    desk: Desk, asker: CoreDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_much(desk)
    asker.say("商标续展多少钱？")
    asker.press("没帮助")
    assert "商标续展多少钱？" in [each.question for each in find_gaps(desk)]
    monkeypatch.setitem(ANSWERS, "专利年费能分期付款吗", ANSWERS["商标续展多少钱？"])
    assert "专利年费能分期付款吗" not in [each.question for each in find_gaps(desk)]
    assert "商标续展多少钱？" in [each.question for each in find_gaps(desk)]


def test_no_gaps_is_said(room: StaffRoom) -> None:
    (shown,) = room.say("未答问题", thread="")
    assert shown.text == "最近没有未答好的问题。"


@pytest.mark.parametrize(
    ("near", "advice"),
    [
        (NearCard("a", "示例卡片", 0.9, 0.0), "补充问法"),
        (NearCard("a", "示例卡片", 0.1, 0.3), "补充问法"),
        (NearCard("a", "示例卡片", 0.9, 0.3, is_empty=True), "补齐卡片"),
        (NearCard("a", "示例卡片", 0.2, 0.1), "新卡片"),
    ],
)
def test_the_nearest_card_decides_what_would_help(desk: Desk, room: StaffRoom, near: NearCard, advice: str) -> None:
    ask_much(desk)
    with_card = replace(desk, shelf=OneCard(near))
    assert {suggestion(each) for each in find_gaps(with_card)} == {advice}
    room.read()
    shown = StaffRoom(with_card).say("/gaps", thread="")[0]
    assert f"建议：{advice}（最近的卡片：示例卡片）" in shown.text


def test_what_is_long_ago_is_no_gap_any_more(desk: Desk, clock: Clock) -> None:
    ask_much(desk)
    clock.advance(days=91)
    assert find_gaps(desk) == []
    assert len(find_gaps(desk, days=100)) == 2


def test_the_public_gets_no_gaps(desk: Desk, asker: CoreDriver) -> None:
    ask_much(desk)
    asker.say("/gaps")
    assert "没有这个命令" in asker.received()[0].text
