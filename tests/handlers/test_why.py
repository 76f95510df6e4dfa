"""Why it was answered like that: kept with the answer, masked, true after cards change, gone after erasing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from consultations.archive import Consultation
from handlers.desk import Desk
from handlers.why import EVIDENCE, REFUSALS, why
from knowledge.answer import Answerer
from knowledge.cards import load_cards
from knowledge.explain import LARGEST
from knowledge.search import Search
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom
from tests.knowledge.test_answer import CARDS, LAWS

FIRST = "ZX-20261123-0001"


def answerer_of(folder: Path, cards: str = CARDS) -> Answerer:
    folder.mkdir(parents=True)
    (folder / "B08.toml").write_text(cards, encoding="utf-8")
    found = load_cards(folder)
    assert found.problems == ()
    return Answerer(Search.over([*found.passages(), *LAWS], folder / "search"), found)


@pytest.fixture
def office(desk_on_both: Desk, tmp_path: Path) -> Desk:
    """A desk with a real answerer, on SQLite and on PostgreSQL."""
    return replace(desk_on_both, answerer=answerer_of(tmp_path / "cards"))


@pytest.fixture
def local(desk: Desk, tmp_path: Path) -> Desk:
    """The same on SQLite only."""
    return replace(desk, answerer=answerer_of(tmp_path / "cards"))


def asked(desk: Desk, *questions: str) -> str:
    """What is told of the last of these questions."""
    asker = CoreDriver(desk)
    for each in questions:
        asker.say(each)
    return why(desk, f"ZX-20261123-{len(questions):04}")


def stored(desk: Desk) -> list[Consultation]:
    with desk.reading() as session:
        found = session.exec(select(Consultation).order_by("id")).all()
        session.expunge_all()
    return list(found)


def test_an_answered_question_is_told_whole(office: Desk) -> None:
    told = asked(office, "您好，请问樣燈商標異議期幾個月？")
    assert f"{FIRST} · 2026-11-23 10:00 · core" in told
    assert "读作：您好,请问样灯商标异议期几个月?" in told
    assert "分类：提问" in told
    assert "拆出的问题：样灯商标异议期几个月?" in told
    assert "术语：" in told
    assert "检索 1：" in told
    assert "  词：样 样灯" in told
    assert "判断：直接回答" in told
    assert "1. lamp_oppose 样灯商标公告后多久内可以提异议？" in told
    assert "（采用）" in told
    assert "检索覆盖" in told
    assert "门槛：直接回答 0." in told
    assert "校准于 20" in told
    assert f"索引：{office.answerer.answer('样灯', office.now().date()).trace['generation']}" in told
    assert "结果：直接回答，卡片 lamp_oppose（" in told
    assert "依据：《样灯商标法》第三十三条（2019年4月23日版）" in told
    assert told.endswith("今天重新回答：结果相同。")


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("样灯专利多久样灯商标多久", ("判断：反问", "列为选项", "结果：反问")),
        ("转人工服务一下好吗", ("分类：要求转人工（命中“转人工”）", "结果：转人工")),
        ("我要投诉你们窗口", ("分类：投诉、意见（命中“", "结果：转人工")),
        ("红烧肉怎么做", ("判断：不属于服务范围", "结果：不属于服务范围")),
        ("你好", ("分类：问候（命中“你好”）", "结果：不属于服务范围")),
        ("样灯商标法第33条第2款", ("问的条款：《样灯商标法》第三十三条第二款", "结果：直接回答")),
        ("2027年2月样灯商标异议期几个月", ("问的日期：2027-02-01", "（2027-02-01）", "卡片 lamp_oppose_2027")),
        ("样灯保护中心电话是多少", ("1. lamp_phone", "结果：转人工，卡片 lamp_phone")),
    ],
)
def test_every_kind_of_answer_is_told(local: Desk, question: str, parts: tuple[str, ...]) -> None:
    told = asked(local, question)
    for part in parts:
        assert part in told, told
    assert told.endswith("今天重新回答：结果相同。")


def test_a_follow_up_tells_what_it_leans_on(local: Desk) -> None:
    told = asked(local, "怎么申请样灯专利", "费用呢")
    assert "承接上一问“怎么申请样灯专利”，补全为：申请样灯专利" in told
    assert "卡片 lamp_fee" in told
    assert told.endswith("结果相同。")


def test_two_questions_are_told_apart(local: Desk) -> None:
    told = asked(local, "样灯专利保护几年？样灯专利申请费多少钱？")
    assert "拆出的问题：样灯专利保护几年?；样灯专利申请费多少钱?" in told
    assert "检索 2：" in told


def test_a_rejected_candidate_says_why(local: Desk) -> None:
    told = asked(local, "样灯专利保护几年")
    assert any(REFUSALS[reason] in told for reason in ("behind", "far"))


def test_the_way_stays_when_cards_change_and_the_change_is_told(office: Desk, tmp_path: Path) -> None:
    before = asked(office, "样灯专利保护几年")
    changed = CARDS.replace("十年，自申请日起算。", "十二年，自申请日起算。")
    later = replace(office, answerer=answerer_of(tmp_path / "later", changed))
    after = why(later, FIRST)
    assert before.rpartition("\n")[0] in after
    assert "今天重新回答，有变化：" in after
    assert "· 答复：十年，自申请日起算。 → 十二年，自申请日起算。" in after
    assert "· 卡片版本：" in after
    gone = replace(office, answerer=answerer_of(tmp_path / "gone", CARDS.replace("lamp_term", "lamp_years")))
    assert "· 卡片：lamp_term → lamp_years" in why(gone, FIRST)


def test_the_day_moves_on_and_the_law_with_it(local: Desk, clock: Clock) -> None:
    asked(local, "样灯商标异议期几个月")
    clock.advance(days=45)
    told = why(local, FIRST)
    assert "结果：直接回答，卡片 lamp_oppose（" in told
    assert "· 卡片：lamp_oppose → lamp_oppose_2027" in told
    assert "· 依据：少了《样灯商标法》33（2019-04-23），多了《样灯商标法》36（2026-06-26）" in told


def test_erasing_takes_the_way_too(office: Desk) -> None:
    asker = CoreDriver(office)
    asker.say("样灯专利保护几年，我的手机13800138000")
    asker.send("choice", action="erase:sure")
    assert stored(office)[0].trace == {}
    told = why(office, FIRST)
    assert "已按本人要求或保存期限清除" in told
    assert "样灯" not in told


def test_personal_data_is_masked_where_it_is_kept(office: Desk) -> None:
    told = asked(office, "我的手机13800138000，邮箱zhang@example.com，样灯专利保护几年？")
    kept = json.dumps(stored(office)[0].trace, ensure_ascii=False)
    for place in (kept, told):
        assert "13800138000" not in place
        assert "zhang@" not in place
    assert "138****8000" in kept
    told = asked(office, "我的手机13800138000，样灯专利保护几年？", "那费用呢", "那费用呢")
    assert "13800138000" not in json.dumps([each.trace for each in stored(office)], ensure_ascii=False) + told


def test_a_long_question_leaves_a_trace_of_bounded_size(local: Desk) -> None:
    asked(local, ("样灯专利保护几年？样灯商标异议期几个月？" * 60)[:1000])
    size = len(json.dumps(stored(local)[0].trace, ensure_ascii=False))
    assert 100 < size < LARGEST + 500


def test_a_pressed_card_is_told(local: Desk) -> None:
    asker = CoreDriver(local)
    asker.send("choice", action="card:lamp_oppose")
    told = why(local, FIRST)
    assert "按钮：直接打开卡片 lamp_oppose" in told
    assert told.endswith("结果相同。")
    asker.send("choice", action="pick:lamp_oppose~2027-02-01")
    assert "（按 2027-02-01 的规定）" in why(local, "ZX-20261123-0002")


def test_an_answer_from_before_traces_is_worked_out_anew(office: Desk) -> None:
    asked(office, "样灯专利保护几年")
    with office.writing() as session:
        session.exec(select(Consultation)).one().trace = None
    told = why(office, FIRST)
    assert "当时没有留下过程" in told
    assert "1. lamp_term" in told


def test_what_was_never_looked_up_says_so(local: Desk) -> None:
    assert "当时没有留下过程" in asked(local, "长" * 3000)


@pytest.mark.parametrize("name", ["ZX-20991231-0001", "0", "99999999999", "x", "'; drop table"])
def test_an_unknown_number_is_told(local: Desk, name: str) -> None:
    assert "没有找到这条咨询" in why(local, name)


def test_staff_ask_in_their_room(local: Desk) -> None:
    asker, room = CoreDriver(local), StaffRoom(replace(local))
    asker.say("样灯保护中心电话是多少，我的手机13800138000")
    (notice,) = room.read()
    assert notice.buttons[:2] == ("接单", "为什么这样答")
    assert all(each.startswith("插入") for each in notice.buttons[2:])
    (told,) = room.press("为什么这样答")
    assert "lamp_phone" in told.text
    assert "13800138000" not in told.text
    assert "  词：" not in told.text
    assert room.say(f"/why {FIRST.lower()}", thread="")[0].text == told.text
    assert "请在命令后写咨询编号" in room.say("/why", thread="")[0].text


def test_the_public_cannot_ask_for_the_way_of_others(local: Desk) -> None:
    asker = CoreDriver(local)
    asker.say("样灯专利保护几年")
    asker.send("choice", action="why:1")
    asker.say(f"/why {FIRST}")
    assert all("概率" not in each.text for each in asker.received())


def test_every_kind_of_evidence_has_its_word(local: Desk) -> None:
    trace = local.answerer.answer("样灯专利保护几年", local.now().date()).trace
    names = {name for card in trace["looks"][0]["cards"] for name in card["evidence"]}
    assert names
    assert names <= EVIDENCE.keys()
