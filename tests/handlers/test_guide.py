"""Guides in conversation: buttons outlive restarts and changes, endings are archived, every shipped guide is walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from consultations.archive import Consultation
from handlers.desk import Desk
from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.guide import Guide, Option
from knowledge.guide_walk import Place, book_of
from knowledge.guides import SHIPPED_GUIDES, Guides, load_guides
from tests.conftest import Clock
from tests.drivers import DRIVERS, CoreDriver, Driver, StaffRoom
from tests.handlers.conftest import MakeDesk, miniature_guide


def changed(desk: Desk, guide: Guide | None) -> Desk:
    """The desk after an update of its guides."""
    return replace(desk, guides=book_of(Guides({guide.guide_id: guide} if guide else {})))


def texts(asker: CoreDriver) -> str:
    return "\n".join(each.text for each in asker.received())


def consultations(desk: Desk) -> list[Consultation]:
    with desk.reading() as session:
        found = list(session.exec(select(Consultation)))
        session.expunge_all()
    return found


def walk(asker: CoreDriver, *labels: str) -> str:
    asker.say("/guides")
    for label in ("灯要不要登记？", *labels):
        asker.received()
        asker.press(label)
    return texts(asker)


def test_an_ending_is_archived_like_an_answer(asker: CoreDriver, desk: Desk) -> None:
    shown = walk(asker, "台灯", "三盏以上")
    (kept,) = consultations(desk)
    assert kept.question == "引导《灯要不要登记？》\n1. 是哪种灯？ → 台灯\n2. 有几盏？ → 三盏以上"
    assert [kept.action, kept.label, kept.service_item] == ["answer", "guide", "B07"]
    assert kept.citations == [["示例商标条例", "3", "2020-01-31", ""]]
    assert [kept.card_id, kept.card_version] == ["guide:lamp:told", miniature_guide().version]
    assert kept.reply in shown
    asker.press("没帮助")
    assert consultations(desk)[0].outcome == "bad"


def test_an_ending_that_hands_over_is_archived_as_handed_over(asker: CoreDriver, desk: Desk) -> None:
    assert "GD-20261123-0001" in walk(asker, "吊灯")
    (kept,) = consultations(desk)
    assert [kept.action, kept.ticket_id is not None] == ["escalate", True]


def test_steps_are_recorded_but_are_no_consultations(asker: CoreDriver, desk: Desk) -> None:
    walk(asker, "台灯")
    assert consultations(desk) == []


def test_a_follow_up_after_an_ending_knows_what_it_is_about(asker: CoreDriver, desk: Desk) -> None:
    walk(asker, "台灯", "三盏以上")
    asker.say("那费用呢")
    assert desk.answerer.asked[-1] == ("那费用呢", "可以登记")  # type: ignore[attr-defined]


def test_a_guide_goes_on_after_a_restart(sqlite_engine: Engine, make_desk: MakeDesk) -> None:
    before = CoreDriver(make_desk(sqlite_engine))
    walk(before, "台灯")
    after = CoreDriver(make_desk(sqlite_engine))
    after.send(text="三盏以上", message_id="after/1")
    assert "示例：可以登记。" in texts(after)
    after.send("choice", action=f"step:{Place(miniature_guide(), (1,)).token}", message_id="after/2")
    assert "有几盏？" in texts(after)


def test_an_old_button_pressed_twice_gives_its_step_again(asker: CoreDriver) -> None:
    walk(asker, "台灯", "三盏以上")
    for _ in range(2):
        asker.press("台灯")
        assert "有几盏？" in texts(asker)


def test_the_same_press_delivered_twice_is_one_consultation(asker: CoreDriver, desk: Desk) -> None:
    action = f"step:{Place(miniature_guide(), (1, 1)).token}"
    for _ in range(2):
        asker.send("choice", action=action, message_id="press/1")
    assert len(consultations(desk)) == 1


def test_a_button_from_before_an_update_beside_its_way_still_leads_on(asker: CoreDriver) -> None:
    walk(asker, "台灯")
    guide = miniature_guide()
    told = replace(guide.leaves["told"][0], answer="示例：新的答复。")
    asker.desk = changed(asker.desk, replace(guide, leaves={**guide.leaves, "told": (told,)}))
    asker.press("三盏以上")
    assert "示例：新的答复。" in texts(asker)


@pytest.mark.parametrize("typed", [False, True])
def test_a_step_from_before_an_update_of_its_way_begins_anew(typed: bool, asker: CoreDriver, desk: Desk) -> None:
    walk(asker, "台灯")
    guide = miniature_guide()
    first = replace(guide.steps["kind"], options=(Option("桌灯", "size"), Option("吊灯", "person")))
    asker.desk = changed(asker.desk, replace(guide, steps={**guide.steps, "kind": first}))
    if typed:
        asker.say("1")
    else:
        asker.press("三盏以上")
    shown = asker.received()[-1]
    assert "更新过，请从头再选一次" in shown.text
    assert "是哪种灯？" in shown.text
    assert {"桌灯", "转人工"} <= set(shown.buttons)
    assert consultations(desk) == []


def test_a_step_of_a_guide_that_is_gone_says_so(asker: CoreDriver) -> None:
    walk(asker, "台灯")
    asker.desk = changed(asker.desk, None)
    asker.press("三盏以上")
    shown = asker.received()[-1]
    assert "已经停用" in shown.text
    assert "转人工" in shown.buttons
    asker.say("/guides")
    assert "目前没有可用的引导" in texts(asker)


@pytest.mark.parametrize("action", ["step:", "step:lamp", "step:x:000000:1", "guide:nosuch", "guide:", "human:x:y:z"])
def test_forged_buttons_change_nothing(action: str, asker: CoreDriver, desk: Desk) -> None:
    asker.send("choice", action=action)
    assert texts(asker)
    assert consultations(desk) == []


def test_a_typed_answer_half_an_hour_later_is_a_question(asker: CoreDriver, clock: Clock) -> None:
    walk(asker, "台灯")
    clock.advance(minutes=31)
    asker.say("三盏以上")
    assert "没有找到足够可靠的依据" in texts(asker)


def test_other_buttons_do_not_end_a_guide(asker: CoreDriver) -> None:
    walk(asker, "台灯")
    asker.send("choice", action="consent:yes")
    asker.say("三盏以上")
    assert "示例：可以登记。" in texts(asker)


def test_what_a_member_of_staff_is_told_is_no_answer_to_a_step(asker: CoreDriver, desk: Desk) -> None:
    room = StaffRoom(desk)
    asker.say("没有人知道的事")
    room.press("接单")
    walk(asker, "台灯")
    asker.say("三盏以上")
    assert texts(asker) == ""
    assert "三盏以上" in "\n".join(each.text for each in room.read())


# --- every shipped guide, over every channel -------------------------------------------------------------------------

CARDS = load_cards(SHIPPED_FOLDER)
SHIPPED = load_guides(SHIPPED_GUIDES, cards=CARDS.by_id, facts=CARDS.facts)

# Guide → what is pressed or typed, step by step, and words of the ending.
SCRIPTS: dict[str, tuple[tuple[str, ...], str]] = {
    "which_right": (("1", "愿意公开", "没有公开过", "产品的形状、结构", "早点拿到证书"), "适合申请实用新型"),
    "faster_exam": (("发明专利申请", "3", "没报", "没有", "已投产"), "45天内"),
    "enforcement": (("5", "两样都有", "不到三年", "商标", "1", "赔偿"), "判500万元以下"),
    "fee_reduction": (("年费", "超过十年"), "自授权当年起的10年"),
    "dispute_ways": (("别人侵了我的权", "愿意", "2"), "先调解，再做司法确认"),
    "evidence": (("网页", "会"), "马上做电子存证"),
    "data_registration": (("自己经营", "没有", "没有", "原样存着"), "要看本地规定"),
    "compliance": (("有", "没有", "有", "不清楚", "有", "有", "有"), "（共 2 处）"),
    "trademark_trouble": (("想拦住别人的商标", "刚公告"), "三个月内提异议"),
    "going_abroad": (("技术", "在中国", "还没申请"), "提交PCT国际申请"),
}


@pytest.fixture(params=list(DRIVERS))
def visitor(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Driver]:
    """An asker at every channel, at a desk with the shipped guides."""
    with DRIVERS[request.param](replace(desk, guides=book_of(SHIPPED, CARDS.version_on))) as made:
        yield made


def test_every_shipped_guide_has_its_script() -> None:
    assert set(SCRIPTS) == set(SHIPPED.by_id)


@pytest.mark.parametrize("guide_id", SCRIPTS)
def test_a_shipped_guide_is_walked_to_its_end(guide_id: str, visitor: Driver) -> None:
    answers, ending = SCRIPTS[guide_id]
    visitor.say("帮我判断")
    visitor.press(SHIPPED.by_id[guide_id].title)
    for answer in answers:
        shown = visitor.received()[-1]
        assert "转人工" in shown.buttons
        assert "步，最多" in shown.text
        visitor.say(answer)
    last = visitor.received()[-1]
    assert ending in last.text
    assert "依据：《" in last.text
    assert "有帮助" in last.buttons


def test_the_days_for_opposing_change_at_midnight(desk: Desk, clock: Clock) -> None:
    asker = CoreDriver(replace(desk, guides=book_of(SHIPPED, CARDS.version_on)))
    clock.advance(days=38, hours=13, minutes=59)  # 2026-12-31, 23:59 in Shanghai
    action = f"step:{Place(SHIPPED.by_id['trademark_trouble'], (5, 1)).token}"
    asker.send("choice", action=action)
    assert "三个月内提异议" in texts(asker)
    clock.advance(minutes=1)
    asker.send("choice", action=action)
    told = texts(asker)
    assert "二个月内提异议" in told
    assert "《商标法》第三十六条（2026年6月26日版）" in told


def test_clicking_through_a_guide_costs_no_question(asker: CoreDriver) -> None:
    for _ in range(5):
        walk(asker, "台灯", "三盏以上")  # 20 events, twice what is allowed of questions
    asker.say("商标续展多少钱？")
    assert "示例：五百元。" in texts(asker)


def test_a_flood_of_presses_is_stopped(asker: CoreDriver) -> None:
    for _ in range(41):
        asker.send("choice", action="guide:lamp")
    assert "您发得有点快" in texts(asker)


def test_staff_may_ask_why_of_the_end_of_a_guide(asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("帮我判断")
    for label in ("灯要不要登记？", "台灯", "三盏以上"):
        asker.press(label)
    assert "当时没有留下过程" in room.say("/why 1", thread="")[0].text
