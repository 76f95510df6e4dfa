"""Backup and restore: the same to the last row on either database, while people write, through faults and kills."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session

from bot import restore as restoring
from bot import rows
from bot.application import Office, open_office
from bot.backup import MANIFEST, BackupFaultyError, NewerBackupError, back_up, check
from bot.database import open_engine
from bot.migrate import NewerDatabaseError, upgrade
from bot.restore import NotEmptyError, UnusableConfigError, restore
from bot.settings import load_settings
from consultations import seal_check
from consultations.messages import Address, Inbound
from handlers.turn import take_turn
from tests.conftest import Begin

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def opened(home: Path) -> Iterator[Office]:
    office = open_office(load_settings(home, environment={}), now=lambda: NOW)
    try:
        yield office
    finally:
        office.close()


@pytest.fixture(scope="module")
def lived_in(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance in which people asked, one was handed over, and the outlet wrote a card."""
    home = begin(tmp_path_factory.mktemp("lived-in") / "instance")
    with opened(home) as office:
        for n, words in enumerate(("同意", "外观设计专利保护多少年？", "转人工", "我的电话是13800000000")):
            say(office, n, words)
    (home / "cards" / "own.toml").write_text("# 示例\n", encoding="utf-8")
    (home / "config.toml").write_text('[outlet]\nname = "示例网点"\n', encoding="utf-8")
    return home


def say(office: Office, n: int, words: str) -> None:
    take_turn(Inbound(Address("core", "asker"), f"m{n}", "asker", NOW, text=words), office.desk)


