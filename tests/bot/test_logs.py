"""Structured logs: where they go, from which level, and what a person reads of a warning."""

from __future__ import annotations

import io
import logging
import sqlite3
import sys
from pathlib import Path

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from bot import logs

LOCKED = OperationalError("UPDATE x", {}, sqlite3.OperationalError("database is locked"))


class Terminal(io.StringIO):
    """A stderr somebody looks at."""

    def isatty(self) -> bool:
        return True


def warn(name: str, error: Exception, **words: object) -> None:
    try:
        raise error
    except type(error):
        structlog.get_logger("somewhere").warning(name, error=type(error).__name__, **words)


def test_a_logger_in_use_follows_stderr_and_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    log = structlog.get_logger("somewhere")
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    logs.configure(level=logging.WARNING)
    log.info("too.quiet")
    log.warning("first", update=1)
    monkeypatch.setattr(sys, "stderr", second)
    logs.configure(level=logging.INFO)
    log.info("second")
    assert [line.split("event=")[1] for line in first.getvalue().splitlines()] == ["first update=1"]
    assert [line.split("event=")[1] for line in second.getvalue().splitlines()] == ["second"]


def test_a_newcomer_sees_no_line_of_the_log_and_the_file_has_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, file = Terminal(), logs.file_in(tmp_path)
    monkeypatch.setattr(sys, "stderr", seen)
    handler = logs.configure(level=logging.INFO, file=file, stderr_level=logging.WARNING)
    assert handler is not None
    structlog.get_logger("somewhere").info("index.healed", sources=919)
    assert not seen.getvalue()
    for _ in range(3):
        warn("inbox.database", LOCKED, channel="telegram")
    (told,) = seen.getvalue().splitlines()  # the same sentence once a minute
    assert told.startswith("提醒（")
    assert "数据库正被别的程序占用" in told
    assert "什么也没有丢，会自动再试" in told
    kept = file.read_text(encoding="utf-8").splitlines()
    assert "event=index.healed sources=919" in kept[0]
    assert len(kept) == 4  # each line of the log, the repeated ones too
    assert file.stat().st_mode & 0o077 == 0
    handler.close()


def test_logs_asked_for_are_lines_with_the_advice_at_a_terminal_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / logs.FOLDER).write_text("in the way of the folder", encoding="utf-8")
    seen = Terminal()
    monkeypatch.setattr(sys, "stderr", seen)
    # A folder that can't be written leaves the screen as the only place.
    assert logs.configure(level=logging.INFO, file=logs.file_in(tmp_path), stderr_level=logging.WARNING) is None
    structlog.get_logger("somewhere").info("leader.changed", leads=True)
    warn("delivery.database", LOCKED)
    first, second = seen.getvalue().splitlines()
    assert first.endswith("event=leader.changed leads=true")
    assert "advice=数据库正被别的程序占用" in second


@pytest.mark.parametrize(
    ("event", "words", "expected"),
    [
        ("telegram.fetch_failed", {"error": "httpx.ConnectError: [Errno -2] Name or service not known"}, "DNS"),
        ("telegram.waiting", {"error": "Unauthorized"}, "telegram.token"),
        ("telegram.fetch_failed", {"error": "getUpdates: HTTP 409"}, "同一个令牌"),
        ("telegram.fetch_failed", {"error": "getUpdates: HTTP 429"}, "慢一点"),
        ("job.failed", {"job": "survey"}, "doctor"),
    ],
)
def test_a_warning_names_what_to_do(
    event: str, words: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", seen)
    logs.configure(level=logging.INFO)
    structlog.get_logger("somewhere").warning(event, **words)
    assert expected in seen.getvalue().split("advice=")[1]
