"""``zhixun assets`` over a real instance: template, import with its refusals, undo, done, the outlet's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot import assets as doing
from bot.application import Office, open_office
from bot.assets import AssetsRefusedError
from bot.settings import load_settings
from consultations import audit, contacts
from consultations.asset_table import COLUMNS
from consultations.assets import Asset
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.tickets import Ticket, open_ticket
from handlers.xlsx import write_xlsx
from tests.conftest import Begin, Clock

MARK = ("商标", "77", "示例标", "", "2017-03-15", "", "", "有效")


@pytest.fixture
def office(begin: Begin, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    opened = open_office(load_settings(begin(tmp_path / "home"), environment={}), clock.now)
    yield opened
    opened.close()


def table(path: Path, *rows: tuple[str, ...]) -> Path:
    write_xlsx(path, "台账", list(COLUMNS), rows)
    return path


def take_up(office: Office, file: Path, **more: object) -> None:
    options = {"name": "示例甲", "agree": None, **more}
    doing.take_up(office.desk, file, "示例企业", **options)  # type: ignore[arg-type]


def held(office: Office) -> list[str]:
    with office.reading() as session:
        return [each.number for each in session.exec(select(Asset))]


def test_the_template_is_filled_in_shown_stored_and_undone(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doing.template(tmp_path / "台账.xlsx")
    with pytest.raises(AssetsRefusedError, match="没有内容"):
        take_up(office, tmp_path / "台账.xlsx")
    file = table(tmp_path / "a.xlsx", MARK)
    take_up(office, file, is_preview=True)
    take_up(office, file, agree=lambda _: False)
    assert held(office) == []
    take_up(office, file)
    take_up(office, file)
    assert held(office) == ["77"]
    assert "没有变化" in capsys.readouterr().out
    doing.show(office.desk, 1)
    told = capsys.readouterr().out
    assert "办理续展注册，最后一天 2027年3月14日" in told
    assert "《商标法》（2026年6月26日版）第44条" in told
    doing.undo(office.desk, 1, "示例乙")
    assert held(office) == []
    with office.reading() as session:
        newest = audit.newest(session)[0]
        assert (newest.verb, newest.actor) == ("asset_undone", "示例乙")
    with pytest.raises(AssetsRefusedError, match="已经撤销过"):
        doing.undo(office.desk, 1, "示例乙")


def test_one_wrong_row_and_nothing_is_stored(office: Office, tmp_path: Path) -> None:
    file = table(tmp_path / "a.xlsx", MARK, ("商标", "78", "", "", "去年", "", "", ""))
    with pytest.raises(AssetsRefusedError, match="第 3 行“授权或注册日”（E 列）：“去年”不是日期"):
        take_up(office, file)
    assert held(office) == []


def test_a_file_that_is_no_spreadsheet_is_refused_with_the_cure(office: Office, tmp_path: Path) -> None:
    for name, content in (("a.csv", b"x"), ("a.xlsx", b"PK broken"), ("b.xlsx", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(AssetsRefusedError, match="请"):
            take_up(office, tmp_path / name)


def test_a_ledger_needs_the_name_of_its_enterprise(office: Office, tmp_path: Path) -> None:
    with pytest.raises(AssetsRefusedError, match="企业名称"):
        doing.take_up(office.desk, table(tmp_path / "t.xlsx", MARK), "", name="示例甲", agree=None)
    assert held(office) == []


def test_the_asker_of_a_ticket_is_asked_once_whether_they_want_reminders(
    office: Office, tmp_path: Path, clock: Clock
) -> None:
    with office.writing() as session:
        contact = contacts.meet(session, Address("core", "示例"), "", clock.now())
        ticket = Ticket(
            number="GD-20261123-0001",
            contact_id=contact.key,
            question="示例问题",
            reason="asked",
            created_at=clock.now(),
            due_at=clock.now(),
        )
        open_ticket(session, ticket)
    take_up(office, table(tmp_path / "a.xlsx", MARK), ticket="GD-20261123-0001")
    take_up(office, table(tmp_path / "b.xlsx", (*MARK[:1], "78", *MARK[2:])), ticket="GD-20261123-0001")
    with office.reading() as session:
        (asked,) = [each.message.plain_text for each in session.exec(select(OutboxMessage))]
    assert "要提醒您吗" in asked
    with pytest.raises(AssetsRefusedError, match="没有工单"):
        take_up(office, table(tmp_path / "c.xlsx", MARK), ticket="GD-1")


def test_done_is_noted_and_the_next_term_is_shown(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take_up(office, table(tmp_path / "a.xlsx", MARK))
    doing.finish(office.desk, 1, "77", "示例甲")
    capsys.readouterr()
    doing.show(office.desk, 1)
    assert "续展注册" not in capsys.readouterr().out
    with pytest.raises(AssetsRefusedError, match="没有要办的期限"):
        doing.finish(office.desk, 1, "77", "示例甲")
    with pytest.raises(AssetsRefusedError, match="没有台账 9"):
        doing.finish(office.desk, 9, "77", "示例甲")


def test_a_rule_of_the_outlets_own_replaces_ours_and_a_faulty_one_changes_nothing(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = office.settings.home / "asset_rules"
    folder.mkdir()
    own = """[[rule]]
id = "trademark_renewal"
name = "示例续展"
what = "示例"
kinds = ["trademark"]
counts_from = ["granted_on"]
months = 60
effective_from = 2020-01-01
source = { law = "示例条例", version = "2020-01-01", article = "3" }
"""
    (folder / "own.toml").write_text(own, encoding="utf-8")
    office.refresh_duty()
    assert doing.rules(office.desk) is False
    told = capsys.readouterr().out
    assert "《示例条例》（2020年1月1日版）第3条" in told
    assert "商标法》" not in told
    (folder / "own.toml").write_text(own.replace("60", "0"), encoding="utf-8")
    office.refresh_duty()
    assert doing.rules(office.desk) is True
    told = capsys.readouterr().out
    assert "own.toml 第 7 行" in told
    assert "《示例条例》" in told
