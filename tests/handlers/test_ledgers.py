"""Ledgers of the outlet as spreadsheets, their reminders, the red light, and names that go with an erasure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from bot import ledgers as doing
from bot.ledgers import LedgersRefusedError
from bot.masked_rows import masked
from consultations import ledgers
from consultations.authored_files import FaultyFilesError
from consultations.duty_reading import Duty, parse_book
from consultations.ledger_kinds import LedgerBook, LedgerKind
from consultations.ledgers import LedgerEntry, LedgerEvent
from consultations.messages import Address
from consultations.periods import read_period
from consultations.permissions import Person
from consultations.selection import Selection
from consultations.tickets import Staff
from handlers import faulty_files, keep_ledgers, ledger_sheets, remind_ledgers
from handlers.desk import Desk
from handlers.ledger_sheets import Plan
from handlers.make_report import make_report
from handlers.paper import Grid
from handlers.self_evaluation import parse_criteria
from handlers.xlsx import write_tables
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

ERASED = Address("core", "colleague")
BOOK = """
[[outlet]]
id = "here"
name = "示例本部"
[[outlet]]
id = "north"
name = "示例北站"
[[staff]]
id = "chen"
name = "示例陈"
outlet = "here"
accounts = ["core:colleague"]
[[staff]]
id = "wang"
name = "示例王"
outlet = "here"
leader = true
[[staff]]
id = "zhao"
name = "示例赵"
outlet = "north"
employment = "part_time"
"""
HEAD = ["编号", "网点", "日期", "工作人员", "学习形式", "内容", "学时", "证明材料"]
FIRST = ["", "示例本部", "2026-05-01", "示例陈", "交流会", "示例课程", "2", ""]
CRITERION = '[[criterion]]\nsection = "一"\nname = "示例"\nasked = "示例"\nledgers = ["走访"]\n'
BY = Staff("core:colleague", "示例陈")


@pytest.fixture
def staffed(desk: Desk) -> Desk:
    return replace(desk, duty=Duty(book=parse_book({"staff.toml": BOOK})))


def kind_of(desk: Desk, name: str) -> LedgerKind:
    found = desk.ledgers.named(name)
    assert found is not None
    return found


def plan(desk: Desk, *rows: Sequence[str], outlets: Sequence[str] = ("here", "north")) -> Plan:
    with desk.reading() as session:
        lines = list(enumerate((HEAD, *rows), start=1))
        return ledger_sheets.plan_of(session, desk, kind_of(desk, "人员学习"), lines, outlets)


def take_up(desk: Desk, *rows: Sequence[str]) -> None:
    with desk.writing() as session:
        kind = kind_of(desk, "人员学习")
        made = ledger_sheets.plan_of(session, desk, kind, list(enumerate((HEAD, *rows), start=1)), ("here", "north"))
        assert made.problems == []
        assert ledger_sheets.take_up(session, desk, kind, made, BY)


def add(desk: Desk, name: str, outlet: str = "here", *, typed: Mapping[str, str] | None = None, **more: str) -> int:
    kind = kind_of(desk, name)
    written, faults = keep_ledgers.read(desk, kind, {**(typed or {}), **more})
    assert faults == []
    with desk.writing() as session:
        return ledgers.add(session, kind.kind_id, outlet, written, BY, desk.now()).number


def test_a_sheet_is_planned_stored_known_and_changes_by_number(staffed: Desk) -> None:
    assert len(plan(staffed, FIRST).added) == 1
    take_up(staffed, FIRST)
    again = plan(staffed, FIRST)
    assert (again.added, again.changed, again.n_known) == ([], [], 1)
    changed = plan(staffed, ["1", "", *FIRST[2:6], "3.50", ""])
    told = ledger_sheets.lines_of(kind_of(staffed, "人员学习"), changed, staffed.duty.book)
    assert told == ["第 2 行，修改 1 号：学时 2 → 3.5"]
    take_up(staffed, ["1", "", *FIRST[2:6], "3.50", ""])
    with staffed.reading() as session:
        assert session.exec(select(LedgerEntry)).one().content["hours"] == "3.5"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (["7", *FIRST[1:]], "第 2 行，编号：没有 7 号"),
        (["", "南站", *FIRST[2:]], "第 2 行，网点：没有“南站”"),
        ([*FIRST[:3], "示例无", *FIRST[4:]], "第 2 行，工作人员：值班册里没有"),
        ([*FIRST[:6], "很多", ""], "第 2 行，学时："),
    ],
)
def test_a_row_with_a_fault_is_told_by_its_line(staffed: Desk, row: list[str], told: str) -> None:
    (problem,) = plan(staffed, row).problems
    assert problem.startswith(told)


def test_a_sheet_that_is_no_ledger_is_told(staffed: Desk) -> None:
    kind = kind_of(staffed, "人员学习")
    with staffed.reading() as session:
        for rows, told in (
            ([], "没有内容"),
            ([(1, HEAD)], "没有内容"),
            ([(1, ["日期", "学时", "学时", "颜色"]), (2, ["x"] * 4)], "没有“颜色”这一栏，“学时”有两栏"),
            ([(1, HEAD), *((n, FIRST) for n in range(2, 1003))], "最多 1000 行"),
        ):
            assert told in ledger_sheets.plan_of(session, staffed, kind, rows, ["here"]).problems[0]
    assert "和第 2 行完全一样" in plan(staffed, FIRST, FIRST).problems[0]


def test_nobody_writes_for_another_outlet_nor_sees_its_lines(staffed: Desk) -> None:
    take_up(staffed, FIRST)
    theirs = plan(staffed, ["1", *FIRST[1:]], outlets=["north"])
    assert any("没有 1 号" in each for each in theirs.problems)
    assert any("不是您可以登记的网点" in each for each in theirs.problems)
    north, book = Person(frozenset({"outlet_admin"}), "north"), staffed.duty.book
    assert keep_ledgers.outlets_written(book, north, "ledger.write") == ["north"]
    assert keep_ledgers.outlets_seen(book, north, "ledger.list") == ["", "north"]
    with staffed.reading() as session:
        sheet = keep_ledgers.look(session, staffed, kind_of(staffed, "人员学习"), ["", "north"], None, is_masked=False)
    assert list(sheet.entries) == []


def test_the_red_light_counts_full_time_staff_of_each_outlet(staffed: Desk, desk: Desk) -> None:
    (told,) = keep_ledgers.light(staffed, None)
    assert told.startswith("示例北站：专职工作人员 0 人，不足 2 人")
    assert keep_ledgers.light(staffed, ["here"]) == []
    assert "还没有登记工作人员" in keep_ledgers.light(desk, None)[0]


def at(clock: Clock, day: str, hour: int = 10) -> None:
    """That hour of that day in Shanghai."""
    clock.moment = datetime.fromisoformat(f"{day}T{hour:02d}:00+08:00").astimezone(UTC)


def told_in(room: StaffRoom) -> list[str]:
    return [each.text for each in room.read() if "台账里有" in each.text]


def test_what_falls_due_is_told_ahead_and_late_once_each(staffed: Desk, clock: Clock) -> None:
    room = StaffRoom(staffed)
    at(clock, "2026-11-23")
    certificate = {"person": "示例陈", "form": "其他证书", "title": "示例证书", "number": "105012345678"}
    add(staffed, "资格证书", typed=certificate, expires_on="2027-01-31")
    assert remind_ledgers.run_due(staffed) == 0  # 60 days ahead is the 2nd of December
    at(clock, "2026-12-02", hour=7)
    assert remind_ledgers.run_due(staffed) == 0  # quiet hours
    at(clock, "2026-12-05")
    assert remind_ledgers.run_due(staffed) == 1
    assert remind_ledgers.run_due(staffed) == 0
    (told,) = told_in(room)
    assert "资格证书（示例本部） 1 号 示例证书：有效期至，2027-01-31 到期" in told
    assert "示例王" in told  # the leader is asked
    assert "示例陈" not in told
    assert "5678" not in told
    at(clock, "2027-02-01")
    assert remind_ledgers.run_due(staffed) == 1
    assert any("已经过了期限" in each for each in told_in(room))
    at(clock, "2027-06-01")
    assert remind_ledgers.run_due(staffed) == 0


def test_after_a_long_night_only_the_graver_is_told_and_nothing_of_struck_lines(staffed: Desk, clock: Clock) -> None:
    room = StaffRoom(staffed)
    rule = {"title": "示例办法", "version": "1", "effective_on": "2026-01-01"}
    add(staffed, "制度", typed=rule, form="服务流程", review_due="2026-12-31")
    struck = add(staffed, "制度", typed=rule, form="质量控制", review_due="2026-12-31")
    with staffed.writing() as session:
        found = ledgers.get(session, "rules", struck)
        assert found is not None
        assert ledgers.strike(session, found, BY, "示例：登错", staffed.now())
    at(clock, "2027-03-01")
    assert remind_ledgers.run_due(staffed) == 1
    (told,) = told_in(room)
    assert "已经过了期限" in told
    assert "快到期限" not in told
    assert "2 号" not in told


def test_an_erased_colleague_leaves_the_ledgers_and_their_history(staffed: Desk) -> None:
    take_up(staffed, [*FIRST[:5], "示例陈主讲的课", "2", ""])
    take_up(staffed, ["1", "", *FIRST[2:5], "示例陈主讲的第二课", "2", "示例陈的照片"])
    person = CoreDriver(staffed, ERASED)
    person.say("没有人知道的事")
    person.send("choice", action="erase:sure")
    with staffed.reading() as session:
        rows = [*session.exec(select(LedgerEntry)), *session.exec(select(LedgerEvent))]
        said = "".join(f"{each.content}{each.personal}" for each in rows)
        assert rows[0].personal["person"] == {"name": "某某", "key": ""}
    assert "示例陈" not in said
    assert "某某主讲的第二课" in said
    assert "某某主讲的课" in said  # what it said before


def test_who_a_line_is_about_never_leaves_in_an_export_without_permission() -> None:
    row = {"content": {"topic": "电话 13800138000"}, "personal": {"person": {"name": "示例陈"}, "number": "105"}}
    assert masked("ledger_entry", row) == {"content": {"topic": "电话 138****8000"}, "personal": "***"}
    assert masked("ledger_event", row)["personal"] == "***"


def test_at_the_command_line_a_ledger_goes_out_and_comes_in_again(
    staffed: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "学习.xlsx"
    write_tables(file, ledger_sheets.tables_of(kind_of(staffed, "人员学习"), [], staffed.duty.book, is_masked=False))
    with pytest.raises(LedgersRefusedError, match="没有内容"):
        doing.take_up(staffed, "人员学习", file, "", "示例王", agree=None)
    add(staffed, "人员学习", on="2026-05-01", person="示例陈", form="交流会", topic="示例课程", hours="2")
    doing.write_sheet(staffed, "人员学习", file, "", None, "示例王")
    doing.take_up(staffed, "人员学习", file, "", "示例王", agree=None)
    assert "已有 1 条" in capsys.readouterr().out
    assert doing.list_kinds(staffed)
    doing.show(staffed, "staff_training", "示例本部", None)
    out = capsys.readouterr().out
    assert "学时合计（示例陈）：2" in out
    assert "制度还缺：机构运行" in out
    with pytest.raises(LedgersRefusedError, match="没有这种台账"):
        doing.show(staffed, "没有", "", None)


def test_the_self_evaluation_says_what_the_ledgers_say(staffed: Desk, tmp_path: Path) -> None:
    add(staffed, "人员学习", on="2026-05-01", person="示例陈", form="交流会", topic="示例课程", hours="2")
    add(staffed, "人员学习", on="2025-05-01", person="示例陈", form="交流会", topic="去年的", hours="9")
    premises = dict.fromkeys(("name", "address", "hours", "phones"), "示例")
    add(staffed, "场所", "north", typed=premises | {"form": "窗口", "sign": "已设置"})
    period = read_period("2026")
    assert period is not None
    for outlets, told in (((), "场所 1 处"), (("here",), "场所 无记录")):
        draft = make_report(staffed, tmp_path, "self_evaluation", period, Selection(outlets=outlets))
        criteria = next(each for each in draft.pieces if isinstance(each, Grid) and each.name == "评估指标")
        said = {str(row[1]): str(row[3]) for row in criteria.rows}
        assert said["人员保障"].endswith("资格证书 无记录；人员学习 1 人次，1 人，学时 2")
        assert said["场所保障"] == told
        assert said["经费保障"] == "经费 无记录"
    with pytest.raises(FaultyFilesError, match="没有名为 走访 的台账"):
        parse_criteria("criteria.toml", CRITERION, staffed.ledgers)


def test_an_outlet_adds_a_kind_and_a_fault_keeps_the_last_good_one(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "ledgers" / "visits.toml"
    file.parent.mkdir()
    text = 'id = "visits"\nname = "走访"\n[[field]]\nkey = "on"\nname = "日期"\nkind = "date"\n'
    file.write_text(text, encoding="utf-8")
    book = LedgerBook(file.parent)
    assert book.named("走访") is not None
    assert len(book.kinds) == 8
    file.write_text(text.replace("date", "dat"), encoding="utf-8")
    assert book.refresh()
    assert "visits.toml 第 6 行" in faulty_files.problems_of(replace(desk, ledgers=book))[0]
    assert book.named("走访") is not None