@pytest.fixture(scope="module")
def backup(lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("backups") / "示例.zip"
    with opened(lived_in) as office:
        back_up(office, target)
    return target


def is_sound(home: Path) -> bool:
    """Whether every record of an instance agrees with its seal; the chain begins with the first turn."""
    engine = open_engine(load_settings(home, environment={}).database_url)
    with Session(engine) as session:
        report = seal_check.check(session)
    engine.dispose()
    return not report.faults and report.code.position > 0


def hashes(engine: Engine) -> dict[str, tuple[int, str]]:
    with engine.connect() as connection:
        return {table.name: rows.hash_of(connection, table) for table in rows.tables_of(connection)}


def hashes_of(home: Path) -> dict[str, tuple[int, str]]:
    engine = open_engine(load_settings(home, environment={}).database_url)
    try:
        return hashes(engine)
    finally:
        engine.dispose()


def test_an_empty_folder_becomes_the_same_instance(backup: Path, lived_in: Path, tmp_path: Path) -> None:
    home = tmp_path / "new"
    manifest = restore(backup, home, None, NOW).manifest
    assert hashes_of(home) == hashes_of(lived_in)
    assert hashes_of(home)["consultation"][0] == manifest.tables["consultation"].rows > 0
    for name in ("survey.key", "config.toml", "cards/own.toml"):
        assert (home / name).read_bytes() == (lived_in / name).read_bytes()
    assert is_sound(home)
    shutil.copytree(lived_in / "index", home / "index", dirs_exist_ok=True)  # a start would make the same, slowly
    with opened(home) as office:
        assert office.settings.outlet.name == "示例网点"
        say(office, 9, "那实用新型呢")  # it goes on, with keys of its own
    assert is_sound(home)


def test_only_its_owner_may_read_it_and_taking_it_is_noted(backup: Path, lived_in: Path) -> None:
    assert backup.stat().st_mode & 0o077 == 0
    with opened(lived_in) as office, office.reading() as session:
        verbs = session.connection().execute(text("SELECT verb FROM audit_entry")).scalars().all()
    assert "backup" in verbs


@pytest.mark.postgresql
def test_from_sqlite_to_postgresql(backup: Path, lived_in: Path, tmp_path: Path, fresh_postgresql: str) -> None:
    home = tmp_path / "new"
    home.mkdir()
    (home / "config.toml").write_text(f'[database]\nurl = "{fresh_postgresql}"\n', encoding="utf-8")
    restore(backup, home, None, NOW)
    assert hashes_of(home) == hashes_of(lived_in)
    shutil.copytree(lived_in / "index", home / "index", dirs_exist_ok=True)
    with opened(home) as office:
        say(office, 9, "那实用新型呢")
        back_up(office, tmp_path / "again.zip")
    assert is_sound(home)
    assert check(tmp_path / "again.zip").tables["policy"] == check(backup).tables["policy"]


def test_a_backup_holds_one_moment_while_people_write(lived_in: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    with opened(lived_in) as office:

        def keep_asking() -> None:
            n = 100
            while not stop.wait(0.05):
                say(office, n, "商标续展什么时候办？")
                n += 1

        asking = threading.Thread(target=keep_asking)
        asking.start()
        try:
            for n in range(3):
                back_up(office, tmp_path / f"{n}.zip")
        finally:
            stop.set()
            asking.join()
    for n in range(3):
        home = tmp_path / f"restored-{n}"
        restore(tmp_path / f"{n}.zip", home, None, NOW)
        assert is_sound(home)


def test_it_can_be_run_again_and_never_over_something_else(backup: Path, tmp_path: Path) -> None:
    home = tmp_path / "new"
    restore(backup, home, None, NOW)
    before = hashes_of(home)
    restore(backup, home, None, NOW)
    assert hashes_of(home) == before
    engine = open_engine(load_settings(home, environment={}).database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM dialogue"))
    engine.dispose()
    with pytest.raises(NotEmptyError, match="空的实例文件夹"):
        restore(backup, home, None, NOW)
    other = tmp_path / "other"
    (other / "cards").mkdir(parents=True)
    (other / "cards" / "own.toml").write_text("# 别的\n", encoding="utf-8")
    with pytest.raises(NotEmptyError, match=r"cards/own\.toml"):
        restore(backup, other, None, NOW)
    assert (other / "cards" / "own.toml").read_text(encoding="utf-8") == "# 别的\n"
    assert not (other / "zhixun.sqlite3").exists()


def rewritten(backup: Path, target: Path, name: str, content: bytes) -> Path:
    """The backup with one member replaced."""
    with zipfile.ZipFile(backup) as source, zipfile.ZipFile(target, "w") as copy:
        for each in source.namelist():
            copy.writestr(each, content if each == name else source.read(each))
    return target


def test_a_changed_or_broken_backup_is_refused_before_anything_is_written(backup: Path, tmp_path: Path) -> None:
    manifest = json.loads(zipfile.ZipFile(backup).read(MANIFEST))
    outside = {**manifest, "files": {"../outside": manifest["files"]["survey.key"]}}
    empty, cut = tmp_path / "empty.zip", tmp_path / "cut.zip"
    empty.write_bytes(b"")
    cut.write_bytes(backup.read_bytes()[:-200])
    changed = rewritten(backup, tmp_path / "changed.zip", "tables/contact.jsonl", b"{}\n")
    lost = rewritten(backup, tmp_path / "lost.zip", MANIFEST, json.dumps(outside).encode())
    home = tmp_path / "new"
    for source, said in ((empty, "不是完整"), (cut, "不是完整"), (changed, "contact"), (lost, "不是完整")):
        with pytest.raises(BackupFaultyError, match=said):
            restore(source, home, None, NOW)
    assert not home.exists()


def test_a_path_out_of_the_folder_is_refused(backup: Path, tmp_path: Path) -> None:
    manifest = json.loads(zipfile.ZipFile(backup).read(MANIFEST))
    manifest["files"]["../outside"] = manifest["files"].pop("survey.key")
    crafted = tmp_path / "crafted.zip"
    with zipfile.ZipFile(backup) as source, zipfile.ZipFile(crafted, "w") as copy:
        for name in source.namelist():
            wanted = "files/../outside" if name == "files/survey.key" else name
            copy.writestr(wanted, json.dumps(manifest) if name == MANIFEST else source.read(name))
    with pytest.raises(BackupFaultyError, match="outside"):
        restore(crafted, tmp_path / "new", None, NOW)
    assert not (tmp_path / "outside").exists()


def crafted(backup: Path, target: Path, new: dict[str, bytes], **changes: object) -> Path:
    """The backup with more files, and other things in its manifest, every hash as it should be."""
    manifest = json.loads(zipfile.ZipFile(backup).read(MANIFEST))
    manifest["files"] |= {name: {"rows": 0, "sha256": hashlib.sha256(each).hexdigest()} for name, each in new.items()}
    manifest |= changes
    with zipfile.ZipFile(backup) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            if name.removeprefix("files/") not in new:
                copy.writestr(name, json.dumps(manifest) if name == MANIFEST else source.read(name))
        for name, content in new.items():
            copy.writestr(f"files/{name}", content)
    return target


@pytest.mark.parametrize(
    "name",
    [
        *(
            "/etc/x",
            "cards/../../x",
            "..",
            ".",
            "",
            "./cards/x",
            "cards//x",
            "c:\\x",
            "cards\\x",
            "a:x",
            ".ssh/x",
            "n\0l",
        ),
        *("index/x", "backups/x.zip", "zhixun.sqlite3", "zhixun.sqlite3-wal", "survey.key/x", "长" * 300),
    ],
)
def test_a_file_no_backup_holds_is_refused_before_anything_is_written(backup: Path, tmp_path: Path, name: str) -> None:
    source = crafted(backup, tmp_path / "crafted.zip", {name: b"x"})
    with pytest.raises(BackupFaultyError):
        restore(source, tmp_path / "deep" / "new", None, NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["crafted.zip"]


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": None},
        {"schema": ["0001"]},
        {"schema": ""},
        {"made_at": 7},
        {"tables": []},
        {"tables": {"contact": {"rows": True, "sha256": "0" * 64}}},
        {"tables": {"contact": {"rows": "many", "sha256": "0" * 64}}},
        {"tables": {"contact": {"rows": 1, "sha256": 5}}},
        {"tables": {"contact": [1, 2]}},
        {"files": {"cards/own.toml": {"rows": 0}}},
    ],
)
def test_a_manifest_of_another_shape_is_no_backup(backup: Path, tmp_path: Path, changes: dict[str, object]) -> None:
    source = crafted(backup, tmp_path / "crafted.zip", {}, **changes)
    with pytest.raises(BackupFaultyError):
        restore(source, tmp_path / "new", None, NOW)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("contact", b"no json\n"),
        ("contact", b"[1]\n"),
        ("contact", b'{"id":1}\n'),
        ("contact", b"\xff\xfe\n"),
        ("dialogue", b'{"contact_key":7}\n'),
        ("nothing_of_ours", b"{}\n"),
    ],
)
def test_rows_that_are_none_leave_the_database_empty(backup: Path, tmp_path: Path, table: str, line: bytes) -> None:
    manifest = json.loads(zipfile.ZipFile(backup).read(MANIFEST))
    tables = manifest["tables"] | {table: {"rows": 1, "sha256": hashlib.sha256(line).hexdigest()}}
    source = crafted(backup, tmp_path / "crafted.zip", {}, tables=tables)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "rows.zip", "w") as copy:
        for name in old.namelist():
            if name != f"tables/{table}.jsonl":
                copy.writestr(name, old.read(name))
        copy.writestr(f"tables/{table}.jsonl", line)
    with pytest.raises(BackupFaultyError, match=table):
        restore(tmp_path / "rows.zip", tmp_path / "new", None, NOW)
    assert sum(n_rows for n_rows, _ in hashes_of(tmp_path / "new").values()) == 0


