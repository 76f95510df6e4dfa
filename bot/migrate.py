"""Brings the database to this release's schema: forward only, a backup first, a newer database is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from bot.database import only_one_migrates
from consultations.seals import FORMS, seal_existing

MIGRATIONS = Path(__file__).parent / "migrations"
# Form of the chain of seals → the revision that brought it: what it newly covers is sealed at that upgrade, once.
SEALED_SINCE: Mapping[int, str] = {1: "0008", 2: "0014", 3: "0041", 4: "0045"}


class NewerDatabaseError(Exception):
    """The database was written by a newer release."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"数据库来自更新的版本（结构号 {revision}）。请改用新版本程序，或恢复 backups 文件夹里的旧备份。"
        )


def upgrade(engine: Engine, backups: Path, now: datetime, *, to: str = "head") -> bool:
    """Whether the schema had to change. A SQLite file that holds data is copied to `backups` before that.
    Records older than their place in the chain of seals (封存) are sealed as they are at that moment, once.

    `to` is the revision to stop at, the newest unless said otherwise.

    Raises:
        NewerDatabaseError: The database has a revision this release doesn't know.
    """
    script = ScriptDirectory.from_config(_config())
    head = script.get_current_head() if to == "head" else to
    with engine.connect() as connection:
        current = revision_of(connection)
    if current == head:
        return False
    if current is not None and not knows(current):
        raise NewerDatabaseError(current)
    if current is not None:
        back_up(engine, backups / f"before-{head}-{now:%Y%m%d-%H%M%S}.sqlite3")
    with engine.begin() as connection:
        only_one_migrates(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        if current is not None:
            _seal_existing(connection, current, head or current)
    return True


def _seal_existing(connection: Connection, current: str, reached: str) -> None:
    with Session(connection) as session:
        for form, since in SEALED_SINCE.items():
            if current < since <= reached:
                seal_existing(session, [each for each in FORMS[form] if each not in FORMS.get(form - 1, {})])
        session.flush()


def knows(schema: str) -> bool:
    """Whether this release can read a database of that revision."""
    return schema in {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}


def revision_of(connection: Connection) -> str | None:
    """The revision a database is at; ``None`` for one without tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def back_up(engine: Engine, target: Path) -> None:
    """A consistent copy of a SQLite database while it is in use; PostgreSQL is left to its own tools (``pg_dump``)."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source = sqlite3.connect(engine.url.database)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
