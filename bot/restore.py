"""``zhixun restore``: a backup back into an empty instance, the same to the last row, or nothing.

What is there already and equal is left alone, so that a restore that was killed is simply run again.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, cast

from sqlalchemy import Connection, Engine, Table, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot import erasures, rows
from bot.application import prepare_home
from bot.backup import (
    PIECE,
    UNREADABLE,
    BackupFaultyError,
    Manifest,
    Part,
    check,
    file_member,
    is_kept,
    table_member,
)
from bot.database import only_one_migrates, open_engine
from bot.migrate import NewerDatabaseError, knows, revision_of, upgrade
from bot.settings import DATABASE_VARIABLE, SettingsError, load_settings

CONFIG = "config.toml"
LONGEST_NAME = 240  # bytes a part of a path may have, with what stands around it while it is written
LONGEST_ROW = 128 << 20  # bytes of a line; the longest we write is a policy's text, from a file of 20 MB at most
LEFT_FREE = 200 << 20  # bytes of the disk that stay free: for the index, which is made anew
EMPTY = Part(0, hashlib.sha256().hexdigest())  # a table without rows
NAMES_A_DATABASE = "指定了数据库，恢复时不会写进别人指定的地方。"
NOT_EMPTY = "数据库里已有别的内容"


class NotEmptyError(Exception):
    """Something else is already where the backup would go."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}：请恢复到一个空的实例文件夹和空的数据库，例如 --home 新文件夹。")


class NoRoomError(Exception):
    """The disk can't hold what is in the backup; nothing was touched."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(
            f"备份展开后有 {needed >> 20} MB，磁盘只剩 {free >> 20} MB，放不下："
            "请腾出空间，或用 --home 指到更大的磁盘；如果备份文件本来很小，它可能被人改过，请换一份备份。"
        )


class UnusableConfigError(Exception):
    """The backup's own ``config.toml`` can't be used as it is: it is faulty, or it names a database, which only whoever
    restores may choose.
    """

    def __init__(self, why: str, home: Path) -> None:
        super().__init__(
            f"备份里的 config.toml {why}\n"
            f"请先把要用的 config.toml 放进 {home}（数据库也可用环境变量 {DATABASE_VARIABLE} 指定），再执行一次。"
        )


@dataclass(frozen=True)
class Restored:
    """What came back, and how many people of it were taken out again because they had been erased since."""

    manifest: Manifest
    n_erased: int


def restore(  # noqa: PLR0913  from where, to where, with which settings and ledger
    source: Path,
    home: Path,
    config: Path | None,
    now: datetime,
    advance: Callable[[str], None] = lambda _part: None,
    *,
    ledger: Path | None = None,
) -> Restored:
    """Bring files and rows back, prove by hashes that they are the same, upgrade an older schema; take out again who
    was erased after the backup was made: by the ``erasures.txt`` that is in the folder already, and by `ledger`.

    A ``config.toml`` that is in the folder already stays, and with it the database it names. The backup's own names
    none: a file from elsewhere does not decide which database is written to.

    Raises:
        BackupFaultyError: The backup is not as it was written; the database is as it was.
        NoRoomError: There is more in it than the disk holds; nothing was touched.
        UnusableConfigError: It names a database, or is faulty; nothing was touched.
        NewerBackupError: It comes from a release that writes backups differently.
        PartialExportError: It is an export that holds not everything.
        NotEmptyError: Folder or database hold something else; nothing was touched.
        NewerDatabaseError: The backup comes from a newer release.
        SettingsError: The settings can't be used.
        FaultyLedgerError: The ledger of erasures can't be read; nothing was touched.
    """
    lines = erasures.read(ledger) if ledger is not None else []
    _refuse_without_room(source, home)
    manifest = check(source)
    if not knows(manifest.schema):
        raise NewerDatabaseError(manifest.schema)
    with zipfile.ZipFile(source) as archive:
        brings_config = config is None and not (home / CONFIG).exists() and CONFIG in manifest.files
        if brings_config:
            _refuse_its_database(archive, home)
        address = load_settings(home, config).database_url
        _refuse_other_files(source, home, manifest.files, make_url(address).database or "")
        prepare_home(home)
        engine = open_engine(address)
        try:
            _refuse_other_schema(engine, manifest.schema)
            for name in manifest.files:
                if not (home / name).exists():
                    advance(name)
                    _put(archive, name, home)
            upgrade(engine, home / "backups", now, to=manifest.schema)
            _restore_rows(engine, source, manifest, advance)
            upgrade(engine, home / "backups", now)
            erasures.add(home, lines)
            n_erased = erasures.erase_again(engine, home, erasures.read(home / erasures.FILE), now)
        finally:
            engine.dispose()
    return Restored(manifest, n_erased)


def _refuse_without_room(source: Path, home: Path) -> None:
    """A few kilobytes can stand for terabytes: what a member says it holds is the most that is ever read of it."""
    try:
        with zipfile.ZipFile(source) as archive:
            needed = sum(member.file_size for member in archive.infolist())
    except (*UNREADABLE, OSError):
        return  # `check` says what is wrong with it
    place = next(each for each in (home.absolute(), *home.absolute().parents) if each.exists())
    free = shutil.disk_usage(place).free
    if needed + LEFT_FREE > free:
        raise NoRoomError(needed, free)


def _refuse_its_database(archive: zipfile.ZipFile, home: Path) -> None:
    with tempfile.NamedTemporaryFile(suffix=".toml") as copy:
        copy.write(archive.read(file_member(CONFIG)))
        copy.flush()
        try:
            settings = load_settings(home, Path(copy.name), {})
        except SettingsError as error:
            raise UnusableConfigError("有误：\n  " + "\n  ".join(error.problems), home) from error
    if settings.database.url and not os.environ.get(DATABASE_VARIABLE):
        raise UnusableConfigError(NAMES_A_DATABASE, home)


def _refuse_other_files(source: Path, home: Path, files: Mapping[str, Part], database: str) -> None:
    for name, part in files.items():
        if not _is_fine(name, files) or not is_kept(home, name, database):
            raise BackupFaultyError(source, file_member(name))
        path = home / name
        is_other = path.exists() and not (path.is_file() and _hash(path) == part.sha256)
        in_the_way = next((each for each in path.parents if each.exists() and not each.is_dir()), None)
        if in_the_way or (name not in {CONFIG, erasures.FILE} and is_other):
            already = f"{home} 里已有不同的 {name}"
            raise NotEmptyError(already)


def _is_fine(name: str, files: Mapping[str, Part]) -> bool:
    """Whether a name stays inside the folder, is written the one way a backup writes it, and is nobody's folder."""
    inside = PurePosixPath(name)
    leads_out = inside.is_absolute() or ".." in inside.parts or any(sign in name for sign in "\\:\0")
    is_too_long = any(len(part.encode(errors="replace")) > LONGEST_NAME for part in inside.parts)
    is_inside_a_file = any(str(each) in files for each in inside.parents)
    return not (leads_out or is_too_long or is_inside_a_file) and str(inside) == name


