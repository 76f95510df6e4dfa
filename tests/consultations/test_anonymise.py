"""What was said to one person becomes fit for everybody: the person goes, the law stays. All names are made up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultations.anonymise import GONE, anonymous

LETTER = """您好，张先生！感谢您的咨询。示例：年费不能分期付款，依据《示例条例》第九条。
如有疑问请联系我，电话13800138000。祝好！
示例区知识产权公共服务网点 小王
2026年11月26日"""


def test_a_letter_becomes_its_rule() -> None:
    assert anonymous(LETTER) == "示例：年费不能分期付款，依据《示例条例》第九条。"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("王女士，可以质押。", "可以质押。"),
        ("李经理您好，不能分期。", "不能分期。"),
        ("尊敬的客户：您好！可以的。欢迎随时咨询。", "可以的。"),
        ("可以。谢谢您的咨询！", "可以。"),
        ("可以。有问题加我微信abc_12345。", "可以。"),
        ("请把材料寄到示例区人民路12号3楼。续展费五百元。", "续展费五百元。"),
        ("三个月内提出（电话023-67890123），逾期不受理。", "三个月内提出，逾期不受理。"),
        ("您好：\n可以质押。\n—— 李老师", "可以质押。"),
        ("可以质押。示例网点 小李", "可以质押。"),
        ("可以质押。\n值班人员：李四\n2026-11-26", "可以质押。"),
    ],
)
def test_greetings_signatures_and_ways_to_reach_somebody_go(said: str, left: str) -> None:
    assert anonymous(said) == left


@pytest.mark.parametrize(
    "secret",
    [
        "13800138000",
        "someone@example.com",
        "110101199003074514",
        "023-67890123",
        "202310123456.7",
        "ZL202310123456.7",
        "第12345678号",
        "GD-20261123-0001",
        "（2026）示01民初123号",
        "微信号abc_12345",
    ],
)
def test_numbers_of_a_person_or_a_case_go_and_leave_a_mark_within_a_sentence(secret: str) -> None:
    left = anonymous(
        f"示例：这件申请（不是那件）的材料写着{secret}，依据示例条例第九条第二款，应当在三个月内补正后再提交。"
    )
    assert secret not in left
    assert GONE in left
    assert "应当在三个月内补正" in left


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("我们是重庆示例科技有限公司，商标被抢注了", "我们是某公司，商标被抢注了"),
        ("我是示例甲光电有限公司的王小明，商标快到期", "我是某公司的某某，商标快到期"),
        ("示例甲有限公司的商标，快到期", "某公司的商标，快到期"),
        ("我叫张三丰，商标被抢注了", "我叫某某，商标被抢注了"),
        ("我姓王，商标被抢注了", "我，商标被抢注了"),
        ("由示例律师事务所代理", "由某单位代理"),
        ("可以找王老师办理", "可以找某老师办理"),
    ],
)
def test_names_of_people_and_companies_go(said: str, left: str) -> None:
    assert anonymous(said) == left


@pytest.mark.parametrize(
    "rule",
    [
        "设立有限责任公司时可以用专利权作价出资。有限公司和股份有限公司都可以。",
        "个人独资企业变更为有限公司，要办理转让。",
        "发明人或者申请人应当签名。法定代表人为自然人。",
        "国家知识产权局规定，总是应当先检索。",
        "何时提出都可以。任何单位都能申请。白酒商标注册在第33类。",
        "第一百二十三条第二款，三个月内缴纳500元。",
        "施行日期：\n自2027年1月1日起",
        "可以带：\n营业执照\n白酒\n商标注册证复印件",
        "逾期不受理。可以去示例服务网点",
        "可以去：\n国家知识产权局\n知识产权保护中心",
        "（一）可以；（二）不可以。",
    ],
)
def test_a_rule_stays_as_it_is(rule: str) -> None:
    assert anonymous(rule) == rule


@pytest.mark.parametrize("nothing", ["", "您好", "谢谢", "不客气。", "您好！谢谢您的咨询。", "\n\n"])
def test_mere_courtesy_leaves_nothing(nothing: str) -> None:
    assert anonymous(nothing) == ""


@given(st.text(alphabet="您好张先生，。（）公司有限13800@a.路号\n—第", max_size=60))
def test_saying_it_again_changes_nothing_more(text: str) -> None:
    once = anonymous(text)
    assert "13800138000" not in once
    assert len(once) <= 6 * len(text) + 6


@pytest.mark.parametrize(
    "part", ["王", "（", "有限公司", "您好", "张先生，", "谢谢您", "a@", "重庆市示例", "—", "第1号", "1", "路1号"]
)
def test_huge_texts_take_no_time(part: str) -> None:
    started = time.process_time()
    anonymous(part * 4000)
    assert time.process_time() - started < 3
