"""Secret mode hides who asks; whoever is about to describe an invention is warned first."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from consultations.contacts import Contact
from consultations.messages import Address
from handlers.desk import Desk
from handlers.find_gaps import find_gaps
from handlers.unpublished import speaks_of_own_invention
from tests.drivers import CoreDriver, StaffRoom


def last(asker: CoreDriver) -> str:
    return asker.received()[-1].text


def seen(room: StaffRoom) -> str:
    return "\n".join(each.text for each in room.read())


# ---- 保密咨询


@pytest.mark.parametrize("words", ["保密咨询", "/secret", "我要匿名"])
def test_staff_see_no_number_and_no_history_of_who_asks_in_secret(
    desk: Desk, asker: CoreDriver, room: StaffRoom, words: str
) -> None:
    asker.say("商标续展多少钱？")
    asker.say(words)
    assert "已开启保密咨询" in last(asker)
    asker.say("没有人知道的事")
    shown = seen(room)
    assert "保密服务对象：没有人知道的事" in shown
    assert "服务对象 1" not in shown
    assert "之前问过" not in shown


def test_secret_mode_ends_when_the_person_says_so(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("商标续展多少钱？")
    asker.say("保密咨询")
    asker.press("取消保密")
    assert "已取消保密" in last(asker)
    asker.say("没有人知道的事")
    shown = seen(room)
    assert "服务对象 1：没有人知道的事" in shown
    assert "之前问过" in shown


def test_one_sees_under_ones_own_data_whether_it_is_on_and_can_change_it(desk: Desk, asker: CoreDriver) -> None:
    asker.say("个人信息")
    assert "已开启保密" not in last(asker)
    asker.press("保密咨询")
    asker.say("个人信息")
    assert "您已开启保密咨询" in last(asker)
    asker.press("取消保密")
    with desk.reading() as session:
        assert not session.exec(select(Contact)).one().is_secret


def link(asker: CoreDriver, other: CoreDriver) -> str:
    asker.say("/link")
    other.say("/link " + last(asker).partition("/link ")[2][:8])
    assert "关联码刚刚用过了" in last(asker)
    return last(other)


def secrets(desk: Desk) -> list[bool]:
    with desk.reading() as session:
        return [each.is_secret for each in session.exec(select(Contact).order_by(col(Contact.id)))]


def test_secret_mode_holds_on_every_channel_the_person_linked(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    other, stranger = (CoreDriver(desk, Address("elsewhere", name)) for name in ("same", "stranger"))
    stranger.say("你好")
    link(asker, other)
    asker.say("保密咨询")
    assert "您关联的另一个渠道同样生效" in last(asker)
    other.say("没有人知道的事")
    assert "保密服务对象：没有人知道的事" in seen(room)
    assert secrets(desk) == [False, True, True]
    other.say("取消保密")
    assert "您关联的另一个渠道同样生效" in last(other)
    assert secrets(desk) == [False, False, False]


@pytest.mark.parametrize("who", ["gives the code", "uses the code"])
def test_linking_spreads_secret_mode_to_all_and_parting_keeps_it(desk: Desk, asker: CoreDriver, who: str) -> None:
    second, third = (CoreDriver(desk, Address("elsewhere", name)) for name in ("second", "third"))
    link(asker, second)
    third.say("保密咨询")
    assert "另一个渠道" not in last(third)
    told = link(third, asker) if who == "gives the code" else link(asker, third)
    assert "您已开启保密咨询。您关联的另一个渠道同样生效。" in told
    assert secrets(desk) == [True, True, True]
    third.say("/link off")
    third.say("取消保密")
    assert secrets(desk) == [True, True, False]


def test_questions_asked_in_secret_are_in_no_list_of_gaps_but_as_a_number(
    desk: Desk, asker: CoreDriver, room: StaffRoom
) -> None:
    asker.say("专利年费能分期付款吗")
    secret = CoreDriver(desk, Address("elsewhere", "secret"))
    secret.say("著作权能质押贷款吗")
    assert "著作权能质押贷款吗" in [each.question for each in find_gaps(desk)]
    secret.say("保密咨询")  # holds for what was asked before, too
    secret.say("专利年费可以分期付款吗")
    (gap,) = find_gaps(desk)
    assert (gap.cluster.n_contacts, gap.cluster.wordings) == (1, ("专利年费能分期付款吗",))
    room.read()
    told = room.say("/gaps", thread="")[0].text
    assert "著作权" not in told
    assert "另有 2 个保密咨询的问题没答好，内容不列出。" in told
    assert "这个问题" in room.act("gap:2")[0].text  # its button from before


# ---- 未公开的技术内容

OWN = (
    *(
        "我发明了一种新的晾衣架，怎么申请专利",
        "我们公司研发了一款传感器，想保护",
        "我儿子设计了一个书架",
        "我自己琢磨出一套工艺",
    ),
    *(
        "我有个新点子想申请专利",
        "我们有一项新技术，能先给你看看吗",
        "我手里有一个小发明",
        "团队有新产品还没申请专利，能先卖吗",
    ),
    *(
        "这是还没公开的配方",
        "尚未公开的技术方案怎么保护",
        "没申请专利的，先问问",
        "我先说一下我的发明",
        "我给你发一下我们的图纸",
    ),
    *(
        "技术方案如下：把弹簧放在底座里",
        "具体结构是这样的",
        "一种水杯，其特征在于",
        "权利要求书草稿发你看看",
        "我想出了个办法，我做了一个样机",
    ),
)
OTHERS = (
    *(
        "发明专利保护多少年？",
        "我的发明专利年费怎么交",
        "发明和实用新型有什么区别",
        "我们公司有几件发明专利",
        "专利申请多少钱",
    ),
    *(
        "怎么申请专利",
        "我想申请专利，要什么材料",
        "专利公开以后多久授权",
        "对方的专利其实早就公开了",
        "没有专利能申报高企吗",
    ),
    *(
        "设计专利和外观专利是一回事吗",
        "我公司的商标被抢注了",
        "我有一个商标要续展",
        "技术合同怎么登记",
        "新产品要不要做检索",
    ),
    *("我们有一个专利被侵权了", "技术秘密怎么保护", "专利权利要求怎么看", "结构一样算侵权吗", "我想转人工"),
)


@pytest.mark.parametrize("text", OWN)
def test_who_has_an_invention_in_hand_is_warned_above_the_answer(desk: Desk, asker: CoreDriver, text: str) -> None:
    asker.say(text)
    shown = asker.received()[0].text
    assert shown.startswith("提醒：还没申请专利的技术内容，请先不要在聊天里写细节")
    assert len(shown.split("\n\n")) > 1  # and is answered all the same


@pytest.mark.parametrize("text", OTHERS)
def test_questions_about_patents_as_such_carry_no_warning(text: str) -> None:
    assert not speaks_of_own_invention(text)


def test_the_warning_also_comes_while_staff_are_answering(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("没有人知道的事")
    room.press("接单")
    asker.received()
    asker.say("我先说一下我的发明")
    assert any("请先不要在聊天里写细节" in each.text for each in asker.received())
