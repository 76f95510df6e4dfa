"""`zhixun verify` and the nightly look: the head of the chain is noted, a changed record is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot import seal_codes
from bot.verify import verify
from consultations.seal_check import Code
from handlers.desk import Desk
from tests.drivers import CoreDriver


@pytest.fixture
def desk(sqlite_engine: Engine, make_desk: Callable[[Engine], Desk]) -> Desk:
    """A desk with one question in its archive, which a test may tamper with."""
    made = make_desk(sqlite_engine)
    CoreDriver(made).say("商标续展多少钱？")
    return made


def tamper(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for each in statements:
            connection.execute(text(each))


def test_a_sound_archive_gives_a_code_that_holds_later(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not verify(desk, tmp_path)
    told = capsys.readouterr().out
    assert "档案完好：1 号封存首尾相接" in told
    noted = Code.read(told.split("封存码：")[1].split("（")[0])
    assert noted is not None
    CoreDriver(desk).say("商标续展多少钱？")
    assert not verify(desk, tmp_path, noted)


def test_a_changed_record_is_named_and_gives_no_code(
    desk: Desk, sqlite_engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(sqlite_engine, "UPDATE consultation SET outcome = 'good'")
    assert verify(desk, tmp_path)
    told = capsys.readouterr().out
    assert "第一处：第 1 号封存，咨询 ZX-20261123-0001（2026-11-23 10:00）：登记的内容" in told
    assert "封存码：" not in told
    assert not (tmp_path / "seal-codes.txt").exists()


def test_a_code_of_another_chain_is_told(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(desk, tmp_path, Code(1, "0123456789abcdef"))
    assert "和先前记下的封存码不符" in capsys.readouterr().out


def test_the_nightly_look_notes_a_code_once_and_the_next_one_is_checked_against_it(
    desk: Desk, sqlite_engine: Engine, tmp_path: Path
) -> None:
    assert seal_codes.nightly(desk, tmp_path) == ()
    assert seal_codes.nightly(desk, tmp_path) == ()
    path = tmp_path / "seal-codes.txt"
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert line.startswith("2026-11-23T10:00:00+0800 1-")
    ((noted,), unreadable) = seal_codes.read(tmp_path)
    assert (str(noted), unreadable) == (line.split()[-1], [])
    tamper(sqlite_engine, "DELETE FROM seal", "DELETE FROM seal_head", "DELETE FROM consultation")
    assert [each.what for each in seal_codes.nightly(desk, tmp_path)] == ["code"]
    assert path.read_text(encoding="utf-8").splitlines() == [line]


def test_an_unreadable_line_among_the_codes_is_told_and_the_others_are_used(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "seal-codes.txt").write_text("抄错的一行\n2026-11-26 1-0123456789abcdef\n", encoding="utf-8")
    assert verify(desk, tmp_path)
    told = capsys.readouterr().out
    assert "seal-codes.txt 第 1 行读不懂" in told
    assert "和先前记下的封存码不符" in told


def test_a_folder_that_cannot_be_written_stops_nobody(desk: Desk, tmp_path: Path) -> None:
    assert not seal_codes.note(desk, tmp_path / "gone", Code(1, "0" * 64))