def _refuse_other_schema(engine: Engine, schema: str) -> None:
    with engine.connect() as connection:
        if revision_of(connection) not in {None, schema}:
            raise NotEmptyError(NOT_EMPTY)


def _restore_rows(engine: Engine, source: Path, manifest: Manifest, advance: Callable[[str], None]) -> None:
    """All tables in one transaction: a kill leaves the database as empty as it was."""
    with zipfile.ZipFile(source) as archive, engine.begin() as connection:
        only_one_migrates(connection)
        tables = rows.tables_of(connection)
        if unknown := set(manifest.tables) - {table.name for table in tables}:
            raise BackupFaultyError(source, table_member(min(unknown)))
        is_empty = not any(rows.count(connection, table) for table in tables)
        for table in tables:
            if is_empty and table.name in manifest.tables:
                advance(table.name)
                _load(connection, table, archive, source)
            part = manifest.tables.get(table.name, EMPTY)
            if rows.hash_of(connection, table) == (part.rows, part.sha256):
                continue
            if is_empty:
                raise BackupFaultyError(source, table_member(table.name))
            raise NotEmptyError(NOT_EMPTY)


def _load(connection: Connection, table: Table, archive: zipfile.ZipFile, source: Path) -> None:
    """The rows of a table as they stand in the backup; what is no row of it, or contradicts others, is its fault."""
    try:
        with archive.open(table_member(table.name)) as member:
            rows.load(connection, table, _lines(member))
    except OperationalError:  # the database's own trouble: a full disk, a lock
        raise
    except (*UNREADABLE, SQLAlchemyError) as error:
        raise BackupFaultyError(source, table_member(table.name)) from error


def _lines(member: IO[bytes]) -> Iterator[bytes]:
    """Line by line, none longer than any we write: a whole table in one line would not fit into memory."""
    lines = io.BufferedReader(cast("io.RawIOBase", member), PIECE)  # it reads into a buffer, as raw files do
    while line := lines.readline(LONGEST_ROW + 1):
        if len(line) > LONGEST_ROW:
            raise ValueError(LONGEST_ROW)
        yield line


def _put(archive: zipfile.ZipFile, name: str, home: Path) -> None:
    """One file, whole or not at all, readable by its owner only, as the folder is."""
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with archive.open(file_member(name)) as member:
                while piece := member.read(PIECE):
                    file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
