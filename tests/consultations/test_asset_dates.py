"""Dates of assets: month ends and leap days, days off, which edition of a law, how urgent something is."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultations.asset_dates import Deadline, add_months, deadlines_of, end_of, rank
from consultations.asset_rules import AssetRules, parse_rules
from consultations.authored_files import FaultyFilesError
from consultations.working_time import is_plain_workday

RULES = AssetRules()
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def due(kind: str, since: str, until: str, **days: str) -> list[Deadline]:
    """What falls due between two days."""
    read = {name: date.fromisoformat(each) for name, each in days.items()}
    since_day, until_day = date.fromisoformat(since), date.fromisoformat(until)
    return deadlines_of(kind, read, RULES, is_plain_workday, since=since_day, until=until_day)


@given(DAYS, st.integers(0, 600))
def test_a_period_of_months_ends_on_the_corresponding_day_or_the_last_of_the_month(day: date, months: int) -> None:
    end = add_months(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == min(day.day, calendar.monthrange(end.year, end.month)[1])


@given(DAYS, st.integers(1, 600))
def test_a_validity_ends_a_day_before_unless_the_month_is_too_short(day: date, months: int) -> None:
    same, before = end_of(day, months, "same_day"), end_of(day, months, "day_before")
    assert before == (same - timedelta(days=1) if same.day == day.day else same)
    assert before < add_months(day, months) + timedelta(days=1)


@given(DAYS, st.sampled_from(["invention", "utility", "design", "trademark", "customs", "layout", "software"]), DAYS)
def test_whatever_the_days_deadlines_are_ordered_worked_and_within_reach(start: date, kind: str, since: date) -> None:
    days = dict.fromkeys(("filed_on", "granted_on", "published_on"), start)
    until = add_months(since, 24)
    found = deadlines_of(kind, days, RULES, is_plain_workday, since=since, until=until)
    assert found == sorted(found, key=lambda each: (each.last_on, each.rule_id))
    for each in found:
        assert each.due_on <= each.last_on
        assert max(each.last_on, each.late_until or each.last_on) >= since
        assert each.source.article
        if each.rolled_by:
            assert is_plain_workday(each.last_on)
            assert not is_plain_workday(each.due_on)


@given(DAYS)
def test_an_invention_is_paid_for_once_a_year_and_nineteen_times(filed: date) -> None:
    found = deadlines_of(
        "invention", {"filed_on": filed}, RULES, is_plain_workday, since=date.min, until=add_months(filed, 300)
    )
    fees = [each for each in found if each.rule_id == "invention_fee"]
    live = [n for n in range(1, 20) if add_months(filed, 12 * n) >= date(2024, 1, 20)]
    assert [each.due_on for each in fees] == [add_months(filed, 12 * n) for n in live]
    assert [each.what for each in fees] == [f"缴纳第 {n + 1} 年度年费" for n in live]


def test_the_fee_of_the_year_of_the_grant_is_not_asked_for_again() -> None:
    days = {"filed_on": "2023-06-03", "granted_on": "2025-08-01"}
    fees = due("invention", "2024-02-01", "2026-12-31", **days)
    assert [(each.due_on, each.what) for each in fees] == [(date(2026, 6, 3), "缴纳第 4 年度年费")]


def test_a_fee_due_on_a_day_off_moves_to_the_next_workday_and_says_why() -> None:
    (fee,) = due("utility", "2026-12-01", "2026-12-31", filed_on="2019-12-20", granted_on="2020-05-01")
    assert (fee.due_on, fee.last_on, fee.late_until) == (date(2026, 12, 20), date(2026, 12, 21), date(2027, 6, 21))
    assert fee.rolled_by is not None
    assert (fee.rolled_by.law, fee.rolled_by.article) == ("专利法实施细则", "5")
    assert (fee.source.law, fee.source.article) == ("专利法实施细则", "115")


def test_filed_on_the_29th_of_february_is_due_on_the_28th() -> None:
    found = due("invention", "2025-02-01", "2029-03-01", filed_on="2020-02-29", granted_on="2022-01-01")
    fees = [each.due_on for each in found if each.rule_id == "invention_fee"]
    assert fees == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28)]


@pytest.mark.parametrize(
    ("registered", "ends", "late", "article", "late_article"),
    [
        ("2016-10-15", "2026-10-14", "2027-04-14", "40", "44"),  # the grace period reaches into the new law
        ("2017-03-15", "2027-03-14", "2027-09-14", "44", "44"),
        ("2016-02-29", "2026-02-28", "2026-08-28", "40", "40"),  # no such day: the last of the month, no day before
    ],
)
def test_a_mark_is_renewed_under_the_law_of_the_day(
    registered: str, ends: str, late: str, article: str, late_article: str
) -> None:
    found = [each for each in due("trademark", ends, ends, granted_on=registered) if str(each.due_on) == ends]
    (renewal,) = found
    assert renewal.opens_on == date.fromisoformat(ends) + timedelta(days=1) - timedelta(days=365)
    assert renewal.late_until is not None
    assert renewal.late_until >= date.fromisoformat(late)
    assert is_plain_workday(renewal.late_until)
    assert renewal.source.article == article
    assert renewal.late_source is not None
    assert renewal.late_source.article == late_article


def test_what_the_ledger_says_of_the_end_counts_more_than_what_is_reckoned() -> None:
    found = due("trademark", "2027-01-01", "2027-12-31", granted_on="2015-01-01", valid_until="2027-05-31")
    assert [each.due_on for each in found] == [date(2027, 5, 31)]


def test_a_design_filed_before_june_2021_ends_after_ten_years_one_filed_later_after_fifteen() -> None:
    older = due("design", "2030-01-01", "2036-12-31", filed_on="2021-05-31")
    newer = due("design", "2030-01-01", "2036-12-31", filed_on="2021-06-01")
    assert max(each.last_on for each in older) == date(2031, 5, 30)
    assert max(each.last_on for each in newer) == date(2036, 5, 31)


def test_software_of_a_company_ends_with_the_fiftieth_year() -> None:
    (end,) = due("software", "2070-01-01", "2070-12-31", published_on="2020-02-29")
    assert end.last_on == date(2070, 12, 31)


@given(st.integers(-40, 400))
def test_it_grows_more_urgent_as_the_day_comes_and_ends_after_it(left: int) -> None:
    (fee,) = due("trademark", "2027-03-14", "2027-03-14", granted_on="2017-03-15")[:1]
    today = fee.last_on - timedelta(days=left)
    found = rank(fee, today)
    assert rank(fee, today + timedelta(days=1)) >= found or fee.late_until == today
    if left > 364:
        assert found == 0
    elif left >= 0:
        assert found == 1 + sum(left <= each for each in (30, 7, 1))
    else:
        assert found >= 5


def test_a_rule_with_a_fault_is_refused_with_line_and_cure() -> None:
    faulty = """[[rule]]
id = "lamp"
name = "示例灯"
what = "示例 {day}"
kinds = ["lamp"]
counts_from = ["filed_on"]
effective_from = 2026-01-01
source = { law = "示例条例" }
"""
    with pytest.raises(FaultyFilesError) as refused:
        parse_rules({"own.toml": faulty})
    told = "\n".join(refused.value.problems)
    assert "第 4 行" in told
    assert "{year}" in told
    assert "第 5 行" in told
    assert "发明专利" in told
    assert "缺少 months" in told
    assert "第 8 行" in told


def test_two_rows_for_the_same_day_are_refused() -> None:
    row = """[[rule]]
id = "lamp"
name = "示例灯"
what = "示例"
kinds = ["other"]
counts_from = ["filed_on"]
months = 12
effective_from = 2026-01-01
source = { law = "示例条例", version = "2026-01-01", article = "1" }
"""
    with pytest.raises(FaultyFilesError, match="同一天"):
        parse_rules({"own.toml": row * 2})
