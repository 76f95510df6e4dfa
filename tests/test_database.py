"""The engine keeps its promises on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

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


def test_errors_never_repeat_what_somebody_wrote(sqlite_engine: Engine) -> None:
    writing, _ = sessions(sqlite_engine)
    broken = text("INSERT INTO no_such_table VALUES (:words)").bindparams(words="示例电话13800138000")
    with pytest.raises(DBAPIError) as failure, writing() as session:
        session.connection().execute(broken)
    assert "no_such_table" in str(failure.value)
    assert "13800138000" not in str(failure.value)


def test_sqlite_overwrites_what_is_deleted(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1