def test_a_backup_does_not_decide_which_database_is_written_to(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite3"
    config = f'[database]\nurl = "sqlite:///{elsewhere}"\n'.encode()
    source = crafted(backup, tmp_path / "crafted.zip", {"config.toml": config})
    home = tmp_path / "new"
    with pytest.raises(UnusableConfigError, match="指定了数据库"):
        restore(source, home, None, NOW)
    faulty = crafted(backup, tmp_path / "faulty.zip", {"config.toml": b"[outlet\nname ="})
    with pytest.raises(UnusableConfigError, match="有误"):
        restore(faulty, home, None, NOW)
    assert not home.exists()
    monkeypatch.setenv("ZHIXUN_DATABASE_URL", f"sqlite:///{tmp_path / 'chosen.sqlite3'}")
    restore(source, home, None, NOW)
    assert (tmp_path / "chosen.sqlite3").exists()
    assert not elsewhere.exists()


def test_what_stands_in_the_way_is_named(backup: Path, tmp_path: Path) -> None:
    file_for_folder, folder_for_file = tmp_path / "one", tmp_path / "two"
    file_for_folder.mkdir()
    (file_for_folder / "cards").write_text("", encoding="utf-8")
    (folder_for_file / "survey.key").mkdir(parents=True)
    for home, what in ((file_for_folder, "cards/own"), (folder_for_file, "survey.key")):
        with pytest.raises(NotEmptyError, match=what):
            restore(backup, home, None, NOW)


@given(at=st.integers(0, 10_000), junk=st.binary(min_size=1, max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_told_as_damage(backup: Path, tmp_path: Path, at: int, junk: bytes) -> None:
    """Bytes overwritten anywhere: the hashes hold all the same (they hit nothing), or it is refused by name."""
    whole = backup.read_bytes()
    place = at * len(whole) // 10_001
    source = tmp_path / "damaged.zip"
    source.write_bytes(whole[:place] + junk + whole[place + len(junk) :])
    with contextlib.suppress(BackupFaultyError, NewerBackupError):
        check(source)


def test_later_releases_are_refused_in_plain_words(backup: Path, tmp_path: Path) -> None:
    manifest = json.loads(zipfile.ZipFile(backup).read(MANIFEST))
    newer = rewritten(backup, tmp_path / "newer.zip", MANIFEST, json.dumps({**manifest, "schema": "9999"}).encode())
    with pytest.raises(NewerDatabaseError, match="新版本"):
        restore(newer, tmp_path / "new", None, NOW)
    other = rewritten(backup, tmp_path / "other.zip", MANIFEST, json.dumps({**manifest, "format": 2}).encode())
    with pytest.raises(NewerBackupError, match="新版本"):
        restore(other, tmp_path / "new", None, NOW)


def test_an_older_schema_is_restored_and_brought_up_to_date(backup: Path, tmp_path: Path) -> None:
    old = open_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    upgrade(old, tmp_path, NOW, to="0005")
    with old.begin() as connection:
        connection.execute(
            text("INSERT INTO contact VALUES (1, 'core', 'a', '', '', '', '', NULL, false, false, false, :at, NULL)"),
            {"at": "2026-11-23 00:00:00.000000"},
        )
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive, old.connect() as connection:
        tables = {}
        for table in rows.tables_of(connection):
            archive.writestr(f"tables/{table.name}.jsonl", b"".join(rows.lines_of(connection, table)))
            n_rows, sha256 = rows.hash_of(connection, table)
            tables[table.name] = {"rows": n_rows, "sha256": sha256}
        given = {"format": 1, "made_at": "", "schema": "0005", "tables": tables, "files": {}}
        archive.writestr(MANIFEST, json.dumps(given))
    old.dispose()
    restore(tmp_path / "old.zip", tmp_path / "new", None, NOW)
    assert set(hashes_of(tmp_path / "new")) == set(check(backup).tables)
    assert hashes_of(tmp_path / "new")["contact"][0] == 1


@pytest.mark.parametrize("moment", ["cards/own.toml", "survey.key", "contact", "ticket"])
def test_a_restore_killed_at_any_point_is_simply_run_again(backup: Path, tmp_path: Path, moment: str) -> None:
    home = tmp_path / "new"
    script = (
        "import os, signal, sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from bot.restore import restore\n"
        "def die(part):\n"
        "    if part == sys.argv[3]: os.kill(os.getpid(), signal.SIGKILL)\n"
        "restore(Path(sys.argv[1]), Path(sys.argv[2]), None, datetime(2026, 11, 23, 2, tzinfo=UTC), die)\n"
    )
    died = subprocess.run(
        [sys.executable, "-c", script, backup, home, moment],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    restore(backup, home, None, NOW)
    assert hashes_of(home)["consultation"][0] > 0
    assert is_sound(home)


def test_what_the_disk_cannot_hold_is_refused_before_anything_is_written(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = crafted(backup, tmp_path / "crafted.zip", {"cards/bomb.toml": b"#" * (8 << 20)})
    free = restoring.LEFT_FREE + (6 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(total=free, used=0, free=free))
    with pytest.raises(restoring.NoRoomError, match="放不下"):
        restore(source, tmp_path / "deep" / "new", None, NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["crafted.zip"]


def test_a_table_in_one_endless_line_is_not_read_whole(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "LONGEST_ROW", 10)
    with pytest.raises(BackupFaultyError, match="tables/"):
        restore(backup, tmp_path / "new", None, NOW)
    assert sum(n_rows for n_rows, _ in hashes_of(tmp_path / "new").values()) == 0
