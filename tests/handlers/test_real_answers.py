"""The whole way with the real index, search, cards and answers, over cards of our own about miniature laws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from consultations.tickets import Ticket
from handlers.ask import compose_text
from handlers.desk import Desk
from knowledge.answer import Answerer
from knowledge.cards import load_cards
from knowledge.index import Index
from knowledge.passages import Answer, Citation
from knowledge.search import open_search
from tests.drivers import CoreDriver, StaffRoom

CARDS = """
[[card]]
id = "sample_oppose"
title = "商标公告后多久内可以提异议？"
variants = ["商标异议期是几个月", "初审公告后提异议的期限", "异议期限多长", "公告期内怎么反对别人的商标"]
negatives = []
answer = "示例：公告之日起四个月内。"
details = ["示例：逾期不再受理。"]
service_items = ["B08"]
jurisdiction = "national"
effective_from = 2020-01-01
last_reviewed = 2026-11-01
review_due = 2027-11-01
status = "live"
missing = ""
related = ["sample_renew"]

[[card.citations]]
law = "示例商标条例"
version = "2020-01-01"
article = "12"
proof = ["四个月"]

[[card]]
id = "sample_renew"
title = "商标续展什么时候办？"
variants = ["商标到期怎么续", "注册商标续展期限", "商标有效期满了怎么办", "续展提前多久申请"]
negatives = []
answer = "示例：期满前二十个月内办理。"
details = []
service_items = ["B08"]
jurisdiction = "national"
effective_from = 2020-01-01
last_reviewed = 2026-11-01
review_due = 2027-11-01
status = "live"
missing = ""
related = []

[[card.citations]]
law = "示例商标条例"
version = "2020-01-01"
article = "40"
proof = ["二十个月"]
"""


@pytest.fixture
def real(desk: Desk, tmp_path: Path) -> CoreDriver:
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "B08.toml").write_text(CARDS, encoding="utf-8")
    cards = load_cards(folder)
    index = Index.open(tmp_path / "index")
    index.replace({"cards": cards.passages()})
    return CoreDriver(replace(desk, answerer=Answerer(open_search(index), cards)))


def test_a_question_in_other_words_is_answered_from_its_card(real: CoreDriver) -> None:
    real.say("商标初审公告后多长时间内能提异议")
    (shown,) = real.received()
    assert "示例：公告之日起四个月内。" in shown.text
    assert "依据：《示例商标条例》第十二条（2020年1月1日版）" in shown.text
    assert "截至2026年11月23日" in shown.text
    assert shown.buttons[0] == "商标续展什么时候办？"
    real.press("商标续展什么时候办？")
    assert real.received()[-1].text.startswith("示例：期满前二十个月内办理。")


def test_what_the_knowledge_base_does_not_hold_is_not_invented(real: CoreDriver) -> None:
    real.say("半导体掩模版图登记的年费标准是多少")
    (shown,) = real.received()
    assert "四个月" not in shown.text
    assert "已为您转人工，工单号" in shown.text


@pytest.mark.parametrize("words", ["你好", "谢谢", "今天天气怎么样"])
def test_small_talk_is_answered_without_a_ticket(words: str, real: CoreDriver) -> None:
    real.say(words)
    (shown,) = real.received()
    assert "GD-" not in shown.text
    assert shown.text


@pytest.mark.parametrize("words", ["我要投诉你们工作人员态度差", "我要找个真人客服聊聊"])
def test_complaints_and_wishes_for_a_person_open_a_ticket(words: str, real: CoreDriver) -> None:
    real.say(words)
    assert "GD-20261123-0001" in real.received()[0].text


def test_a_life_in_danger_gets_help_named_first_and_an_urgent_ticket(real: CoreDriver) -> None:
    real.say("商标被抢了，我不想活了")
    (shown,) = real.received()
    assert shown.text.index("12356") < shown.text.index("GD-20261123-0001")
    with real.desk.reading() as session:
        assert [each.reason for each in session.exec(select(Ticket))] == ["urgent"]


def test_a_life_in_danger_gets_help_named_also_while_staff_hold_the_ticket(real: CoreDriver) -> None:
    room = StaffRoom(real.desk)
    real.say("转人工")
    room.act("claim:1")
    real.received()
    real.say("今天能办好吗")
    assert real.received() == []
    real.say("我不想活了")
    assert "12356" in real.received()[0].text
    assert "我不想活了" in room.read()[-1].text


def test_the_batch_text_starts_with_the_short_answer(real: CoreDriver) -> None:
    answer = real.desk.answerer.answer("商标公告后多久内可以提异议？", real.desk.now().date())
    lines = compose_text(answer).splitlines()
    assert lines[0] == "示例：公告之日起四个月内。"
    assert any(line.startswith("依据：") for line in lines)


def test_a_question_back_reads_as_questions_with_their_answers() -> None:
    first = Answer("answer", "question", "几个月？", lead="三个月。", details=("逾期不受理。",))
    second = Answer("answer", "question", "多少钱？", lead="九百元。", details=("按件收。",), notice="明年改。")
    back = Answer(
        "clarify",
        "question",
        "样灯",
        lead="最接近的是：",
        options=(("a", "几个月？"), ("b", "多少钱？"), ("c", "谁能办？")),
        offers=(first, second),
    )
    assert compose_text(back).splitlines() == [
        "最接近的是：",
        *("1. 几个月？", "三个月。", "逾期不受理。"),
        *("2. 多少钱？", "九百元。", "明年改。"),
        "也可能是：谁能办？",
    ]


def test_the_words_of_the_law_are_said_to_be_so_where_nothing_frames_them() -> None:
    cited = Citation("样灯法", "33", "2019-04-23", "异议期限为三个月。")
    told = Answer("answer", "question", "几个月？", lead="三个月。", citations=(cited,))
    assert compose_text(told).splitlines()[:2] == ["三个月。", "条文原文：异议期限为三个月。"]


def test_a_part_without_a_sure_answer_stands_below_all_that_belongs_to_the_sure_one() -> None:
    offer = Answer("answer", "question", "谁能办？", lead="申请人。")
    both = Answer(
        "answer",
        "question",
        "几个月？谁能办？",
        lead="三个月。",
        details=("逾期不受理。",),
        notice="明年改。",
        beside="关于“谁能办”，我不能确定，最接近的是：",
        offers=(offer,),
    )
    assert compose_text(both).splitlines() == [
        *("三个月。", "逾期不受理。", "明年改。"),
        *("关于“谁能办”，我不能确定，最接近的是：", "1. 谁能办？", "申请人。"),
    ]
