"""Negations and conditions of a question: what holds in it, and what only looks so."""

from __future__ import annotations

import pytest

from knowledge.conditions import conditions

STATED = [
    ("没注册的商标被别人仿了怎么办", "unregistered"),
    ("牌子一直没去登记，能告吗", "unregistered"),
    ("商標還沒註冊可以用嗎", "unregistered"),
    ("我们的商标已经注册好几年了", "registered"),
    ("不交年费会怎样", "not_paid"),
    ("年费忘了交", "not_paid"),
    ("会计把费用漏缴了", "not_paid"),
    ("当时没签合同", "no_contract"),
    ("只是口头答应的", "no_contract"),
    ("合同里没写归谁", "no_contract"),
    ("产品已经公开过了还能申请吗", "already_public"),
    ("去年展会上展出过", "already_public"),
    ("专利过期了还能标专利号吗", "expired"),
    ("商标三年没用会被撤吗", "not_used"),
    ("注册了一直闲置", "not_used"),
    ("未经我同意用了我的照片", "without_consent"),
    ("他擅自改了标识", "without_consent"),
    ("人家没打过招呼就拿去用了", "without_consent"),
    ("我不知道是假货", "unknowing"),
    ("申请被驳回了", "refused"),
    ("商标证书丢了", "lost"),
    ("个人能注册商标吗", "individual"),
    ("注册超过五年了还能无效吗", "over_limit"),
    ("专利还没授权就写专利号", "pending"),
    ("两家公司一起研发的成果", "joint"),
    ("期限错过了", "late"),
]
NOT_STATED = [
    ("能不能注册商标", "unregistered"),
    ("可不可以注册", "unregistered"),
    ("注册商标多少钱", "registered"),
    ("商标注册了吗", "registered"),
    ("哪些企业可以少交专利费", "not_paid"),
    ("仲裁要交多少钱", "not_paid"),
    ("合同怎么写", "no_contract"),
    ("这个软件没公开发布过", "already_public"),
    ("商标多久过期", "expired"),
    ("注册商标不用找代理吗", "not_used"),
    ("专利申请还没授权", "without_consent"),
    ("质押后能不能授权别人", "without_consent"),
    ("电子证据会被驳回吗", "refused"),
    ("个人信息出境要什么手续", "individual"),
    ("两个人报一样的商标", "individual"),
    ("2027年以后罚多少", "over_limit"),
    ("外国企业申请中国专利", "pending"),
    ("网点一共有哪些服务", "joint"),
]


@pytest.mark.parametrize(("text", "name"), STATED)
def test_a_condition_is_seen(text: str, name: str) -> None:
    assert name in conditions(text)


@pytest.mark.parametrize(("text", "name"), NOT_STATED)
def test_what_only_looks_like_a_condition_is_none(text: str, name: str) -> None:
    assert name not in conditions(text)


def test_a_plain_question_states_nothing() -> None:
    assert conditions("商标续展多少钱") == frozenset()
    assert conditions("") == frozenset()


def test_both_sides_of_a_question_are_seen() -> None:
    assert conditions("没注册的商标，没签合同") == {"unregistered", "no_contract"}
