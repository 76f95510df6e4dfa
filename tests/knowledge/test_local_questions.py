"""What only people on the spot know goes to the outlet's staff; what the law says does not."""

from __future__ import annotations

import pytest

from knowledge.routing import asks_for_rule, asks_for_service, is_local, only_asks_of_outlet
from knowledge.tokenise import normalise


@pytest.mark.parametrize(
    "text",
    [
        "我们区里发明专利授权奖励几千块",
        "当地有没有商标注册补贴",
        "园区给贯标企业的奖励怎么领",
        "渝中区专利资助还有吗",
        "版权登记受理处的电话是多少",
        "维权热线还打得通吗",
        "公证处几点上班",
        "你们下次专利培训是哪天",
        "合作律所的名单有哪些",
        "本区的专利资助今年还发不发",
        "别家每件专利领了三千块，我们找谁领",
        "到你们网点坐几号线",
        "专利奖今年哪天截止",
        "咱们县对软著有奖励没得",
        "渝北区发明专利授权补几千",
        "本地哪家银行做专利贷款",
        "周日开不开门",
        "国庆上不上班",
        "明天下午几点上班",
        "周六有人值班吗，电话多少",
    ],
)
def test_what_is_known_on_the_spot_is_local(text: str) -> None:
    assert is_local(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "商标侵权最多赔多少",
        "职务发明的奖励标准是多少",
        "专利年费减缴的比例是多少",
        "去哪个法院起诉商标侵权",
        "骗取专利资助怎么处罚",
        "地理标志保护区域能不能扩大",
        "公证费谁出",
        "周末上班要给几倍工资",
        "明天法院几点开庭",
    ],
)
def test_what_the_law_says_is_not_local(text: str) -> None:
    assert not is_local(normalise(text))


@pytest.mark.parametrize(
    "text", ["你们能不能帮企业调解", "网点可以派人来讲课吗", "能否安排专家来培训", "你们查商标要给钱吗"]
)
def test_what_the_outlet_does_for_people_is_asked_of_it(text: str) -> None:
    assert asks_for_service(normalise(text))


@pytest.mark.parametrize("text", ["隔壁仿了我的灯，这种一般怎么判断侵权", "他到处说我侵权，法律上管不管"])
def test_the_rule_is_asked_for_after_whatever_tale(text: str) -> None:
    assert asks_for_rule(normalise(text))


@pytest.mark.parametrize("text", ["你看我这个案子能赢吗", "一般人我不告诉他，你说我该不该告"])
def test_a_judgement_asked_for_is_no_rule(text: str) -> None:
    assert not asks_for_rule(normalise(text))


@pytest.mark.parametrize("text", ["我能不能赢", "帮我看看这份合同", "对方能不能要求我赔"])
def test_a_case_of_ones_own_is_not_asked_of_the_outlet(text: str) -> None:
    assert not asks_for_service(normalise(text))


@pytest.mark.parametrize("text", ["你们礼拜天上班吗", "你们电话给一下，中午休不休息", "网点几点关门", "周末上班吗"])
def test_who_asks_for_hours_or_telephone_does_not_complain(text: str) -> None:
    assert only_asks_of_outlet(normalise(text))


@pytest.mark.parametrize(
    "text", ["你们电话怎么老是没人接", "你们网点周末又不上班，白跑一趟", "你们窗口五点就关门了", "希望你们周六也上班"]
)
def test_who_grieves_over_hours_or_telephone_may_complain(text: str) -> None:
    assert not only_asks_of_outlet(normalise(text))
