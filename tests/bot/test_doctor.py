"""`zhixun doctor` on the nightly self-check: what the last night found, and when there was none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.database import open_engine, sessions
from bot.doctor import examine
from bot.migrate import upgrade
from bot.settings import load_settings
from consultations import self_checks

NOW = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (None, "还没有运行过"),
        ({}, "2026-11-27，卡片、事实和原文没有互相矛盾，档案和封存一致"),
        (
            {"seal:words:consultation:3": "一处。", "b": "两处。"},
            "2026-11-27 发现 1 处档案和封存对不上，运行 verify 查看",
        ),
        ({"a": "一处。", "b": "两处。"}, "2026-11-27 发现 2 处互相矛盾，运行 check 查看"),
    ],
)
def test_the_last_self_check_is_told(tmp_path: Path, findings: dict[str, str] | None, expected: str) -> None:
    engine = open_engine(load_settings(tmp_path, None).database_url)
    upgrade(engine, tmp_path / "backups", NOW)
    if findings is not None:
        with sessions(engine)[0]() as session:
            self_checks.record(session, date(2026, 11, 27), findings, NOW)
    engine.dispose()
    printed = StringIO()
    examine(tmp_path, None, Console(file=printed, width=200))
    assert expected in printed.getvalue()
