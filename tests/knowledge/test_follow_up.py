"""Follow-ups (追问) are completed from the last question; complete questions and new subjects are not."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.follow_up import complete_follow_up, lacks_subject
from knowledge.tokenise import normalise
from knowledge.understand import understand

TODAY = date(2026, 11, 23)

# Last question, follow-up, what the completed question must hold.
COMPLETED = [
    ("发明专利保护几年", "那外观呢", "外观 保护几年"),
    ("发明专利申请费多少", "那实用新型呢", "实用新型申请费多少"),
    ("商标侵权最多赔多少", "那版权呢", "版权侵权最多赔多少"),
    ("商标续展什么时候办", "费用呢", "商标续展 费用 多少钱"),
    ("商标注册要什么材料", "要多久", "商标注册 多久"),
    ("商标注册官费多少", "材料呢", "商标注册 材料"),
    ("商标注册官费多少", "网上能办吗", "商标注册 网上能办"),
    ("假冒专利罚多少", "会坐牢吗", "假冒专利 会坐牢"),
    ("网店被投诉侵权下架了", "几天能恢复", "网店 投诉侵权 恢复"),
    ("企业可以申请商标吗", "个人呢", "个人可以申请商标吗"),
    ("专利侵权要在多久内起诉", "商标呢", "商标侵权要在多久内起诉"),
    ("专利年费什么时候交", "要是过期了呢", "专利年费 过期了 怎么办"),
    ("商标侵权最多赔多少", "第几条规定的", "商标侵权最多赔多少"),
    ("商标侵权最多赔多少", "依据是什么", "商标侵权最多赔多少"),
    ("不交年费专利还有效吗", "为什么", "不交年费专利还有效吗"),
    ("商标被别人抢注了怎么办", "还有别的办法吗", "商标 抢注 办法"),
    ("商标注册可以自己办吗", "具体怎么操作", "商标注册 怎么操作"),
    ("单位作品的版权保护几年", "那个人的呢", "个人作品的版权保护几年"),
    ("委托开发的专利归谁", "那合作开发呢", "合作开发的专利归谁"),
    ("专利转让什么时候生效", "商标转让呢", "商标转让什么时候生效"),
    ("版权转让要书面合同吗", "那质押呢", "版权质押要书面合同吗"),
    ("商标异议期是多久", "被驳回了呢", "商标 被驳回 怎么办"),
    ("优先审查要多久", "实用新型也一样吗", "实用新型 优先审查要多久"),
    ("企业可以申请商标吗", "个人也可以吗", "个人可以申请商标吗"),
    ("快速预审是什么", "和优先审查一样吗", "快速预审 和优先审查一样吗"),
    ("软件著作权保护几年", "要登记吗", "软件著作权 登记"),
    ("商标许可给别人用要备案吗", "不备案有啥后果", "商标许可 不备案"),
    ("时间戳取证是什么", "法院认吗", "时间戳取证 法院认"),
    ("植物新品种要满足什么条件", "卖过的还能申请吗", "植物新品种 卖过的还能申请"),
    ("專利年費什麼時候繳", "那外觀的呢", "外观 年费"),
    (
        "我们是做家具的小厂，今年出了一款椅子，外形很特别，老板怕被抄，想问外观设计专利申请费要多少？",
        "要多久",
        "外观设计专利 多久",
    ),
]
COMPLETE = [
    ("发明专利保护几年", "商标续展要多少钱"),
    ("发明专利保护几年", "商标被抢注了怎么办"),
    ("发明专利保护几年", "离婚财产怎么分"),
    ("发明专利保护几年", "今天吃什么呢"),
    ("发明专利保护几年", "公积金能取多少"),
    ("发明专利保护几年", "你好"),
    ("发明专利保护几年", "谢谢"),
    ("发明专利保护几年", "转人工"),
    ("发明专利保护几年", "我要投诉你们"),
    ("发明专利保护几年", "好的知道了"),
    ("发明专利保护几年", "驾照丢了去哪补"),
    ("发明专利保护几年", "软件著作权要登记吗"),
    ("", "那外观呢"),
]


@pytest.mark.parametrize(("previous", "text", "kept"), COMPLETED)
def test_a_follow_up_is_completed(previous: str, text: str, kept: str) -> None:
    reading = understand(text, TODAY, previous=previous)
    assert reading.follows_up
    assert [word for word in kept.split() if word not in reading.text] == []


@pytest.mark.parametrize(("previous", "text"), COMPLETE)
def test_what_stands_for_itself_is_left_alone(previous: str, text: str) -> None:
    reading = understand(text, TODAY, previous=previous)
    assert not reading.follows_up
    assert "专利" not in reading.text


def test_a_follow_up_of_a_follow_up_needs_only_the_completed_one() -> None:
    first = understand("那外观呢", TODAY, previous="发明专利申请费多少").text
    assert complete_follow_up(normalise("要多久"), first).startswith("外观")


@pytest.mark.parametrize(
    "text", ["能减免吗", "不交会怎样", "需要什么材料", "多久", "要多少钱", "过期了怎么办", "可以延期吗"]
)
def test_a_question_of_nothing_in_particular_is_seen(text: str) -> None:
    assert lacks_subject(text)
    assert understand(text, TODAY).lacks_subject
    assert not understand(text, TODAY, previous="专利年费多少").lacks_subject


@pytest.mark.parametrize(
    "text", ["商标续展要多久", "版权登记要钱吗", "广告审查怎么办理", "红烧肉怎么做", "离婚财产怎么分", "你好"]
)
def test_a_question_of_something_is_not_taken_for_one_of_nothing(text: str) -> None:
    assert not understand(text, TODAY).lacks_subject


def test_what_was_asked_back_for_completes_the_question() -> None:
    assert complete_follow_up("商标续展", "需要什么材料") == "商标续展 需要什么材料"
    assert complete_follow_up("商标续展", "专利年费多少") == "商标续展"


def test_who_names_the_office_has_not_said_what_about() -> None:
    assert understand("要商标局批准吗", TODAY, previous="商标转让怎么办").carried == "商标转让 要商标局批准吗"


def test_a_follow_up_is_not_looked_up_without_its_subject() -> None:
    reading = understand("不备案会怎么样", TODAY, previous="专利许可要备案吗")
    assert reading.follows_up
    assert "不备案会怎么样" not in reading.wordings
