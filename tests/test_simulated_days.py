"""Two simulated days of a small outlet whose office is killed again and again; see `benchmarks/ten_days.py`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from benchmarks.simulation.days import Size, simulate


def test_nothing_is_lost_doubled_or_unnoticed_however_often_the_office_is_killed(tmp_path: Path) -> None:
    size = Size(
        days=2, askers=20, staff=3, first=date(2026, 10, 8), follow_up_days=1, kill=0.06, tick_minutes=9, seed=7
    )
    report = simulate(tmp_path, size)
    assert report.faults == []
    assert report.figures["messages sent in"] == report.figures["messages archived"]
    assert report.figures["kill -9 at work"] != 0
    assert report.figures["polls"] != 0
    assert report.figures["follow-ups in chat"] != 0
