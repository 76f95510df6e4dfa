"""The consultation sheet: what stands in it, who is not named, and files that office programs open."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from bot.channels import telegram_updates
from bot.sheets import SheetRefusedError, export, show_sheet, write_sheet
from consultations import archive
from consultations.audit import AuditEntry
from consultations.contacts import Contact
from handlers import survey
from handlers.desk import Desk
from handlers.docx import Form, write_docx
from handlers.record_sheet import CHANNELS, ROWS, Sheet, sheets_of
from handlers.xlsx import LONGEST_CELL, write_xlsx
from policies.readers.docx import read_docx
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom
from web import window

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = "ZX-20261123-0001"


def sheet(desk: Desk, number: str = FIRST) -> Sheet:
    with desk.reading() as session:
        found = archive.named(session, number)
        assert found is not None
        return sheets_of(session, ZONE, [found])[0]


def cells(path: Path) -> list[list[str]]:
    with zipfile.ZipFile(path) as package:
        tree = ET.fromstring(package.read("xl/worksheets/sheet1.xml"))
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    return [[each.findtext(f"{name}is/{name}t") or "" for each in row] for row in tree.iter(f"{name}row")]


def test_an_answered_question_fills_its_sheet(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标公告后多久内可以提异议？")
    asker.press("有帮助")
    values = sheet(desk).values
    assert set(values) == set(ROWS)
    assert values["编号"] == FIRST
    assert values["咨询时间"] == "2026-11-23 10:00"
    assert values["服务对象"] == "1 号"
    assert values["服务事项"].startswith("B08 ")
    assert values["咨询内容"] == "商标公告后多久内可以提异议？"
    assert "三个月内。" in values["答复内容"]
    assert values["依据"] == "《示例商标条例》第二十条之二（2020年1月31日版）"
    assert (values["办理方式"], values["是否有帮助"], values["工单"]) == ("自动答复", "有帮助", "")
    assert values["封存"].startswith("第 2 号 ")  # what came of it was sealed as well


def test_every_channel_has_a_chinese_name_on_the_sheet() -> None:
    assert CHANNELS[window.CHANNEL] == "网站咨询窗口"
    assert {telegram_updates.CHANNEL, "terminal"} <= CHANNELS.keys()


def test_a_ticket_fills_its_part(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    asker.say("没有人知道的事，我的电话13800138000")
    room.press("接单")
    clock.advance(minutes=20)
    room.say("示例答复，已打13800138000")
    room.press("办结")
    survey.send_due(desk)
    asker.press("一般")
    asker.press("没解决")
    values = sheet(desk).values
    assert values["工单"] == "GD-20261123-0001 已办结"
    assert values["承办人"] == "示例甲"
    assert (
        values["工单经过"]
        == "受理 2026-11-23 10:00；接单 2026-11-23 10:00；答复 2026-11-23 10:20；办结 2026-11-23 10:20"
    )
    assert values["人工答复"] == "示例答复，已打138****8000"
    assert values["满意度评价"].startswith("一般；没解决")
    assert "13800138000" not in "".join(values.values())


def test_who_asked_in_secret_is_not_told(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标续展多少钱？")
    with desk.writing() as session:
        session.exec(select(Contact)).one().is_secret = True
    assert sheet(desk).values["服务对象"] == "保密"


# ---- files


@pytest.fixture
def three(desk: Desk, asker: CoreDriver, clock: Clock) -> Desk:
    """A desk with three consultations on two days."""
    asker.say("商标续展多少钱？")
    asker.say("=1+2 商标公告后多久内可以提异议？\x0b<b>")
    clock.advance(hours=14)  # midnight in Shanghai
    asker.say("商标续展多少钱？")
    return desk


def test_days_are_exported_whole_as_a_table(three: Desk, tmp_path: Path) -> None:
    export(three, date(2026, 11, 23), date(2026, 11, 23), tmp_path / "a.xlsx")
    head, *rows = cells(tmp_path / "a.xlsx")
    assert tuple(head) == ROWS
    assert [row[0] for row in rows] == [FIRST, "ZX-20261123-0002"]
    assert rows[1][5].startswith("=1+2 商标")  # a text, as typed, and nothing else
    export(three, date(2026, 11, 23), date(2026, 11, 24), tmp_path / "b.xlsx")
    assert len(cells(tmp_path / "b.xlsx")) == 4


def test_days_are_exported_as_pages_to_print(three: Desk, tmp_path: Path) -> None:
    export(three, date(2026, 11, 23), date(2026, 11, 24), tmp_path / "a.docx")
    with zipfile.ZipFile(tmp_path / "a.docx") as package:
        document = package.read("word/document.xml").decode()
    ET.fromstring(document)
    assert document.count("<w:pageBreakBefore/>") == 2
    assert document.count("咨询服务记录表") == 3
    assert "&lt;b&gt;" in document
    assert all(each in document for each in ("记录人签字", "服务对象签字", "备注"))


def test_a_single_sheet_can_be_read_back(three: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sheet(three, FIRST.lower(), tmp_path / "a.docx")
    text = str(read_docx((tmp_path / "a.docx").read_bytes()))
    assert "商标续展多少钱？" in text
    show_sheet(three, FIRST)
    assert "咨询内容：商标续展多少钱？" in capsys.readouterr().out


def test_taking_sheets_out_leaves_a_trace(three: Desk, tmp_path: Path) -> None:
    write_sheet(three, FIRST, tmp_path / "a.xlsx")
    export(three, date(2026, 11, 23), date(2026, 11, 24), tmp_path / "b.xlsx")
    with three.reading() as session:
        assert [(each.verb, each.contact_id) for each in session.exec(select(AuditEntry))] == [("sheets", 0)] * 2


def test_what_cannot_be_made_is_told_with_its_cure_and_nothing_is_lost(three: Desk, tmp_path: Path) -> None:
    day, there = date(2026, 11, 23), tmp_path / "a.xlsx"
    there.write_text("示例")
    with pytest.raises(SheetRefusedError, match="已经存在，没有覆盖"):
        export(three, day, day, there)
    assert there.read_text() == "示例"
    with pytest.raises(SheetRefusedError, match="不存在：请先建好"):
        export(three, day, day, tmp_path / "没有" / "a.xlsx")
    with pytest.raises(SheetRefusedError, match="对调"):
        export(three, date(2026, 11, 24), day, tmp_path / "b.xlsx")
    with pytest.raises(SheetRefusedError, match="没有咨询记录"):
        export(three, date(2020, 1, 1), date(2020, 1, 2), tmp_path / "b.xlsx")
    with pytest.raises(SheetRefusedError, match="没有编号为 ZX-1 的咨询"):
        write_sheet(three, "ZX-1", tmp_path / "b.xlsx")
    assert [each.name for each in tmp_path.glob("*[ax].xlsx")] == ["a.xlsx"]
    assert list(tmp_path.glob(".*.part")) == []


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", "示例", ["一"], [["长" * (LONGEST_CELL + 1)], ["长" * LONGEST_CELL]])
    _, (cut,), (whole,) = cells(tmp_path / "a.xlsx")
    assert (len(cut), cut[-5:], whole) == (LONGEST_CELL, "，已截断）", "长" * LONGEST_CELL)


def test_more_columns_than_letters(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", "示例", [str(n) for n in range(60)], [])
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        text = package.read("xl/worksheets/sheet1.xml").decode()
    assert all(f'r="{each}"' in text for each in ("A1", "Z1", "AA1", "AZ1", "BA1", "BH1"))


def test_no_form_at_all_is_still_a_document(tmp_path: Path) -> None:
    assert write_docx(tmp_path / "a.docx", []) == 0
    assert write_docx(tmp_path / "b.docx", [Form("题", "", [("名", "一行\n二行\x00")])]) == 1
    with zipfile.ZipFile(tmp_path / "b.docx") as package:
        text = package.read("word/document.xml").decode()
    assert text.count("<w:p>") == 6
