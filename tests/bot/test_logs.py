"""Structured logs go where stderr points at the moment, from the level last configured."""

from __future__ import annotations

import io
import logging
import sys

import pytest
import structlog

from bot import logs


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
