"""Every row of every table as lines of JSON, alike from SQLite and PostgreSQL, and back.

One line a row, columns in the order of the schema, rows by primary key, moments in UTC: equal contents give equal
bytes, so that a hash tells whether two databases hold the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Column, Connection, MetaData, Table, func, insert, inspect, null, select, text
from sqlmodel import SQLModel

import bot.tables  # noqa: F401  fills SQLModel.metadata

VERSION_TABLE = "alembic_version"  # told apart: it names the schema, it is no content
AT_ONCE = 1000  # rows fetched and written in one go


def tables_of(connection: Connection) -> list[Table]:
    """The tables that are there, parents before children, with the types this release gives their columns.

    Of an older schema only what it has: a column that came later is not among them.
    """
    present = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
    found = MetaData()
    found.reflect(connection, only=sorted(present))
    for table in found.sorted_tables:
        ours = SQLModel.metadata.tables.get(table.name)
        for column in table.columns:
            if ours is not None and column.name in ours.columns:
                column.type = ours.columns[column.name].type
    return found.sorted_tables


def cells_of(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table as JSON can hold them, without having them all in memory."""
    wanted = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    for row in connection.execute(wanted).mappings():
        yield {column.name: _plain(row[column.name]) for column in table.columns}


def line_of(cells: Mapping[str, Any]) -> bytes:
    """A row as one line."""
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of a table, one line each."""
    return map(line_of, cells_of(connection, table))


def hash_of(connection: Connection, table: Table) -> tuple[int, str]:
    """How many rows a table has, and the SHA-256 of its lines."""
    digest, n_rows = hashlib.sha256(), 0
    for line in lines_of(connection, table):
        digest.update(line)
        n_rows += 1
    return n_rows, digest.hexdigest()


def load(connection: Connection, table: Table, lines: Iterable[bytes]) -> None:
    """Insert lines as they were written. Keys stay; the next new row gets a key of its own.

    Raises:
        ValueError: A line is no row of this table.
    """
    rest = iter(lines)
    while batch := [_row(table, line) for line in islice(rest, AT_ONCE)]:
        connection.execute(insert(table), batch)
    _go_on_counting(connection, table)


def count(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _plain(value: object) -> object:
    """A cell as JSON can hold it; dictionaries in the order of their keys, which databases do not keep alike."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _row(table: Table, line: bytes) -> dict[str, Any]:
    cells = json.loads(line)
    if not isinstance(cells, dict) or set(cells) != {column.name for column in table.columns}:
        raise ValueError(table.name)
    return {column.name: _value(column, cells[column.name]) for column in table.columns}


def _value(column: Column[Any], cell: object) -> object:
    if cell is None:
        return null() if isinstance(column.type, JSON) else None  # a JSON column would keep the word null
    kind = getattr(column.type, "impl_instance", column.type).python_type  # our own UTC moments wrap a plain one
    if kind is datetime and isinstance(cell, str):
        return datetime.fromisoformat(cell)
    if kind is date and isinstance(cell, str):
        return date.fromisoformat(cell)
    if kind in (str, int, bool) and not isinstance(cell, kind):  # SQLite would take it
        raise ValueError(column.name)
    return cell


def _go_on_counting(connection: Connection, table: Table) -> None:
    """PostgreSQL counts keys apart from the rows; SQLite takes the largest it finds."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        counter = text("SELECT pg_get_serial_sequence(:name, :column)")
        sequence = connection.execute(counter, {"name": table.name, "column": column.name}).scalar()
        largest = connection.execute(select(func.max(column))).scalar()
        if sequence and largest is not None:
            connection.execute(text("SELECT setval(:name, :value)"), {"name": sequence, "value": largest})
