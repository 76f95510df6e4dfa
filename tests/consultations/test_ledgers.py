"""Kinds of ledgers as data, lines read or refused with their cure, sums, gaps, and a history nothing vanishes from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from consultations import ledger_sums, ledgers
from consultations.authored_files import FaultyFilesError
from consultations.ledger_kinds import LedgerBook, LedgerKind, parse_kinds, shipped_kinds
from consultations.ledger_values import Written, read_line, shown, typed_of
from consultations.ledgers import LedgerEntry
from consultations.tickets import Staff

NOW, TODAY = datetime(2026, 11, 23, 2, tzinfo=UTC), date(2026, 11, 23)
BY = Staff("telegram:71", "示例甲")
EXPENSE = {
    "on": "2026/3/5",
    "flow": "支出",
    "source": "示例专项",
    "purpose": "示例印刷",
    "amount": "1,234.5元",
    "voucher": "示例-1",
    "service_item": "b01",
}
RULE = {"title": "示例办法", "version": "1", "effective_on": "2026-01-01", "review_due": "2026-12-31"}
OWN = """
id = "visits"
name = "走访"
year_by = "on"
[[field]]
key = "on"
name = "日期"
kind = "date"
required = true
"""


def staffed(words: str) -> tuple[str, str] | None:
    return (words, "telegram:72") if words.startswith("示例") else None


def kind_of(name: str) -> LedgerKind:
    found = LedgerBook().named(name)
    assert found is not None
    return found


def line(name: str, typed: dict[str, str]) -> Written:
    written, faults = read_line(kind_of(name), typed, staffed)
    assert faults == []
    return written


def faults_of(name: str, typed: dict[str, str]) -> list[str]:
    return [each.sentence for each in read_line(kind_of(name), typed, staffed)[1]]


def entries(name: str, *lines: dict[str, str]) -> list[LedgerEntry]:
    found = []
    for n, typed in enumerate(lines, start=1):
        written = line(name, typed)
        content, personal = dict(written.content), dict(written.personal)
        found.append(LedgerEntry(id=n, kind=name, content=content, personal=personal, created_at=NOW, changed_at=NOW))
    return found


def test_the_shipped_kinds_are_those_the_norm_asks_for() -> None:
    assert {each.name for each in shipped_kinds().values()} == {
        *("人员学习", "资格证书", "场所", "资源目录", "制度", "经费", "宣传活动"),
    }
    assert len(kind_of("人员学习").fields[2].choices) == 5
    assert len(kind_of("制度").fields[0].choices) == 6


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        (('id = "visits"\n', ""), 1, "缺少 id"),
        (('id = "visits"', 'id = "走访"'), 2, "小写字母"),
        (('year_by = "on"', 'year_by = "day"'), 4, "没有名为 day"),
        (('kind = "date"', 'kind = "day"'), 8, "kind 应是其中之一"),
        (('kind = "date"', 'kind = "choice"'), 5, "choices"),
        (("required = true", "requird = true"), 9, "没有名为 requird 的项目"),
        (("required = true", "due_after_days = 30"), 9, "notice_days"),
        (("required = true", 'required_if = ["flow=支出"]'), 9, "对不上"),
        (("required = true", "sum = true"), 9, "能合计"),
        (("[[field]]", "[[column]]"), 5, "[[field]]"),
        (('name = "日期"', 'name = "编号"'), 7, "不能是“编号”"),
        (("required = true", '[[field]]\nkey = "on"\nname = "日期"'), 10, "写了两次"),
        (("required = true", "required = yes"), 9, "TOML"),
    ],
)
def test_a_faulty_kind_is_told_with_line_and_cure(change: tuple[str, str], line: int, told: str) -> None:
    with pytest.raises(FaultyFilesError) as caught:
        parse_kinds({"visits.toml": OWN.replace(*change, 1)})
    assert any(f"visits.toml 第 {line} 行" in each and told in each for each in caught.value.problems)


def test_the_example_in_the_documentation_is_a_kind() -> None:
    page = (Path(__file__).parents[2] / "docs" / "outlet-ledgers.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    assert list(parse_kinds({"equipment.toml": example})) == ["equipment"]


def test_two_files_do_not_claim_the_same_ledger() -> None:
    with pytest.raises(FaultyFilesError) as caught:
        parse_kinds({"a.toml": OWN, "b.toml": OWN})
    assert "b.toml 第 2 行：“visits”在 a.toml 里已经用了" in caught.value.problems[0]


def test_amounts_days_and_items_are_kept_as_they_are_meant() -> None:
    written = line("经费", EXPENSE)
    assert written.content["amount"] == 123450
    assert (written.content["on"], written.content["service_item"]) == ("2026-03-05", "B01")
    fields = {each.key: each for each in kind_of("经费").fields}
    assert shown(fields["amount"], written) == "1,234.50"
    assert shown(fields["service_item"], written).startswith("B01 ")
    assert line("经费", typed_of(kind_of("经费"), written)) == written


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"service_item": ""}, "专款专用"),
        ({"service_item": "B99"}, "没有“B99”这个服务事项"),
        ({"amount": "-5"}, "大于 0"),
        ({"amount": "0"}, "大于 0"),
        ({"amount": "1.234"}, "两位小数"),
        ({"amount": "12,34"}, "不是金额"),
        ({"on": "2026-02-30"}, "不是日期"),
        ({"on": "1026-02-03"}, "核对年份"),
        ({"flow": "退款"}, "收入、支出"),
        ({"purpose": ""}, "用途：还没有填"),
        ({"purpose": "长" * 501}, "最多 500 个字"),
    ],
)
def test_a_line_that_can_not_be_right_is_told_with_its_cure(typed: dict[str, str], told: str) -> None:
    (sentence,) = faults_of("经费", EXPENSE | typed)
    assert told in sentence


def test_income_needs_no_service_item() -> None:
    assert faults_of("经费", EXPENSE | {"flow": "收入", "service_item": ""}) == []


def test_whoever_is_not_on_the_duty_book_is_told() -> None:
    training = {"on": "2026-05-01", "person": "无名", "form": "交流会", "topic": "示例", "hours": "2"}
    assert "值班册里没有“无名”" in faults_of("人员学习", training)[0]
    assert "最多两位小数" in faults_of("人员学习", training | {"person": "示例乙", "hours": "1.234"})[0]


def test_a_rule_does_not_end_before_it_begins() -> None:
    assert "早于" in faults_of("制度", RULE | {"form": "服务流程", "ends_on": "2025-01-01"})[0]


def test_a_private_number_is_hidden_in_lists_and_never_taken_masked() -> None:
    typed = {"person": "示例乙", "form": "学历", "title": "示例本科", "number": "105012345678"}
    written, kind = line("资格证书", typed), kind_of("资格证书")
    fields = {each.key: each for each in kind.fields}
    assert shown(fields["number"], written) == "****5678"
    assert shown(fields["number"], written, is_masked=True) == "****"
    assert shown(fields["person"], written, is_masked=True) == "示某"
    assert shown(fields["number"], written, is_listed=False) == "105012345678"
    assert "遮盖过" in faults_of("资格证书", typed | {"number": "****5678"})[0]
    assert "number" not in written.content
    assert "person" not in written.content


def test_sums_are_split_and_income_and_expense_never_add_up() -> None:
    income = EXPENSE | {"flow": "收入", "amount": "5000", "service_item": ""}
    lines = entries("经费", EXPENSE, EXPENSE | {"service_item": "B03", "amount": "0.05"}, income)
    told = [(each.group.split(" ")[0], each.text) for each in ledger_sums.sums(kind_of("经费"), lines)]
    assert told == [("收入", "5,000.00"), ("支出", "1,234.55"), ("支出", "1,234.50"), ("支出", "0.05")]
    assert ledger_sums.summary(kind_of("经费"), lines, TODAY) == "经费 3 笔，收入 5,000.00 元，支出 1,234.55 元"


def test_the_year_of_a_line_is_that_of_its_day() -> None:
    kind, lines = kind_of("经费"), entries("经费", EXPENSE, EXPENSE | {"on": "2025-12-31"})
    assert [each.number for each in ledger_sums.within(kind, lines, date(2026, 1, 1), date(2027, 1, 1))] == [1]
    assert ledger_sums.years_of(kind, lines) == [2026, 2025]


def test_a_gap_is_an_option_without_a_line_in_force() -> None:
    kind = kind_of("制度")
    old = RULE | {"form": "服务流程", "ends_on": "2026-11-22"}
    later = RULE | {"form": "质量控制", "effective_on": "2026-11-24"}
    lines = entries("制度", RULE | {"form": "机构运行"}, old, later)
    assert ledger_sums.gaps(kind, lines, TODAY) == ["服务流程", "质量控制", "人才培养", "资源工具", "档案管理"]
    assert "服务流程" not in ledger_sums.gaps(kind, lines, date(2026, 11, 22))
    assert ledger_sums.dues(kind, lines[1], TODAY) == []  # nobody reviews what is over


def test_a_due_day_is_told_ahead_late_and_anew_when_it_moves() -> None:
    resource = {"name": "示例库", "address": "https://example.com/a", "scope": "示例", "free": "免费", "how_to": "示例"}
    (entry,) = entries("资源目录", resource | {"last_checked": "2026-10-24"})
    (due,) = ledger_sums.dues(kind_of("资源目录"), entry, TODAY)
    assert due.due_on == TODAY
    assert [due.rank(day) for day in (date(2026, 11, 22), TODAY, date(2026, 11, 24))] == [0, 1, 2]
    assert "1 项已过期限" in ledger_sums.summary(kind_of("资源目录"), [entry], date(2026, 11, 24))


def test_nothing_vanishes_and_two_people_do_not_overwrite_each_other(sqlite_engine: Engine) -> None:
    first, second = line("经费", EXPENSE), line("经费", EXPENSE | {"purpose": "示例海报"})
    with Session(sqlite_engine) as session:
        entry = ledgers.add(session, "funds", "here", first, BY, NOW, key="form-1")
        assert ledgers.add(session, "funds", "here", second, BY, NOW, key="form-1") is entry  # the same form again
        assert ledgers.change(session, entry, 1, second, BY, NOW)
        assert not ledgers.change(session, entry, 1, first, BY, NOW)  # read before that change
        assert ledgers.strike(session, entry, BY, "示例：重复", NOW)
        assert not ledgers.strike(session, entry, BY, "再来", NOW)
        assert not ledgers.change(session, entry, 2, first, BY, NOW)
        assert list(ledgers.listed(session, "funds")) == []
        assert [each.number for each in ledgers.listed(session, "funds", is_struck=True)] == [entry.number]
        assert ledgers.restore(session, entry, BY, "示例：不是重复", NOW)
        assert ledgers.get(session, "rules", entry.number) is None
        history = ledgers.history_of(session, entry.number)
        assert [each.verb for each in history] == ["added", "changed", "struck", "restored"]
        assert history[1].content == {"purpose": "示例印刷"}
        assert ledgers.counts(session) == {"funds": 1}
        assert list(ledgers.listed(session, "funds", outlets=["north"])) == []
