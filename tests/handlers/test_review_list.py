"""What is to be looked at again: one list a week to whoever decides, a mark wherever staff meet an overdue entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.application import SHIPPED_CARDS
from consultations.archive import Consultation
from consultations.messages import Address
from handlers import review_list, review_wording
from handlers.desk import Desk, NoShelf
from handlers.escalate import cards_near
from handlers.import_policy import import_paths
from handlers.review_list import due_by
from knowledge.card import Card
from knowledge.cards import load_cards
from knowledge.facts import SHIPPED_FACTS, load_facts
from knowledge.guides import SHIPPED_GUIDES, load_guides
from knowledge.index import Index
from knowledge.review_due import DueEntry, due_cards, due_guides
from policies import interpretations
from policies.interpretations import InterpretationError
from policies.review import Signature
from tests.conftest import ADMIN, Clock
from tests.drivers import StaffRoom, deliver_due

LAW = "# 样灯条例\n第一条 灯要亮。\n第二条 本条例自2020年5月1日起施行。"
BOSS = Address("boss", "1")
DUE = date(2026, 12, 1)  # of the card and the fact


@dataclass
class Shelf(NoShelf):
    """One card and one fact, due on the same day."""

    card: Card

    def due_for_review(self, on: date, until: date) -> Sequence[DueEntry]:
        assert on <= until
        both = (DueEntry("card", "lamp", "样灯怎么领？", DUE), DueEntry("fact", "lamp_fee", "样灯押金", DUE))
        return both if until >= DUE else ()

    def version_on(self, card_id: str, on: date) -> Card | None:
        del on
        return self.card if card_id == "lamp" else None


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Desk:
    """A law published on 2026-11-23, an interpretation published the day after, a card."""
    file = tmp_path / "样灯条例(2020-03-01).md"
    file.write_text(LAW, "utf-8")
    import_paths([file], writing=desk.writing, index=Index.open(tmp_path / "index"), home=tmp_path, by=ADMIN)
    with desk.writing() as session:
        on = desk.now() + timedelta(days=1)
        said = Signature("terminal:甲", "示例甲", on), Signature("terminal:乙", "示例乙", on)
        made = interpretations.add(session, 1, "1", "示例专家", "夜里也要亮。", on=on.date(), by=said[0])
        interpretations.move(session, made.id or 0, "published", said[1])
    shipped = next(iter(load_cards(SHIPPED_CARDS, facts=load_facts(SHIPPED_FACTS)).by_id.values()))
    card = replace(shipped, card_id="lamp", title="样灯怎么领？", review_due=DUE, missing="")
    settings = replace(desk.settings, administrators=())
    return replace(desk, shelf=Shelf(card), settings=settings)


def lists(desk: Desk, channel: str = "staff") -> list[str]:
    return ["\n".join(block.text for block in each.blocks) for each in deliver_due(desk, channel)]


def test_one_list_a_week_tells_what_is_due_and_what_will_be(office: Desk, clock: Clock) -> None:
    assert review_list.run_due(office) == 0  # Monday the 23rd: nothing before the 30th
    clock.advance(days=7)
    assert review_list.run_due(office) == 1
    assert review_list.run_due(office) == 0
    (text,) = lists(office)
    assert "【七天内到期】" in text
    assert "【已到期】" not in text
    assert f"lamp　样灯怎么领？　{DUE}" in text
    assert "事实：\nlamp_fee　样灯押金" in text
    clock.advance(days=3)
    assert review_list.run_due(office) == 0  # still the same week
    clock.advance(days=4)
    assert review_list.run_due(office) == 1
    assert "【已到期】" in lists(office)[0]


def test_policies_and_interpretations_are_on_it_after_a_year_until_somebody_looked(office: Desk, clock: Clock) -> None:
    clock.advance(days=366)
    today = clock.now().date()
    with office.reading() as session:
        due = due_by(session, office, today, today)
    assert [(each.kind, each.number) for each in due[:2]] == [("policy", "1"), ("interpretation", "1")]
    assert due[1].title == "《样灯条例》2020-03-01 第 1 条，示例专家"
    with office.writing() as session:
        interpretations.review_by(session, 1, date(2028, 11, 30))
    with office.reading() as session:
        assert [each.kind for each in due_by(session, office, today, today)][:3] == ["policy", "card", "fact"]
    with office.writing() as session:
        interpretations.move(session, 1, "withdrawn", Signature("terminal:甲", "示例甲", clock.now()))
        with pytest.raises(InterpretationError, match="没有公开"):
            interpretations.review_by(session, 1, date(2029, 11, 30))


def test_city_admins_get_it_where_there_are_some(office: Desk, clock: Clock) -> None:
    told = replace(office, settings=replace(office.settings, administrators=(BOSS, Address("boss", "2"))))
    clock.advance(days=14)
    assert review_list.run_due(told) == 2
    assert lists(told) == []
    assert len(lists(told, "boss")) == 2


def test_nobody_is_woken_for_it(office: Desk, clock: Clock) -> None:
    clock.advance(days=14, hours=13)  # 23:00
    assert review_list.run_due(office) == 0
    clock.advance(hours=11)
    assert review_list.run_due(office) == 1


def test_staff_read_which_are_overdue(office: Desk, clock: Clock) -> None:
    room = StaffRoom(office)
    assert review_wording.NOTHING_DUE in room.say("/policies 待复核", thread="")[0].text
    assert review_wording.TO_REVIEW not in room.say("/policy 1", thread="")[0].text
    clock.advance(days=366)
    shown = room.say("/policies 待复核", thread="")[0]
    assert "1　《样灯条例》2020-03-01" in shown.text
    assert shown.buttons == ("查看 1",)
    assert "待复核：应在 2027-11-23 以前" in room.press("查看 1")[0].text


def test_a_suggested_card_that_is_overdue_says_so(office: Desk) -> None:
    asked = Consultation(
        number="ZX-20261123-0001",
        contact_id=1,
        received_id=1,
        channel="core",
        question="",
        action="answer",
        hits=[["card:lamp", 1.0]],
        created_at=office.now(),
    )
    assert cards_near(office, asked, DUE - timedelta(days=1)) == [("lamp", "样灯怎么领？")]
    assert cards_near(office, asked, DUE) == [("lamp", "样灯怎么领？（待复核）")]


def test_cards_and_facts_of_use_are_found_and_those_that_are_over_are_not() -> None:
    cards = load_cards(SHIPPED_CARDS, facts=load_facts(SHIPPED_FACTS))
    guides = load_guides(SHIPPED_GUIDES, cards=cards.by_id, facts=cards.facts)
    never, ever = date(2020, 1, 1), date(2100, 1, 1)
    assert due_cards(cards, never, never) == []
    assert due_guides(guides, never) == []
    found = due_cards(cards, never, ever)
    assert {each.entry_id for each in found if each.kind == "card"} == set(cards.by_id)
    assert [each.due_on for each in found] == sorted(each.due_on for each in found)
    assert {each.entry_id for each in due_guides(guides, ever)} == set(guides.by_id)
    over = {each.entry_id for each in due_cards(cards, date(2099, 1, 1), ever)}
    ended = {card.card_id for card in cards.by_id.values() if card.effective_to}
    assert ended
    assert not ended & over


def test_a_long_list_ends_in_a_chat_and_goes_on_where_one_scrolls() -> None:
    lines: dict[review_wording.Kind, list[str]] = {"card": [f"c{n}" for n in range(40)]}
    assert "另有 25 项" in review_wording.listed(lines)
    assert "c39" in review_wording.listed(lines, is_whole=True)


@pytest.mark.parametrize("words", ["", "明年", "2026-11-23", "2026-02-30"])
def test_the_next_day_is_a_day_to_come(words: str) -> None:
    assert review_wording.day_in(words, date(2026, 11, 23)) is None
    assert review_wording.day_in(" 2027-11-30 ", date(2026, 11, 23)) == date(2027, 11, 30)
