"""Structured logs on stderr: one line of key=value each, ids only, never names, numbers or question text."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(*, level: int) -> None:
    """Send our logs from that level on to stderr: the service tells from information on, a command from warnings on,
    since it tells the rest in its own words. Libraries speak from warnings upwards: an HTTP client's info lines would
    contain the bot's token.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_on_stderr,
        cache_logger_on_first_use=False,  # so a configuration, and a stderr put elsewhere, hold for all loggers at once
    )


def _on_stderr(*_name: str) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)
