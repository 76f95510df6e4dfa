"""``zhixun restore``: a backup back into an empty instance, the same to the last row, or nothing.

What is there already and equal is left alone, so that a restore that was killed is simply run again.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath

from sqlalchemy import Engine

from bot import rows
from bot.application import prepare_home
from bot.backup import PIECE, BackupFaultyError, Manifest, Part, check, file_member, table_member
from bot.database import only_one_migrates, open_engine
from bot.migrate import NewerDatabaseError, knows, revision_of, upgrade
from bot.settings import load_settings

CONFIG = "config.toml"
EMPTY = Part(0, hashlib.sha256().hexdigest())  # a table without rows
NOT_EMPTY = "数据库里已有别的内容"


class NotEmptyError(Exception):
    """Something else is already where the backup would go."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}：请恢复到一个空的实例文件夹和空的数据库，例如 --home 新文件夹。")


def restore(
    source: Path, home: Path, config: Path | None, now: datetime, advance: Callable[[str], None] = lambda _part: None
) -> Manifest:
    """Bring files and rows back, prove by hashes that they are the same, upgrade an older schema.

    A ``config.toml`` that is in the folder already stays, and with it the database it names.

    Raises:
        BackupFaultyError: The backup is not as it was written; the database is as it was.
        NewerBackupError: It comes from a release that writes backups differently.
        NotEmptyError: Folder or database hold something else; nothing was touched.
        NewerDatabaseError: The backup comes from a newer release.
        SettingsError: The settings can't be used.
    """
    manifest = check(source)
    if not knows(manifest.schema):
        raise NewerDatabaseError(manifest.schema)
    prepare_home(home)
    with zipfile.ZipFile(source) as archive:
        _refuse_other_files(source, home, manifest.files)
        if not (home / CONFIG).exists() and CONFIG in manifest.files:
            _put(archive, CONFIG, home)
        engine = open_engine(load_settings(home, config).database_url)
        try:
            _refuse_other_schema(engine, manifest.schema)
            for name in manifest.files:
                if not (home / name).exists():
                    advance(name)
                    _put(archive, name, home)
            upgrade(engine, home / "backups", now, to=manifest.schema)
            _restore_rows(engine, source, manifest, advance)
            upgrade(engine, home / "backups", now)
        finally:
            engine.dispose()
    return manifest


def _refuse_other_files(source: Path, home: Path, files: Mapping[str, Part]) -> None:
    for name, part in files.items():
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts or "\\" in name or ":" in name:
            raise BackupFaultyError(source, name)
        path = home / name
        if name != CONFIG and path.exists() and _hash(path) != part.sha256:
            already = f"{home} 里已有不同的 {name}"
            raise NotEmptyError(already)


def _refuse_other_schema(engine: Engine, schema: str) -> None:
    with engine.connect() as connection:
        if revision_of(connection) not in {None, schema}:
            raise NotEmptyError(NOT_EMPTY)


def _restore_rows(engine: Engine, source: Path, manifest: Manifest, advance: Callable[[str], None]) -> None:
    """All tables in one transaction: a kill leaves the database as empty as it was."""
    with zipfile.ZipFile(source) as archive, engine.begin() as connection:
        only_one_migrates(connection)
        tables = rows.tables_of(connection)
        is_empty = not any(rows.count(connection, table) for table in tables)
        for table in tables:
            if is_empty and table.name in manifest.tables:
                advance(table.name)
                with archive.open(table_member(table.name)) as lines:
                    rows.load(connection, table, lines)
            part = manifest.tables.get(table.name, EMPTY)
            if rows.hash_of(connection, table) == (part.rows, part.sha256):
                continue
            if is_empty:
                raise BackupFaultyError(source, table_member(table.name))
            raise NotEmptyError(NOT_EMPTY)


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
