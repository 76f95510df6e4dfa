"""Every table leaves whole: masked unless somebody may, safe to open, and JSONL makes the same instance again."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import insert, text

from bot import rows
from bot.application import Office, open_office
from bot.backup import PartialExportError
from bot.database import open_engine
from bot.export import UnknownTableError, Wanted, export
from bot.masked_rows import masked
from bot.restore import NotEmptyError, restore
from bot.settings import load_settings
from consultations import audit
from consultations.archive import Consultation
from consultations.messages import Address, Inbound
from handlers.spreadsheet import cell_of
from handlers.turn import take_turn
from tests.conftest import Begin

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PHONE, MAIL, ACCOUNT, NAME = "13800138000", "zhang.san@example.com", "778899001122", "示例张三丰"
FORMULA = '=HYPERLINK("http://127.0.0.1/x","点我")'
PERSONAL = (PHONE, MAIL, ACCOUNT, NAME)
NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def office(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = open_office(
        load_settings(begin(tmp_path_factory.mktemp("export") / "instance"), environment={}), now=lambda: NOW
    )
    said = ("同意", FORMULA, f"商标被人抢注了，我的电话是{PHONE}，邮箱{MAIL}", "转人工", f"请打 {PHONE} 找我")
    for n, words in enumerate(said):
        asker = Address("telegram", ACCOUNT)
        take_turn(Inbound(asker, f"{ACCOUNT}:{n}", ACCOUNT, NOW, sender_name=NAME, text=words), made.desk)
    yield made
    made.close()


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(("form", "name"), [("csv", "t.zip"), ("jsonl", "t.zip"), ("xlsx", "t.xlsx")])
def test_every_table_is_there_and_nobody_in_it(office: Office, tmp_path: Path, form: str, name: str) -> None:
    heard: list[str] = []
    written = export(office, tmp_path / name, Wanted(form, actor="terminal:示例"), heard.append)  # type: ignore[arg-type]
    with office.reading() as session:
        present = {table.name for table in rows.tables_of(session.connection())}
        assert audit.newest(session, 1)[0].verb == "tables"
    assert set(written) == present == set(heard)
    assert written["consultation"] == 3
    whole = "".join(part.decode() for part in members(tmp_path / name).values())
    assert [each for each in PERSONAL if each in whole] == []
    assert "138****8000" in whole
    assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_what_is_personal_leaves_only_when_asked_for_and_that_is_noted(office: Office, tmp_path: Path) -> None:
    export(
        office, tmp_path / "t.zip", Wanted("csv", ("contact", "consultation"), is_personal=True, actor="terminal:甲")
    )
    files = members(tmp_path / "t.zip")
    assert set(files) == {"contact.csv", "consultation.csv"}
    assert NAME in files["contact.csv"].decode()
    with office.reading() as session:
        last = audit.newest(session, 1)[0]
        assert (last.verb, last.actor, audit.what(last)) == ("tables_personal", "terminal:甲", "导出数据表，含个人信息")


def test_no_cell_is_run_as_a_formula(office: Office, tmp_path: Path) -> None:
    export(office, tmp_path / "t.zip", Wanted("csv", ("consultation",)))
    raw = members(tmp_path / "t.zip")["consultation.csv"]
    assert raw.startswith(b"\xef\xbb\xbf")
    asked = [row["question"] for row in csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))]
    assert f"'{FORMULA}" in asked
    assert not [row for row in asked if row.startswith("=")]
    export(office, tmp_path / "t.xlsx", Wanted("xlsx", ("consultation",)))
    sheet = ET.fromstring(members(tmp_path / "t.xlsx")["xl/worksheets/sheet1.xml"])
    assert not list(sheet.iter(f"{NS}f"))
    assert f"'{FORMULA}" in [each.text for each in sheet.iter(f"{NS}t")]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_any_beginning_of_a_formula_is_a_text(sign: str) -> None:
    assert cell_of(f"{sign}1") == f"'{sign}1"
    assert cell_of(-1) == -1
    assert cell_of("一=二") == "一=二"


def test_lines_with_everything_make_the_same_instance_and_only_an_empty_one(office: Office, tmp_path: Path) -> None:
    file, home = tmp_path / "t.zip", tmp_path / "new"
    export(office, file, Wanted("jsonl", is_personal=True, actor="terminal:甲"))
    restore(file, home, None, NOW)
    engine = open_engine(load_settings(home, environment={}).database_url)
    with engine.connect() as ours, office.reading() as session:
        theirs = session.connection()
        for table in rows.tables_of(theirs):
            assert rows.hash_of(ours, table) == rows.hash_of(theirs, table), table.name
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM dialogue"))
    engine.dispose()
    with pytest.raises(NotEmptyError):
        restore(file, home, None, NOW)


@pytest.mark.parametrize("wanted", [Wanted("jsonl"), Wanted("jsonl", ("contact",), is_personal=True)])
def test_an_export_that_lacks_something_is_no_backup(office: Office, tmp_path: Path, wanted: Wanted) -> None:
    export(office, tmp_path / "t.zip", wanted)
    with pytest.raises(PartialExportError, match="不能恢复"):
        restore(tmp_path / "t.zip", tmp_path / "new", None, NOW)
    assert not (tmp_path / "new").exists()


def test_a_table_that_does_not_exist_is_told_and_leaves_no_file(office: Office, tmp_path: Path) -> None:
    with pytest.raises(UnknownTableError, match="consultation"):
        export(office, tmp_path / "t.zip", Wanted("csv", ("consultations",)))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_half_way_leaves_no_file(office: Office, tmp_path: Path) -> None:
    def full(table: str) -> None:
        if table == "ticket":
            raise OSError(28, "full")

    (tmp_path / "t.zip").write_bytes(b"before")
    with pytest.raises(OSError, match="full"):
        export(office, tmp_path / "t.zip", Wanted("csv"), full)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("t.zip", b"before")]


def fill(office: Office, n_rows: int) -> None:
    """As many consultations as wanted, of one contact."""
    with office.reading() as session:
        one = session.get_one(Consultation, 1).model_dump(exclude={"id", "number"})
        first = rows.count(session.connection(), Consultation.__table__)  # type: ignore[attr-defined]
    many = [one | {"number": f"ZX-20200101-{n:07}", "question": "问" * 200, "trace": {}} for n in range(first, n_rows)]
    with office.writing() as session:
        session.connection().execute(insert(Consultation), many)


def test_a_table_goes_on_in_the_next_sheet_and_memory_stays_the_same(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(office, 400)
    monkeypatch.setattr("bot.export.MOST_ROWS", 300)
    monkeypatch.setattr(rows, "AT_ONCE", 50)
    tracemalloc.start()
    export(office, tmp_path / "t.xlsx", Wanted("xlsx", ("consultation",)))
    few = tracemalloc.get_traced_memory()[1]
    fill(office, 3000)
    tracemalloc.reset_peak()
    assert export(office, tmp_path / "t.xlsx", Wanted("xlsx", ("consultation",))) == {"consultation": 3000}
    many = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert many < 2 * few
    parts = members(tmp_path / "t.xlsx")
    sheets = [ET.fromstring(parts[f"xl/worksheets/sheet{n}.xml"]) for n in range(1, 11)]
    numbers = [row[1].find(f"{NS}is/{NS}t") for sheet in sheets for row in list(sheet.iter(f"{NS}row"))[1:]]
    assert len({each.text for each in numbers if each is not None}) == 3000
    names = ET.fromstring(parts["xl/workbook.xml"]).iter(f"{NS}sheet")
    assert [each.get("name") for each in names][:3] == ["consultation", "consultation 2", "consultation 3"]


def test_a_column_nobody_thought_of_is_masked() -> None:
    row = {"words": f"打{PHONE}", "n": 3, "nested": [{"at": PHONE}], "actor": ACCOUNT, "empty": "", "gone": None}
    shown = masked("some_new_table", row)
    assert PHONE not in json.dumps(shown)
    assert (shown["n"], shown["actor"], shown["empty"], shown["gone"]) == (3, "***", "", None)


def test_what_names_staff_or_opens_something_is_struck() -> None:
    assert masked("consultation", {"trace": {"entry": {"name": NAME}}}) == {"trace": "***"}
    assert masked("webhook", {"url": "https://x.example/?key=1", "secret": "s"}) == {"url": "***", "secret": "***"}
    assert masked("api_token", {"token_hash": "h", "name": "园区网站"}) == {"token_hash": "***", "name": "园区网站"}


def test_what_the_state_says_is_nobody_s_data() -> None:
    assert masked("article", {"text": f"联系电话 {PHONE}"}) == {"text": f"联系电话 {PHONE}"}
