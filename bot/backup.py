"""``zhixun backup``: everything an instance cannot make anew, in one file, while the service runs.

A zip with ``tables/NAME.jsonl`` (one consistent moment of the database, SQLite or PostgreSQL), ``files/…`` (what
stands in the instance folder beside what is derived) and ``manifest.json`` with the SHA-256 of each. It holds personal
data and the secrets of ``config.toml``: only its owner may read it, and taking one stands in the audit trail.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sqlalchemy import Connection

from bot import rows
from bot.application import STAFF_DESK, VECTORS, Office
from bot.archive_index import FILE as ARCHIVE_INDEX
from bot.migrate import revision_of
from consultations import audit

FORMAT = 1
MANIFEST = "manifest.json"
DERIVED = ("index", "backups", "logs", "previews", VECTORS)  # made anew by a start, told already, or the same once more
PIECE = 1 << 20  # bytes read at once
LARGEST_MANIFEST = 64 << 20  # bytes; some 300,000 files
# What reading a file raises that is no backup of ours, however it is cut off, rewritten or crafted.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error, LookupError, ValueError, TypeError),
    *(AttributeError, RuntimeError),  # not JSON's shape; encrypted, an unknown method
)


@dataclass(frozen=True)
class Part:
    """One member of the backup: its rows (0 for a file) and the SHA-256 of its bytes."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What is in a backup: the schema it was taken from, its parts by name."""

    made_at: str
    schema: str
    tables: dict[str, Part]
    files: dict[str, Part]

    @property
    def n_rows(self) -> int:
        """Rows in all tables."""
        return sum(part.rows for part in self.tables.values())


class BackupFaultyError(Exception):
    """The file is no backup, or a part of it is not as it was written."""

    def __init__(self, source: Path, part: str = "") -> None:
        what = f"里的 {part} 和写入时不一样" if part else "不是完整的备份文件"
        super().__init__(f"{source.name} {what}：请换一份备份。")


class NewerBackupError(Exception):
    """The backup was written in a form this release does not know."""

    def __init__(self) -> None:
        super().__init__("这份备份来自更新的版本：请改用新版本程序恢复。")


class PartialExportError(Exception):
    """The file holds exported tables that no instance can be made of: masked, or not all of them."""

    def __init__(self) -> None:
        super().__init__(
            "这是导出的数据表，个人信息已遮盖或者不全，不能恢复："
            "请用备份，或 export --format jsonl --personal、export --content 的导出。"
        )


def back_up(office: Office, target: Path, advance: Callable[[str], None] = lambda _part: None) -> Manifest:
    """Write a backup and read it back; `target` appears whole or not at all. `advance` hears each part's name.

    Raises:
        BackupFaultyError: What was written reads back differently (a failing disk).
    """
    now = office.desk.now()
    with office.writing() as session:
        audit.note(session, "backup", 0, str(STAFF_DESK), now)
    with whole_or_nothing(target) as (scratch, file):
        manifest = _write(office, file, now, advance)
        file.flush()
        check(scratch)
    return manifest


@contextlib.contextmanager
def whole_or_nothing(target: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A file only its owner may read, that takes its place when all went well; else nothing changes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            yield scratch, file
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def check(source: Path) -> Manifest:
    """The manifest of a backup whose every part has the hash it had when written.

    Raises:
        BackupFaultyError: Not a backup, cut off, or changed.
        NewerBackupError: From a later release.
        PartialExportError: An export that holds not everything.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(archive)
            parts = {table_member(name): part for name, part in manifest.tables.items()}
            parts |= {file_member(name): part for name, part in manifest.files.items()}
            wrong = next((name for name, part in parts.items() if _hash(archive, name) != part.sha256), "")
    except UNREADABLE as error:
        raise BackupFaultyError(source) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place in the file before its beginning
            raise
        raise BackupFaultyError(source) from error
    if wrong:
        raise BackupFaultyError(source, wrong)
    return manifest


def table_member(name: str) -> str:
    """Where the rows of a table stand in the zip."""
    return f"tables/{name}.jsonl"


def file_member(name: str) -> str:
    """Where a file of the instance folder stands in the zip."""
    return f"files/{name}"


def files_of(home: Path, database: str = "") -> Iterator[tuple[str, Path]]:
    """What the outlet wrote or was given: path inside the folder, path; nothing derived, nothing half-written.

    `database` is the path of a SQLite database; it and its companions (``-wal``, ``.leader``) are no such files.
    """
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if is_kept(home, name, database) and path.is_file() and not path.is_symlink():
            yield name, path


def is_kept(home: Path, name: str, database: str = "") -> bool:
    """Whether a file of that name inside the folder belongs into a backup; see `files_of`."""
    parts = PurePosixPath(name).parts
    bases = tuple(str(home / each) for each in (ARCHIVE_INDEX, *filter(None, [database])))
    is_hidden = any(part.startswith(".") for part in parts)
    return bool(parts) and parts[0] not in DERIVED and not is_hidden and not str(home / name).startswith(bases)


def _write(office: Office, file: IO[bytes], now: datetime, advance: Callable[[str], None]) -> Manifest:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        with office.reading() as session:
            connection = one_moment(session.connection())
            schema = revision_of(connection) or ""
            tables = {}
            for table in rows.tables_of(connection):
                advance(table.name)
                tables[table.name] = add(archive, table_member(table.name), rows.lines_of(connection, table))
        files = {}
        for name, path in files_of(office.settings.home, office.engine.url.database or ""):
            advance(name)
            part = add(archive, file_member(name), pieces_of(path))
            files[name] = Part(0, part.sha256)
        manifest = Manifest(now.isoformat(), schema, tables, files)
        write_manifest(archive, manifest)
    return manifest


def write_manifest(archive: zipfile.ZipFile, manifest: Manifest, *, can_come_back: bool = True) -> None:
    """Write what is in the file, last; and whether an instance can be made of it."""
    given = {"format": FORMAT, **asdict(manifest)} | ({} if can_come_back else {"can_come_back": False})
    archive.writestr(MANIFEST, json.dumps(given, ensure_ascii=False, indent=1))


def one_moment(connection: Connection) -> Connection:
    """All reads of this transaction see one moment; SQLite's do so anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    return connection


def add(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> Part:
    """Write one member piece by piece: how many there were, and the SHA-256 of all."""
    digest, n_pieces = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as member:
        for piece in pieces:
            digest.update(piece)
            member.write(piece)
            n_pieces += 1
    return Part(n_pieces, digest.hexdigest())


def pieces_of(path: Path) -> Iterator[bytes]:
    """What is in a file, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _hash(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as member:
        while piece := member.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise ValueError(MANIFEST)
    given = json.loads(archive.read(MANIFEST))
    if given["format"] != FORMAT:
        raise NewerBackupError
    if not given.get("can_come_back", True):
        raise PartialExportError
    if not isinstance(given["made_at"], str) or not re.fullmatch(r"\d{4}", given["schema"]):
        raise ValueError(MANIFEST)
    tables, files = ({name: _part(part) for name, part in given[kind].items()} for kind in ("tables", "files"))
    return Manifest(given["made_at"], given["schema"], tables, files)


def _part(given: dict[str, Any]) -> Part:
    part = Part(**given)
    if type(part.rows) is not int or part.rows < 0 or not re.fullmatch("[0-9a-f]{64}", part.sha256):
        raise ValueError(MANIFEST)
    return part
