"""What a policy is about, for lists: as recorded, else as its title says."""

from __future__ import annotations

import pytest

from policies.subjects import OTHER, place_of, subject_of


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("专利和集成电路布图设计缴费服务指南", "专利"),
        ("最高人民法院关于商标法修改决定施行后商标案件管辖和法律适用问题的解释", "商标、企业名称和地理标志"),
        ("计算机软件保护条例", "著作权和软件"),
        ("知识产权海关保护条例", "知识产权保护和服务"),
        ("民法典", OTHER),
    ],
)
def test_a_title_names_its_subject(title: str, subject: str) -> None:
    assert subject_of(title) == subject


def test_what_is_recorded_counts_and_is_listed_before_the_rest() -> None:
    assert subject_of("专利法", ["示例主题"]) == "示例主题"
    assert (
        subject_of("示例办法", ["地理标志"]) == "商标、企业名称和地理标志"
    )  # the topics of subscriptions belong to subjects
    assert subject_of("植物新品种纠纷示例规定", ["维权援助"]) == "植物新品种和集成电路"
    assert subject_of("示例奖补办法", ["资助奖励", "专利"]) == "资助奖励"
    assert sorted([OTHER, "示例主题", "专利"], key=place_of) == ["专利", "示例主题", OTHER]
