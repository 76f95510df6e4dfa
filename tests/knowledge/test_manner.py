"""Complaints, cases of one's own and emergencies that no pattern names, and questions that only sound like them."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.field import other_questions
from knowledge.manner import LEAST, Manners, manners_over
from knowledge.routing import is_pressing
from knowledge.tokenise import normalise


@pytest.fixture(scope="module")
def manners() -> Manners:
    cards = load_cards(SHIPPED_FOLDER).by_id.values()
    return manners_over((text for card in cards for text in (card.title, *card.variants)), other_questions())


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("complaint", "叫号叫了半天，里面的人在聊天，你们领导不管吗"),
        ("complaint", "上回那个老师给我讲错了，白跑两趟"),
        ("complaint", "打你们电话从来没人接，太让人失望"),
        ("personal", "您看我这官司赢的把握大不大"),
        ("personal", "我把两个图发你，你帮我看看像不像"),
        ("personal", "你说我是赔钱算了还是接着打，给个主意"),
        ("personal", "我做的台灯跟大牌那款有点像，摆出来卖会不会有麻烦"),
        ("urgent", "期限今晚就到，代理电话打不通，快帮帮我"),
        ("urgent", "执法的人现在就在我店里搬货，怎么办"),
        ("urgent", "刚接到法院电话，明早九点开庭，救命"),
        ("human", "打字说不明白，喊个老师接一下"),
        ("wrongdoing", "想法子做张假证书糊弄客户"),
        ("chitchat", "今天天气怎么样"),
        ("identity", "窗口后面是真人在回吗"),
    ],
)
def test_what_is_no_question_is_heard(manners: Manners, label: str, text: str) -> None:
    assert manners.label(normalise(text)) == label


@pytest.mark.parametrize(
    "text",
    [
        "商标注册要多少钱",
        "公司快到期的商标怎么续展",
        "海关扣了货要交多少担保",
        "专利侵权一般赔多少",
        "投诉专利代理机构找哪个部门",
        "",
    ],
)
def test_a_question_is_no_complaint(manners: Manners, text: str) -> None:
    assert manners.label(normalise(text)) == ""


def test_where_nothing_presses_a_message_is_no_emergency(manners: Manners) -> None:
    urgent = normalise("期限今晚就到，代理电话打不通，快帮帮我")
    assert is_pressing(urgent)
    assert manners.label(urgent, unlike=("urgent",)) != "urgent"
    assert not is_pressing(normalise("网上有人卖我们的假货怎么办"))


def test_the_surer_a_card_fits_the_more_a_message_must_sound_like_a_case() -> None:
    heard = Manners(("personal",), {"赢": 0}, np.array([[3.0]]))
    assert heard.label("赢") == "personal"
    assert heard.label("赢", confidence=0.9) == ""


def test_nothing_is_heard_without_questions_to_compare_with() -> None:
    assert manners_over(["商标注册要多少钱"], other_questions()).label("你们太差了") == ""


def test_every_label_has_examples_of_its_own(manners: Manners) -> None:
    assert set(manners.labels) == set(LEAST)


def test_a_case_told_is_heard_faintly_and_a_rule_asked_for_is_not(manners: Manners) -> None:
    scam = normalise("我在网上被一个自称商标局的人骗了两万八，能不能帮我追回来")
    assert manners.faint_case(scam, is_declined=False) == "personal"
    assert manners.faint_case(scam, is_declined=True) == "personal"
    rule = normalise("专利侵权的诉讼时效是几年，从哪天算")
    assert manners.faint_case(rule, is_declined=True) == ""


def test_what_would_be_declined_needs_less_to_be_a_case() -> None:
    manners = Manners(("personal",), {"案": 0}, np.array([[0.6]]))
    assert manners.faint_case("案", is_declined=True) == "personal"
    assert manners.faint_case("案", is_declined=False) == ""
    assert manners.faint_case("", is_declined=True) == ""
