"""The engine keeps its promises on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from bot.database import sessions


def test_a_failed_turn_leaves_nothing_behind(engine: Engine) -> None:
    writing, reading = sessions(engine)
    with writing() as session:
        session.connection().execute(text("CREATE TABLE scratch (n INTEGER)"))
    with pytest.raises(ZeroDivisionError), writing() as session:
        session.connection().execute(text("INSERT INTO scratch VALUES (1)"))
        1 / 0  # noqa: B018
    with reading() as session:
        assert session.connection().execute(text("SELECT count(*) FROM scratch")).scalar_one() == 0


def test_sqlite_commits_survive_a_power_cut_by_its_settings(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
