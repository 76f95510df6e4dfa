"""A ledger of assets sent as a spreadsheet: shown, stored, undone; what is hostile, huge or cut off is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from bot.database import sessions
from consultations import audit, received
from consultations.asset_table import COLUMNS
from consultations.assets import Asset
from consultations.messages import Attachment, Inbound
from handlers import asset_files, asset_wording, wording
from handlers.desk import Desk
from handlers.xlsx import write_xlsx
from tests.conftest import Clock
from tests.drivers import CoreDriver, Shown
from tests.handlers.conftest import MiniatureAnswerer

MARK = ("商标", "77", "示例标", "", "2017-03-15", "", "", "有效")
FEE = ("实用新型", "ZL201020507767.0", "示例灯", "2019-12-25", "2020-05-01", "", "", "")
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def asker(sqlite_engine: Engine, clock: Clock) -> CoreDriver:
    clock.moment = datetime(2026, 11, 20, 2, tzinfo=UTC)
    writing, reading = sessions(sqlite_engine)
    return CoreDriver(Desk(writing, reading, MiniatureAnswerer(), clock.now))


def table(folder: Path, *rows: tuple[str, ...], columns: tuple[str, ...] = tuple(COLUMNS)) -> bytes:
    write_xlsx(folder / "台账.xlsx", "台账", list(columns), rows)
    return (folder / "台账.xlsx").read_bytes()


def send(asker: CoreDriver, content: bytes, name: str = "台账.xlsx", *, size: int | None = None) -> Shown:
    n_bytes = len(content) if size is None else size
    asker.send("file", attachments=(Attachment("F", name, MIME, n_bytes, content),))
    return asker.received()[-1]


def held(asker: CoreDriver) -> list[tuple[str, date | None]]:
    with asker.desk.reading() as session:
        return [(each.number, each.filed_on) for each in session.exec(select(Asset))]


def test_a_table_is_shown_with_its_reminders_stored_and_undone(asker: CoreDriver, tmp_path: Path) -> None:
    shown = send(asker, table(tmp_path, MARK, FEE))  # nobody asked for it: its columns say what it is
    assert "新增 2 件" in shown.text
    assert "一年内有这些期限（2 项）" in shown.text
    assert "2026-12-25 实用新型专利 ZL201020507767.0（示例灯）：缴纳第 8 年度年费" in shown.text
    assert held(asker) == []
    asker.press(asset_wording.SAVE)
    assert held(asker) == [("77", None), ("ZL201020507767.0", date(2019, 12, 25))]
    asker.press(asset_wording.UNDO)
    assert held(asker) == []
    with asker.desk.reading() as session:
        assert audit.newest(session)[0].verb == "asset_undone"


def test_every_wrong_row_is_told_with_its_place_and_nothing_is_stored(asker: CoreDriver, tmp_path: Path) -> None:
    asker.say("知识产权台账")
    wrong = ("实用新型", "ZL201020507767.1", "", "昨天", "", "", "", "")
    shown = send(asker, table(tmp_path, MARK, wrong))
    assert "读到 2 件，1 件没有问题，1 件有误" in shown.text
    assert "第 3 行“号码”（B 列）：ZL201020507767.1 校验位不对" in shown.text
    assert "第 3 行“申请日”（D 列）：“昨天”不是日期" in shown.text
    assert asset_wording.SAVE not in shown.buttons
    assert "新增 2 件" in send(asker, table(tmp_path, MARK, FEE)).text, "the whole file again, without asking anew"


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b" " * 80 * 2**20)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "size", "told"),
    [
        (b"", 0, asset_wording.EMPTY_FILE),
        (b"", 100, asset_wording.NOT_FETCHED),
        (b"", asset_files.LARGEST_BYTES + 1, asset_wording.TOO_LARGE),
        (b"PK\x03\x04 cut off", None, "已损坏"),
        (_bomb(), None, "异常庞大"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_cure(
    asker: CoreDriver, content: bytes, size: int | None, told: str
) -> None:
    asker.say("知识产权台账")
    shown = send(asker, content, size=size)
    assert told in shown.text
    assert asset_wording.SAVE not in shown.buttons
    assert held(asker) == []


def test_half_a_table_is_refused(asker: CoreDriver, tmp_path: Path) -> None:
    asker.say("知识产权台账")
    whole = table(tmp_path, MARK, FEE)
    assert "没有登记" in send(asker, whole[: len(whole) // 2]).text
    assert held(asker) == []


def test_a_template_without_rows_of_its_own_says_so(asker: CoreDriver, tmp_path: Path) -> None:
    assert asset_wording.ONLY_EXAMPLES in send(asker, table(tmp_path)).text


def test_another_spreadsheet_is_a_file_like_any_other(asker: CoreDriver, tmp_path: Path) -> None:
    assert wording.FILE_RECEIVED in send(asker, table(tmp_path, ("甲", "1"), columns=("姓名", "数量"))).text
    with asker.desk.reading() as session:
        assert session.exec(select(received.ReceivedMessage.text)).all() == [""]


def test_only_spreadsheets_that_can_be_ledgers_are_fetched(asker: CoreDriver, clock: Clock) -> None:
    def wanted(name: str, size: int = 10) -> bool:
        file = Attachment("F", name, MIME, size)
        inbound = Inbound(asker.address, "m", "asker", clock.now(), "file", attachments=(file,))
        with asker.desk.reading() as session:
            return asset_files.is_wanted(session, inbound, clock.now())

    assert wanted("台账.xlsx")
    assert not wanted("台账.docx")
    assert not wanted("台账.xlsx", asset_files.LARGEST_BYTES + 1)
    asker.say("转人工")
    assert not wanted("台账.xlsx"), "it may be for the member of staff"
    asker.say("知识产权台账")
    assert wanted("台账.xlsx")
