"""``zhixun export``: every table whole, as CSV, XLSX or JSONL, however many rows; one moment of the database.

Rows go from the database to the file one after another, so memory does not grow with them. Personal data is masked
unless somebody who may asks for it by name; either way it stands in the audit trail. Lines of JSON with everything in
them, or with all that an outlet has compiled and written itself (`bot.content`), have the form of a backup and bring
the files of that along: `bot.restore` makes the same of an empty instance, proven by hashes.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Table

from bot import rows
from bot.application import Office
from bot.backup import (
    Manifest,
    Part,
    add,
    file_member,
    one_moment,
    pieces_of,
    table_member,
    whole_or_nothing,
    write_manifest,
)
from bot.content import TABLES, ContentRows, content_files
from bot.masked_rows import masked
from bot.migrate import revision_of
from consultations import audit
from handlers import xlsx
from handlers.spreadsheet import BOM, cell_of
from handlers.xlsx import MOST_ROWS

Format = Literal["csv", "xlsx", "jsonl"]
SUFFIXES: Mapping[Format, str] = {"csv": ".zip", "xlsx": ".xlsx", "jsonl": ".zip"}
Advance = Callable[[str], None]


class UnknownTableError(Exception):
    """There is no table of that name."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(f"没有名为 {name} 的表。有这些：{'、'.join(sorted(known))}。")


@dataclass(frozen=True)
class Wanted:
    """What is exported: in which form, which tables (none named: all), and who asks. Of a `is_content` export, which
    has lines of JSON, only what the outlet has compiled and written itself, with the names of who did.
    """

    form: Format
    tables: tuple[str, ...] = ()
    is_personal: bool = False
    actor: str = ""
    is_content: bool = False

    @property
    def can_come_back(self) -> bool:
        """Whether an empty instance can be made of it."""
        return self.form == "jsonl" and (self.is_personal or self.is_content) and not self.tables

    @property
    def verb(self) -> audit.Verb:
        """What the audit trail says of it."""
        if self.is_content:
            return "content"
        return "tables_personal" if self.is_personal else "tables"


def export(office: Office, target: Path, wanted: Wanted, advance: Advance = lambda _table: None) -> Mapping[str, int]:
    """How many rows of each table were written; `target` appears whole or not at all. `advance` hears each table
    and file.

    Raises:
        UnknownTableError: One of the tables named does not exist; nothing was written.
    """
    now = office.desk.now()
    with office.reading() as session:
        chosen = _chosen(session.connection(), sorted(TABLES) if wanted.is_content else wanted.tables)
    with office.writing() as session:
        audit.note(session, wanted.verb, 0, wanted.actor, now)
    with whole_or_nothing(target) as (scratch, file), office.reading() as session:
        connection = one_moment(session.connection())
        source = _Source(connection, chosen, wanted, advance)
        if wanted.form == "xlsx":
            return _write_workbook(scratch, source)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            if wanted.form == "csv":
                return _write_csv(archive, source)
            return _write_lines(archive, source, now.isoformat(), _files(office) if wanted.can_come_back else ())


@dataclass(frozen=True)
class _Source:
    connection: Connection
    tables: Sequence[Table]
    wanted: Wanted
    advance: Advance
    content: ContentRows = field(default_factory=ContentRows)

    def cells(self, table: Table) -> Iterator[dict[str, Any]]:
        """The rows of a table as they may leave."""
        self.advance(table.name)
        for each in rows.cells_of(self.connection, table):
            if self.wanted.is_content:
                if (kept := self.content.of(table.name, each)) is not None:
                    yield kept
            else:
                yield each if self.wanted.is_personal else masked(table.name, each)


def _chosen(connection: Connection, names: Sequence[str]) -> list[Table]:
    present = rows.tables_of(connection)
    known = [table.name for table in present]
    for name in names:
        if name not in known:
            raise UnknownTableError(name, known)
    return [table for table in present if not names or table.name in names]


def _files(office: Office) -> Iterable[tuple[str, Path]]:
    return content_files(office.settings.home, office.engine.url.database or "")


def _write_lines(
    archive: zipfile.ZipFile, source: _Source, made_at: str, kept: Iterable[tuple[str, Path]]
) -> Mapping[str, int]:
    tables: dict[str, Part] = {}
    for table in source.tables:
        tables[table.name] = add(archive, table_member(table.name), map(rows.line_of, source.cells(table)))
    files: dict[str, Part] = {}
    for name, path in kept:
        source.advance(name)
        files[name] = Part(0, add(archive, file_member(name), pieces_of(path)).sha256)
    manifest = Manifest(made_at, revision_of(source.connection) or "", tables, files)
    write_manifest(archive, manifest, can_come_back=source.wanted.can_come_back)
    return {name: part.rows for name, part in tables.items()}


def _write_csv(archive: zipfile.ZipFile, source: _Source) -> Mapping[str, int]:
    """One file a table, with a mark in front, or Excel takes it for GBK."""
    written = {}
    for table in source.tables:
        head = [column.name for column in table.columns]
        lines = _csv_lines(head, ([cell_of(_flat(each[name])) for name in head] for each in source.cells(table)))
        written[table.name] = add(archive, f"{table.name}.csv", lines).rows - 1
    return written


def _csv_lines(head: Sequence[str], cells: Iterator[list[str | int | float]]) -> Iterator[bytes]:
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    writer.writerow(head)
    yield BOM + line.getvalue().encode()
    for each in cells:
        line.seek(0)
        line.truncate()
        writer.writerow(each)
        yield line.getvalue().encode()


def _write_workbook(path: Path, source: _Source) -> Mapping[str, int]:
    """One sheet a table; a table with more rows than a sheet holds goes on in the next."""
    sheets: list[xlsx.Table] = []
    written = {}
    for table in source.tables:
        head = [column.name for column in table.columns]
        written[table.name] = rows.count(source.connection, table)
        cells = _sheet_rows(source, table, head)
        for n in range(max(1, -(-written[table.name] // MOST_ROWS))):
            name = table.name if n == 0 else f"{table.name} {n + 1}"
            sheets.append(xlsx.Table(name, head, islice(cells, MOST_ROWS)))
    xlsx.write_tables(path, sheets)
    return written


def _sheet_rows(source: _Source, table: Table, head: Sequence[str]) -> Iterator[list[xlsx.Cell]]:
    for each in source.cells(table):
        # A float would be shown as a share, and a text that begins like a formula be run by the next program.
        flat = (_flat(each[name]) for name in head)
        yield [cell if isinstance(cell, int) else cell_of(str(cell)) for cell in flat]


def _flat(value: object) -> str | int | float:
    """A cell as a spreadsheet holds it: what is nested as JSON, a missing value as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)
