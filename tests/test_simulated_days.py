"""Simulated days of a small outlet whose office is killed again and again; see `benchmarks/ten_days.py`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from benchmarks.simulation.days import Size, simulate


def test_nothing_is_lost_doubled_or_unnoticed_however_often_the_office_is_killed(tmp_path: Path) -> None:
    """Kills come at random: days in which no ticket was closed soon enough to be followed up are lived through again,
    others.
    """
    for seed in (7, 8, 9):
        home = tmp_path / str(seed)
        home.mkdir()
        first = date(2026, 10, 8)
        size = Size(days=2, askers=20, staff=3, first=first, follow_up_days=1, kill=0.06, tick_minutes=9, seed=seed)
        report = simulate(home, size)
        assert report.faults == []
        assert report.figures["messages sent in"] == report.figures["messages archived"]
        if report.figures["follow-ups in chat"] != 0:
            break
    assert report.figures["kill -9 at work"] != 0
    assert report.figures["polls"] != 0
    assert report.figures["follow-ups in chat"] != 0
    assert set(report.figures["questionnaires handed in"]) >= {"after_training", "compliance", "needs"}  # type: ignore[call-overload]
    assert report.figures["opinions"] != {}


@pytest.mark.postgresql
def test_two_offices_over_one_database_do_everything_once(tmp_path: Path, fresh_postgresql: str) -> None:
    """Both answer, send and tick; both are killed again and again; staff press at both in the same moment."""
    size = Size(
        days=1,
        askers=20,
        staff=4,
        first=date(2026, 10, 8),
        follow_up_days=1,
        kill=0.04,
        tick_minutes=9,
        seed=11,
        offices=2,
        url=fresh_postgresql,
    )
    report = simulate(tmp_path, size)
    assert report.faults == []
    assert report.figures["messages sent in"] == report.figures["messages archived"]
    assert report.figures["kill -9 at work"] != 0
    assert report.figures["polls"] != 0
