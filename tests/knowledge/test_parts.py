"""Double questions part, each half complete; long stories come down to what they ask."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.parts import questions_in, split_parts, without_numbers_of_persons, without_politeness
from knowledge.story import story_readings
from knowledge.tokenise import normalise
from knowledge.understand import understand

TODAY = date(2026, 11, 23)

# Message → what each of its questions must speak of.
DOUBLE = [
    ("商标注册多少钱要多久", ["商标注册 多少钱", "商标注册 多久"]),
    ("专利年费怎么交不交会怎样", ["专利年费 怎么交", "专利年费 不交会怎样"]),
    ("商标注册要什么材料？官费多少？", ["商标注册 材料", "商标注册 官费"]),
    ("发明专利和实用新型分别保护几年", ["发明专利 几年", "实用新型 几年"]),
    ("专利侵权最多赔多少，诉讼时效几年", ["专利侵权 赔多少", "专利 诉讼时效几年"]),
    ("商标续展什么时候办，另外商标证丢了怎么办", ["续展 什么时候", "商标证丢了"]),
    ("专利转让什么时候生效？许可要备案吗？", ["转让 生效", "专利 许可要备案"]),
    ("地理标志谁来申请？能注册成商标吗？", ["地理标志 谁来申请", "地理标志 注册成商标"]),
    ("版权转让要不要书面合同，版权质押呢", ["版权转让 书面合同", "版权质押 书面合同"]),
    ("12330还能打吗还有商标能加急吗", ["12330 打", "商标能加急"]),
    ("布图设计要登记吗？保护几年？", ["布图设计 登记", "布图设计 保护几年"]),
    ("商标侵权找谁处理？最多赔多少？诉讼时效多久？", ["侵权 找谁", "商标侵权 赔多少", "商标侵权 诉讼时效"]),
    ("有两个问题：1、个人能不能注册商标 2、一次可以报几个类别", ["个人 注册商标", "商标 几个类别"]),
    (
        "您好，我们是一家做机器人的公司，刚接触这些，想咨询两个问题：第一，申请专利是不是一定要找代理；第二，专利费用能减多少？谢谢",
        ["专利 代理", "专利费用 减多少"],
    ),
    (
        "我们做智能锁的，去年刚成立，老板要我把知识产权理一理，我也不太懂。想问一下商标注册要交什么材料？专利年费不交会怎样？",
        ["商标注册 材料", "专利年费 不交"],
    ),
]
# A later half that names no subject speaks of the first one's; halves need no question mark and no comma.
DOUBLE += [
    ("外观专利保护几年？年费多少？", ["外观专利保护几年", "外观专利 年费多少"]),
    ("实用新型怎么申请，年费一年交多少", ["实用新型怎么申请", "实用新型 年费一年交多少"]),
    ("实用新型申请费和年费各多少", ["实用新型 申请费 多少", "实用新型 年费 多少"]),
    ("外观有效期多少年，到期后怎么续", ["外观有效期多少年", "外观 到期后怎么续"]),
    ("软著登记多久下来，自己能办吗", ["软著登记多久下来", "软著登记 自己能办吗"]),
    ("布图设计登记费用和保护期限", ["布图设计登记 费用 多少钱", "布图设计 保护期限 多久"]),
    ("软件登记要什么材料和费用", ["软件登记 材料", "软件登记 费用 多少钱"]),
    ("专利和商标有效期各几年", ["专利有效期几年", "商标有效期几年"]),
    ("专利转让 流程 费用", ["专利转让 流程 怎么办理", "专利转让 费用 多少钱"]),
    ("假冒专利罚多少钱 会不会坐牢", ["假冒专利罚多少钱", "假冒专利 会不会坐牢"]),
    ("新商标法啥时候实施 有啥变化", ["新商标法啥时候实施", "新商标法 有啥变化"]),
    ("商业秘密怎么认定，泄露了怎么赔", ["商业秘密怎么认定", "商业秘密 泄露了怎么赔"]),
]
SINGLE = [
    "商标被抢注了怎么办",
    "我想注册商标，需要什么材料",
    "对方不同意调解，怎么办",
    "发明和外观有什么区别",
    "专利过期了，包装上还印专利号行吗",
    "怎么查专利年费交了多少钱",
    "商标是自己用还是给别人用",
    "专利是两家共有的，我能单方面许可吗",
    "商标证书和商标注册证是一回事吗",
]


@pytest.mark.parametrize(("text", "parts"), DOUBLE)
def test_each_question_of_a_message_is_complete(text: str, parts: list[str]) -> None:
    found = understand(text, TODAY).parts
    assert len(found) == len(parts)
    for part, words in zip(found, parts, strict=True):
        assert [word for word in words.split() if word not in part] == []


@pytest.mark.parametrize("text", SINGLE)
def test_one_question_stays_one(text: str) -> None:
    assert understand(text, TODAY).parts == (normalise(text),)


def test_at_most_three_questions_are_answered() -> None:
    text = "商标多少钱？商标要多久？商标要什么材料？商标去哪办？商标找谁？"
    assert len(split_parts(normalise(text))) == 3


def test_a_message_about_something_else_is_not_taken_apart() -> None:
    assert len(understand("驾驶证丢了去哪补办，要多少钱", TODAY).parts) == 1


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("您好，请问商标续展什么时候办？谢谢", "商标续展什么时候办?"),
        ("老师好打扰一下，我想咨询一下，专利年费多少", "专利年费多少"),
        ("你好", "你好"),
        ("急急急", "急急急"),
    ],
)
def test_polite_words_go(text: str, bare: str) -> None:
    assert without_politeness(normalise(text)).rstrip("?") == bare.rstrip("?")


# Story → what one of its shorter wordings must hold, and what none may hold.
STORIES = [
    (
        "我们是做茶叶的小厂，开了十几年，去年换了会计，事情很多，账也乱，老板很生气。专利年费忘交了怎么办？",
        "专利年费忘交了怎么办",
        "茶叶",
    ),
    (
        "我在县里开超市，上个月收到法院传票，说我卖的水杯侵犯了别人的外观专利，货是从批发市场进的，当时压根不知道有专利这回事，这种要我赔钱吗",
        "外观专利 不知道 赔钱吗",
        "上个月",
    ),
    (
        "本人退休教师，喜欢写散文，粉丝几百个，孩子在外地。最近有人把我的文章搬到他的号上。我没有去办过登记，孩子说没登记就没有版权告不了人家，是这样吗？",
        "没登记 版权 是这样吗",
        "粉丝",
    ),
    (
        "公司前任财务走了没交接清楚，代理打电话来说我们有一个实用新型的年费已经过了三个多月还没交，产品还在卖，我想问现在去补交还来不来得及",
        "年费 没交 补交还来不来得及",
        "交接",
    ),
    (
        "孩子他爸搞了一辈子机械，留下一套没出版的手稿，出版社最近联系我说想出书。我想知道人走了以后这些文章的版权还能保护多少年？",
        "版权还能保护多少年",
        "机械",
    ),
    (
        "我跟合伙人散伙了，商量好把我名下那个实用新型以五万块卖给他，钱都打给我了，合同也签了，想请教一下专利从什么时候开始才算正式归他",
        "专利从什么时候开始才算正式归他",
        "散伙",
    ),
    (
        "你好，我开网店卖女装，有家店把我的详情页全扒过去了，还便宜二十块，搞得我退货一大堆，平台客服叫我走侵权投诉，请问投诉要提供些什么东西，怎么弄？",
        "侵权投诉 提供些什么东西",
        "女装",
    ),
]


@pytest.mark.parametrize(("story", "kept", "dropped"), STORIES)
def test_a_story_comes_down_to_its_question(story: str, kept: str, dropped: str) -> None:
    reading = understand(story, TODAY)
    assert any(all(word in each for word in kept.split()) for each in reading.wordings)
    assert not any(dropped in each for each in reading.wordings[:1])
    assert all(len(each) < len(story) for each in reading.wordings)


def test_a_short_question_has_no_other_wordings() -> None:
    assert understand("商标续展什么时候办", TODAY).wordings == ()


def test_a_tale_that_asks_nothing_is_left_whole() -> None:
    assert story_readings("我公司做灯具,注册了商标,每天都很忙,老板人很好") == ()


@pytest.mark.parametrize(
    "text", ["专利号202010123456.7年费怎么交", "申请号2020101234567能查吗", "12330是什么电话", "13800000000"]
)
def test_other_numbers_and_bare_ones_stay(text: str) -> None:
    assert without_numbers_of_persons(text) == text


def test_the_pieces_that_ask_are_found_as_they_stand() -> None:
    assert questions_in("商标注册多少钱,你们几点下班") == ("商标注册多少钱", "你们几点下班")
    assert questions_in("我公司被告了。另外商标异议期多久？") == ("商标异议期多久",)
    assert questions_in("我公司被告了") == ()
