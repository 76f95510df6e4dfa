"""Structured logs: one line of key=value each, ids only, never names, numbers or question text.

Commands tell what there is to tell in their own words, so their logs begin at warnings. The service keeps every line
in a file of the instance folder; on stderr it shows warnings, and everything when asked (``run --logs``, for systemd
and containers). At a terminal a warning is the plain Chinese sentence that names the cure.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from bot.log_advice import add_advice

FOLDER, FILE = "logs", "zhixun.log"
LARGEST, N_KEPT = 5 << 20, 5  # bytes of one file; older files beside it
SAME_SECONDS = 60.0  # the same sentence comes on the screen once in that time; the file has every line


def file_in(home: Path) -> Path:
    """Where the service of an instance keeps its log."""
    return home / FOLDER / FILE


def configure(*, level: int, file: Path | None = None, stderr_level: int | None = None) -> logging.Handler | None:
    """Send our logs from `level` on to stderr, or to `file`, and then from `stderr_level` on also to stderr.

    Libraries speak from warnings upwards: an HTTP client's info lines would contain the bot's token.

    Returns:
        What holds the file, to be closed at the end; ``None`` without one, or when it can't be written: then all lines
        of `level` go to stderr.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    kept = _file_handler(file) if file is not None else None
    shown = stderr_level if kept is not None and stderr_level is not None else level
    told: dict[str, float] = {}
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_advice,
            structlog.processors.format_exc_info,
            _finished,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_name: _Lines(kept, shown, told),
        cache_logger_on_first_use=False,  # so a configuration, and a stderr put elsewhere, hold for all loggers at once
    )
    return kept


_as_line = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)


def _finished(logger: Any, method: str, event: Any) -> tuple[tuple[str, str], dict[str, Any]]:  # noqa: ANN401
    """The last step: the line, and what a person at a terminal reads instead."""
    advice = str(event.get("advice") or event.get("problem") or "")  # of a file with a fault: the line and the cure
    return (str(_as_line(logger, method, event)), advice), {}


class _QuietFile(RotatingFileHandler):
    """A file that fills up or disappears must not stop, nor flood, what it tells of."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name logging calls
        del record


def _file_handler(file: Path) -> _QuietFile | None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = _QuietFile(file, maxBytes=LARGEST, backupCount=N_KEPT, encoding="utf-8")
    except OSError:
        return None
    with contextlib.suppress(OSError):
        file.chmod(0o600)
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


class _Lines:
    """Where finished lines go; structlog calls the method named like their level."""

    def __init__(self, kept: logging.Handler | None, shown: int, told: dict[str, float]) -> None:
        self._kept, self._shown, self._told = kept, shown, told

    def __getattr__(self, method: str) -> Callable[[str, str], None]:
        level = logging.getLevelNamesMapping()[method.upper()]

        def write(line: str, advice: str) -> None:
            if self._kept is not None:
                self._kept.handle(logging.makeLogRecord({"msg": line, "levelno": level}))
            if level >= self._shown:
                self._show(line, advice)

        return write

    def _show(self, line: str, advice: str) -> None:
        if self._kept is None or not advice or not sys.stderr.isatty():
            print(line, file=sys.stderr, flush=True)  # noqa: T201  a log line
        elif time.monotonic() - self._told.get(advice, -SAME_SECONDS) >= SAME_SECONDS:
            self._told[advice] = time.monotonic()
            print(f"提醒（{time.strftime('%H:%M:%S')}）：{advice}", file=sys.stderr, flush=True)  # noqa: T201
