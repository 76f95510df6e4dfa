"""The database engine for SQLite (default) or PostgreSQL, and the only place where they differ."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlmodel import Session

from consultations import seals

SessionMaker = Callable[[], AbstractContextManager[Session]]
READ_ONLY = "zhixun_read_only"


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql+psycopg://…``.

    SQLite runs in WAL mode with ``synchronous=FULL``: a commit survives a power cut. Each write transaction begins
    with ``BEGIN IMMEDIATE``: a deferred read→write upgrade would fail at once, whatever the busy timeout. Errors name
    the statement, never its values: they end up in logs, and values are what people wrote.
    """
    if url.startswith("sqlite"):
        return _sqlite_engine(url)
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(address, pool_pre_ping=True, pool_size=10, hide_parameters=True)


def _sqlite_engine(url: str) -> Engine:
    path = url.removeprefix("sqlite:///")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    options = {"timeout": 15, "check_same_thread": False}
    engine = create_engine(f"sqlite:///{path}", connect_args=options, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")
        # What a person had erased is overwritten, not left behind in free pages; not every build does so by itself.
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def sessions(engine: Engine) -> tuple[SessionMaker, SessionMaker]:
    """``(writing, reading)``: context managers giving one session; writing commits at the end or rolls back whole.

    What it wrote of the archive, of tickets and of the audit trail is sealed in the same transaction.
    """
    reader = engine.execution_options(**{READ_ONLY: True})
    # SQLite has one writer. Threads that queue here get their turn the moment the one before is done; left to
    # SQLite they would poll with growing pauses of up to 100 ms (sqliteDefaultBusyCallback).
    queue = threading.Lock() if engine.dialect.name == "sqlite" else contextlib.nullcontext()
    return functools.partial(_writing, engine, queue), functools.partial(_reading, reader)


@contextlib.contextmanager
def _writing(engine: Engine, queue: AbstractContextManager[object]) -> Iterator[Session]:
    with queue, Session(engine, expire_on_commit=False) as session:
        yield session
        seals.seal(session)
        session.commit()


@contextlib.contextmanager
def _reading(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


def empty_log(engine: Engine) -> None:
    """Move SQLite's write-ahead log into the database and cut it to nothing, so that erased words do not linger there.

    A reader at work makes it wait for the next time; PostgreSQL keeps its own log.
    """
    if engine.dialect.name == "sqlite":
        with contextlib.closing(engine.raw_connection()) as connection:  # a checkpoint can't run inside a transaction
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def only_one_migrates(connection: Connection) -> None:
    """Hold a second process's migration back until this transaction ends (SQLite: BEGIN IMMEDIATE already does)."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20261123)")
