"""``zhixun enterprises`` over a real instance, and the reminders of what was promised on a visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from bot import enterprises as doing
from bot.application import Office, open_office
from bot.enterprises import EnterprisesRefusedError
from bot.masked_rows import masked
from bot.settings import load_settings
from consultations import audit
from consultations.enterprise_table import COLUMNS
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise, EnterpriseRefusedError
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.tickets import Staff
from handlers import keep_enterprises, remind_visits
from handlers.enterprise_search import Wanted
from handlers.enterprise_sheets import rows_in
from handlers.keep_enterprises import TypedVisit
from handlers.xlsx import write_xlsx
from tests.conftest import Begin, Clock

BY = Staff("terminal:示例甲", "示例甲")
FIRST = {
    "企业名称": "示例甲公司",
    "统一社会信用代码": "91350100M000100Y43",
    "标签": "高新技术企业、=1+1",
    "联系人": "示例张三",
    "联系电话": "+8613800138000",
    "年度名单": "2026：高新",
}


@pytest.fixture
def office(begin: Begin, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    opened = open_office(load_settings(begin(tmp_path / "home"), environment={}), clock.now)
    yield opened
    opened.close()


def sheet(path: Path, *rows: dict[str, str]) -> Path:
    write_xlsx(path, "名录", list(COLUMNS), [[each.get(title, "") for title in COLUMNS] for each in rows])
    return path


def names(office: Office) -> list[str]:
    with office.reading() as session:
        return [each.name for each in session.exec(select(Enterprise).order_by("id"))]


def test_a_spreadsheet_is_shown_written_changed_and_comes_back_the_same(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = sheet(tmp_path / "a.xlsx", FIRST, {"企业名称": "示例乙公司"})
    doing.take_in(office.desk, file, "", "示例甲", agree=None, is_preview=True)
    doing.take_in(office.desk, file, "", "示例甲", agree=lambda _: False)
    assert names(office) == []
    doing.take_in(office.desk, file, "", "示例甲", agree=None)
    assert names(office) == ["示例甲公司", "示例乙公司"]
    capsys.readouterr()
    doing.list_all(office.desk, Wanted(tag="高新技术企业", year=2026, is_without_assets=True))
    doing.show(office.desk, 1)
    told = capsys.readouterr().out
    assert "示例甲公司" in told
    assert "示例乙公司" not in told
    assert "示例张三" not in told
    assert "13800138000" not in told
    doing.write_out(office.desk, tmp_path / "out.xlsx", Wanted(), "示例甲", is_personal=True)
    with office.reading() as session:
        assert audit.newest(session, 1)[0].verb == "tables_personal"
    doing.take_in(office.desk, tmp_path / "out.xlsx", "", "示例甲", agree=None)
    assert "更改 0 家，没有变化 2 家" in capsys.readouterr().out
    doing.write_out(office.desk, tmp_path / "plain.xlsx", Wanted(), "示例甲", is_personal=False)
    rows = rows_in((tmp_path / "plain.xlsx").read_bytes())
    assert "示例张三" not in str(rows)


def test_a_sheet_with_a_fault_writes_nothing(office: Office, tmp_path: Path) -> None:
    wrong = sheet(tmp_path / "a.xlsx", FIRST, FIRST | {"企业名称": "示例丙公司"})
    with pytest.raises(EnterprisesRefusedError, match="第 3 行与第 2 行的统一社会信用代码相同"):
        doing.take_in(office.desk, wrong, "", "示例甲", agree=None)
    assert names(office) == []
    with pytest.raises(EnterprisesRefusedError, match="没有网点"):
        doing.take_in(office.desk, sheet(tmp_path / "b.xlsx", FIRST), "别处", "示例甲", agree=None)
    (tmp_path / "c.xlsx").write_bytes(b"no table")
    with pytest.raises(EnterprisesRefusedError, match="没有导入"):
        doing.take_in(office.desk, tmp_path / "c.xlsx", "", "示例甲", agree=None)


def test_the_next_step_of_a_visit_is_told_the_day_before_and_late_once_each(office: Office, clock: Clock) -> None:
    settings = replace(office.desk.settings, staff_rooms=(Address("core", "room"),))
    desk = replace(office.desk, settings=settings)
    with desk.writing() as session:
        firm = keep_enterprises.add(session, desk, {"name": "示例甲公司"}, "", BY)
        step = TypedVisit("2026-11-20", found="示例情况", next_step="示例：送去办事指南", due_on="2026-11-25")
        visit_id = keep_enterprises.enter_visit(session, desk, firm, step, BY).key
        with pytest.raises(EnterpriseRefusedError, match="还没有到"):
            keep_enterprises.enter_visit(session, desk, firm, replace(step, visited_on="2026-12-20"), BY)
        with pytest.raises(EnterpriseRefusedError, match="至少一项"):
            keep_enterprises.enter_visit(session, desk, firm, replace(step, found=""), BY)
        with pytest.raises(EnterpriseRefusedError, match="都写上"):
            keep_enterprises.enter_visit(session, desk, firm, replace(step, due_on=""), BY)
    assert remind_visits.send_due(desk) == 0
    told = []
    for _ in range(4):  # the day before, the day itself, the day after, one more
        clock.advance(days=1)
        told.append((remind_visits.send_due(desk), remind_visits.send_due(desk)))
    assert told == [(1, 0), (0, 0), (1, 0), (0, 0)]
    with desk.writing() as session:
        visit = session.get_one(EnterpriseVisit, visit_id)
        assert visit.due_on == date(2026, 11, 25)
        sent = [str(each.payload) for each in session.exec(select(OutboxMessage))]
        assert ["送去办事指南" in each and "示例甲" in each for each in sent] == [True, True]
        assert keep_enterprises.finish_visit(session, desk, visit, "示例：送了", BY)
        assert not keep_enterprises.finish_visit(session, desk, visit, "再一次", BY)
    assert remind_visits.send_due(desk) == 0


def test_key_enterprises_nobody_visited_are_told_once_in_every_cadence(
    office: Office, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = replace(office.desk, settings=replace(office.desk.settings, staff_rooms=(Address("core", "room"),)))
    with desk.writing() as session:
        made = {
            name: keep_enterprises.add(session, desk, {"name": f"示例{name}公司"}, "", BY).key
            for name in ("没去过", "去过", "不重点")
        }
        first, second = session.get_one(Enterprise, made["没去过"]), session.get_one(Enterprise, made["去过"])
        for year in ("2026", "2027"):
            for each in (first, second):
                keep_enterprises.put_year(session, desk, each, year, "示例", BY)
    told = []
    for n_days in (179, 1, 1, 178, 1):  # 179, 180, 181, 359 and 360 days after they were listed, on 2026-11-23
        clock.advance(days=n_days)
        if n_days == 179:
            with desk.writing() as session:
                found = session.get_one(Enterprise, made["去过"])
                visit = TypedVisit(str(clock.now().date()), found="示例情况")
                keep_enterprises.enter_visit(session, desk, found, visit, BY)
        told.append((remind_visits.send_due(desk), remind_visits.send_due(desk)))
    assert told == [(0, 0), (1, 0), (0, 0), (1, 0), (1, 0)]  # the last but one is the one visited on the first day
    with desk.reading() as session:
        sent = [str(each.payload) for each in session.exec(select(OutboxMessage).order_by("id"))]
    whom = [tuple(name for name in made if f"示例{name}公司" in each) for each in sent]
    assert whom == [("没去过",), ("去过",), ("没去过",)]
    assert "还没有走访过，2026-11-23 列入名单，已 180 天（没有服务专员）" in sent[0]
    capsys.readouterr()
    doing.list_all(desk, Wanted(is_late=True))
    out = capsys.readouterr().out
    assert [name for name in made if f"示例{name}公司" in out] == ["没去过", "去过"]
    never = replace(desk, settings=replace(desk.settings, visit_days=0))
    clock.advance(days=400)
    assert remind_visits.send_due(never) == 0
    doing.list_all(never, Wanted(is_late=True))
    assert "没有这样的企业" in capsys.readouterr().out


def test_nobody_leaves_with_the_tables_without_permission() -> None:
    row = masked(
        "enterprise", {"name": "示例甲公司", "person": "示例张三", "phone": "0591-1234", "note": "打13800138000"}
    )
    assert row == {"name": "示例甲公司", "person": "***", "phone": "***", "note": "打138****8000"}
    tie = masked("enterprise_contact", {"enterprise_id": 1, "contact_id": 7, "tied_by": "telegram:71"})
    assert tie == {"enterprise_id": 1, "contact_id": "***", "tied_by": "***"}
