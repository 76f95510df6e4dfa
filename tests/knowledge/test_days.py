"""The day a question names, in the words people use."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.days import filing_days, named_day
from knowledge.tokenise import normalise

TODAY = date(2026, 11, 26)


def day_of(text: str, on: date = TODAY) -> date | None:
    return named_day(normalise(text), on)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023年5月商标异议期是几个月", date(2023, 5, 1)),
        ("2023年5月6日发生的侵权怎么赔", date(2023, 5, 6)),
        ("二〇二三年五月六日的规定", date(2023, 5, 6)),
        ("23年5月的规定", date(2023, 5, 1)),
        ("2023-05-06当天的规定", date(2023, 5, 6)),
        ("2020年外观设计保护几年", date(2020, 12, 31)),
        ("去年的侵权按什么赔", date(2025, 12, 31)),
        ("去年5月的侵权按什么赔", date(2025, 5, 1)),
        ("前年外观设计保护几年", date(2024, 12, 31)),
        ("2027年异议期多久", date(2027, 1, 1)),
        ("明年商标异议期多久", date(2027, 1, 1)),
        ("明年一月商标异议期多久", date(2027, 1, 1)),
        ("明年三月五日提异议", date(2027, 3, 5)),
        ("后年异议期多久", date(2028, 1, 1)),
        ("明年底异议期多久", date(2027, 12, 31)),
        ("2026年底异议期多久", date(2026, 12, 31)),
        ("年底异议期多久", date(2026, 12, 31)),
        ("2027年初异议期多久", date(2027, 1, 1)),
        ("2027年1月2日之后异议期多久", date(2027, 1, 3)),
        ("2026年12月31日以后异议期多久", date(2027, 1, 1)),
        ("2027年1月1日起异议期多久", date(2027, 1, 1)),
        ("在2025年10月15日之前商业秘密是第几条", date(2025, 10, 14)),
        ("2027年之前异议期多久", date(2026, 12, 31)),
        ("2027年1月之前异议期多久", date(2026, 12, 31)),
        ("2026年12月以后异议期多久", date(2027, 1, 1)),
        ("2026年以后异议期多久", date(2027, 1, 1)),
        ("1月1日以后异议期多久", date(2027, 1, 2)),
        ("12月31日之前提异议几个月", date(2026, 12, 30)),
        ("元旦以后异议期多久", date(2027, 1, 2)),
        ("元旦前提异议几个月", date(2026, 12, 31)),
        ("下个月提异议几个月", date(2026, 12, 1)),
        ("明天提异议几个月", date(2026, 11, 27)),
        ("2027年1月5日申请的商标异议期多久", date(2027, 1, 5)),
    ],
)
def test_a_day_is_named(text: str, day: date) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "商标异议期多久",
        "2026年异议期多久",
        "今年异议期多久",
        "2019年注册的商标什么时候续展",
        "2023年5月6日申请的专利年费怎么交",
        "去年申请的新型能用到哪一年",
        "去年我们公司注册的商标",
        "今年5月到期的年费还能补吗",
        "2023年3月被驳回的商标怎么办",
        "2019年商标法第33条",
        "2020年以后外观保护几年",
        "2023年13月的规定",
        "2023年2月30日的规定",
        "10月1日收到驳回通知怎么办",
        "12月前置审查",
        "昨天收到驳回通知怎么办",
        "保护期20年",
        "第2023条",
    ],
)
def test_no_day_is_named(text: str) -> None:
    assert day_of(text) is None


@pytest.mark.parametrize(("on", "day"), [(date(2026, 12, 31), date(2027, 1, 1)), (date(2027, 1, 1), date(2027, 1, 2))])
def test_tomorrow_counts_from_today(on: date, day: date) -> None:
    assert day_of("明天提异议几个月", on) == day
    assert day_of("元旦提异议几个月", date(2027, 1, 1)) == date(2027, 1, 1)
    assert day_of("下个月提异议几个月", date(2026, 12, 31)) == date(2027, 1, 1)


@given(st.text(alphabet="0123456789年月日号之前后起去今明底元旦一二十〇下个周-", max_size=20), st.dates())
def test_any_text_names_a_day_or_none(text: str, on: date) -> None:
    assert isinstance(day_of(text, min(on, date(9000, 1, 1))), date | None)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2020年申请的外观设计保护几年", (date(2020, 1, 1), date(2020, 12, 31))),
        ("我2020年3月申请的外观什么时候到期", (date(2020, 3, 1), date(2020, 3, 31))),
        ("外观专利，申请日是2021年5月31日", (date(2021, 5, 31), date(2021, 5, 31))),
        ("申请日2021-06-01的外观保护几年", (date(2021, 6, 1), date(2021, 6, 1))),
        ("去年我们提交的外观能用几年", (date(2025, 1, 1), date(2025, 12, 31))),
        ("2020年的外观专利有效期多久", (date(2020, 1, 1), date(2020, 12, 31))),
        ("2019年授权的外观有效期几年", (date.min, date(2019, 12, 31))),
        ("2023年授权、2020年申请的外观有效期几年", (date(2020, 1, 1), date(2020, 12, 31))),
        ("外观设计保护几年", None),
        ("2030年外观保护几年", None),
    ],
)
def test_the_days_on_which_something_was_filed(text: str, days: tuple[date, date] | None) -> None:
    assert filing_days(normalise(text), TODAY) == days
