"""The ledger of erasures: an old backup brings nobody back who was erased since, and nobody else is touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot import erasures
from bot.application import Office, open_office
from bot.backup import back_up
from bot.erasures import FILE, Export, FaultyLedgerError
from bot.restore import restore
from bot.settings import load_settings
from consultations import archive, audit, contacts
from consultations.contacts import Contact
from consultations.messages import Address, Inbound
from handlers.turn import take_turn
from handlers.vouch import vouch
from tests.conftest import Begin

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
GONE, STAYS, RETURNED = (Address("core", name) for name in ("示例甲", "示例乙", "示例丙"))


@contextmanager
def opened(home: Path, now: datetime = NOW) -> Iterator[Office]:
    office = open_office(load_settings(home, environment={}), now=lambda: now)
    try:
        yield office
    finally:
        office.close()


def say(office: Office, address: Address, words: str, action: str = "") -> None:
    now, kind = office.desk.now(), "choice" if action else "text"
    inbound = Inbound(address, f"{address}/{words}{action}/{now}", str(address), now, kind, text=words, action=action)  # type: ignore[arg-type]
    take_turn(inbound, office.desk)


@pytest.fixture(scope="module")
def home(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance whose backup knows three people; then two of them were erased, and one of these came again."""
    folder = tmp_path_factory.mktemp("erasures")
    home = begin(folder / "instance")
    with opened(home) as office:
        for each in (GONE, STAYS, RETURNED):
            say(office, each, "我的电话是13800000000，转人工")
        back_up(office, folder / "old.zip")
    with opened(home, NOW + timedelta(days=1)) as office:
        for each in (GONE, RETURNED):
            say(office, each, "", "erase:sure")
        assert Export(home).run(office) == 2
    with opened(home, NOW + timedelta(days=2)) as office:
        say(office, RETURNED, "又来了，转人工")
        assert Export(home).run(office) == 0  # the lines are there already
        back_up(office, folder / "new.zip")
    return home


def people(office: Office) -> set[Address]:
    with office.reading() as session:
        return {each.address for each in session.exec(select(Contact)) if each.erased_at is None}


def test_an_old_backup_brings_nobody_back(home: Path, begun: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    restored = restore(home.parent / "old.zip", again, None, NOW + timedelta(days=3), ledger=home / FILE)
    assert restored.n_erased == 2
    shutil.copytree(begun / "index", again / "index", dirs_exist_ok=True)
    with opened(again, NOW + timedelta(days=3)) as office:
        assert people(office) == {STAYS}
        with office.reading() as session:
            questions = [each.question for each in archive.latest(session, 1, 10)]
            assert [each.verb for each in audit.of_contact(session, 1)] == ["erase"]
            assert audit.of_contact(session, 1)[0].actor == "restore"
        assert set(questions) == {""}
        assert vouch(office.desk).faults == ()
        Export(again).run(office)
    assert set(erasures.read(home / FILE)) < set(erasures.read(again / FILE))  # and the next restore knows it too


def test_who_came_again_after_the_erasure_stays(home: Path, begun: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert restore(home.parent / "new.zip", again, None, NOW, ledger=home / FILE).n_erased == 0
    shutil.copytree(begun / "index", again / "index", dirs_exist_ok=True)
    with opened(again) as office:
        assert people(office) == {STAYS, RETURNED}


def test_a_ledger_that_lies_in_the_new_folder_already_is_used(home: Path, begun: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    (again / FILE).write_bytes((home / FILE).read_bytes())
    assert restore(home.parent / "old.zip", again, None, NOW).n_erased == 2
    shutil.copytree(begun / "index", again / "index", dirs_exist_ok=True)
    with opened(again) as office, office.reading() as session:
        assert contacts.find(session, GONE) is None


def test_without_the_ledger_a_backup_is_what_it_was(home: Path, tmp_path: Path) -> None:
    assert restore(home.parent / "old.zip", tmp_path / "again", None, NOW).n_erased == 0


def test_the_ledger_says_nothing_about_anybody(home: Path) -> None:
    text = (home / FILE).read_text(encoding="utf-8")
    assert len(text.splitlines()) == 2
    assert not any(word in text for word in ("示例", "core", "13800000000"))


@pytest.mark.parametrize("line", ["nonsense", "2026-11-23 x", "2026-11-23T00:00:00 " + "0" * 32, "x " + "0" * 32])
def test_a_faulty_ledger_is_told_by_its_line_before_anything_is_written(home: Path, tmp_path: Path, line: str) -> None:
    path = tmp_path / "ledger.txt"
    path.write_text((home / FILE).read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(FaultyLedgerError, match="第 3 行读不懂"):
        restore(home.parent / "old.zip", tmp_path / "again", None, NOW, ledger=path)
    assert not (tmp_path / "again").exists()


def test_a_last_line_that_was_cut_off_is_left_out(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.txt"
    path.write_bytes((home / FILE).read_bytes()[:-20])
    assert len(erasures.read(path)) == 1
