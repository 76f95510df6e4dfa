"""Conditions of programmes as data: verdicts, and every fault with line and cure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.compilation import Revision
from policies.criteria import CHOSEN, COUNTED, Criterion, judge
from policies.profile import ProfileError, Programme, programme_of, read_programme

TEXT = """name = "示例贴息"
conditions = ["在本区", "有发明"]
"""
HERE = Criterion("在本区", "district", ("示例区",))
SOME = Criterion("有发明", "inventions", at_least=2, at_most=9)


@pytest.mark.parametrize(
    ("facts", "here", "some"),
    [
        ({}, "unknown", "unknown"),
        ({"district": "示例区", "inventions": 2}, "met", "met"),
        ({"district": "其他", "inventions": 1}, "not", "not"),
        ({"district": "其他", "inventions": 10}, "not", "not"),
        ({"district": 3, "inventions": "两件"}, "unknown", "unknown"),
    ],
)
def test_a_condition_is_met_not_met_or_open(facts: dict[str, str | int], here: str, some: str) -> None:
    assert judge("在本区", (HERE, SOME), facts) == here
    assert judge("有发明", (HERE, SOME), facts) == some
    assert judge("别的条件", (HERE, SOME), facts) == "unknown"


def test_of_several_criteria_all_must_be_met() -> None:
    both = (Criterion("条件", "district", ("示例区",)), Criterion("条件", "years", at_least=3))
    assert judge("条件", both, {"district": "示例区"}) == "unknown"
    assert judge("条件", both, {"district": "示例区", "years": 2}) == "not"
    assert judge("条件", both, {"district": "示例区", "years": 3}) == "met"


@given(st.dictionaries(st.sampled_from([*CHOSEN, *COUNTED]), st.one_of(st.text(max_size=5), st.integers(0, 99))))
def test_nothing_told_is_never_met(facts: dict[str, str | int]) -> None:
    without = {name: each for name, each in facts.items() if name != "inventions"}
    assert judge("有发明", (SOME,), without) == "unknown"


def test_a_programme_with_criteria_is_kept_whole() -> None:
    made = read_programme(
        TEXT
        + '[[criteria]]\ncondition = "在本区"\nfact = "district"\nany_of = ["示例区"]\n'
        + '[[criteria]]\ncondition = "有发明"\nfact = "inventions"\nat_least = 2\nat_most = 9\n'
    )
    assert made.criteria == (HERE, SOME)
    assert programme_of(Revision(programme=made.stored)) == made  # type: ignore[call-arg]


def test_a_programme_stored_before_there_were_criteria_is_read() -> None:
    stored = Programme("示例", ("条件",)).stored
    del stored["criteria"]
    assert programme_of(Revision(programme=stored)) == Programme("示例", ("条件",))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("criterion", "cure"),
    [
        ('condition = "没有这句"\nfact = "district"\nany_of = ["甲"]', "完全相同"),
        ('condition = "在本区"\nfact = "colour"\nany_of = ["甲"]', "所在区县"),
        ('condition = "在本区"\nfact = "district"', "要写 any_of"),
        ('condition = "在本区"\nfact = "district"\nany_of = "甲"', "要写 any_of"),
        ('condition = "在本区"\nfact = "district"\nany_of = ["甲"]\nat_least = 1', "不写 at_least"),
        ('condition = "在本区"\nfact = "district"\nany_of = ["一二三四五六七八九十一二三"]', "12 个字"),
        ('condition = "有发明"\nfact = "inventions"', "at_least 或 at_most"),
        ('condition = "有发明"\nfact = "inventions"\nat_least = "两"', "整数"),
        ('condition = "有发明"\nfact = "inventions"\nat_least = -1', "整数"),
        ('condition = "有发明"\nfact = "inventions"\nat_least = 3\nat_most = 2', "没有企业符合"),
        ('condition = "有发明"\nfact = "inventions"\nat_least = 3\ncolour = 2', "没有 colour"),
    ],
)
def test_a_faulty_criterion_is_refused_with_line_and_cure(criterion: str, cure: str) -> None:
    with pytest.raises(ProfileError) as refused:
        read_programme(f"{TEXT}\n[[criteria]]\n{criterion}\n")
    assert "第 4 行" in str(refused.value)
    assert cure in str(refused.value)


def test_criteria_that_are_no_tables_are_refused() -> None:
    with pytest.raises(ProfileError, match="criteria"):
        read_programme(TEXT + "criteria = 3\n")
