"""The periodic jobs: never twice at once, nothing skipped, on after a failure and after a clock that was set back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import schedule
from bot.schedule import Heartbeat, Job
from bot.service import whole
from tests.conftest import Clock


@contextmanager
def scheduled(job: Job, heartbeat: Heartbeat) -> Iterator[Any]:
    made = schedule.start([job], heartbeat)
    try:
        yield made
    finally:
        made.shutdown(wait=False)


def real_clock() -> Clock:
    return Clock(datetime.now(UTC))


def test_a_job_longer_than_its_pause_never_runs_twice_at_once_and_warns_of_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    running, most, thrice = [0], [0], threading.Event()
    runs: list[float] = []

    def slow() -> int:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.1)
        running[0] -= 1
        runs.append(time.monotonic())
        if len(runs) == 3:
            thrice.set()
        return 0

    with scheduled(Job("slow", 0.02, slow), Heartbeat(lambda: datetime.now(UTC))):
        assert thrice.wait(10)
    assert most == [1]
    assert caplog.text == ""


def test_a_job_that_fails_comes_again_and_its_heartbeat_stays_silent() -> None:
    clock, twice, runs = real_clock(), threading.Event(), [0]

    def failing() -> int:
        runs[0] += 1
        if runs[0] == 2:
            twice.set()
        raise RuntimeError

    heartbeat = Heartbeat(clock.now)
    with scheduled(Job("failing", 0.02, failing), heartbeat):
        assert twice.wait(10)
        clock.advance(seconds=90)
        assert heartbeat.age_seconds("failing") == 90


def test_a_clock_set_back_an_hour_stops_no_job() -> None:
    clock, ran = real_clock(), threading.Event()
    clock.advance(hours=1)

    def run() -> int:
        ran.set()
        return 0

    with scheduled(Job("job", 5, run), Heartbeat(clock.now)) as scheduler:
        assert not ran.wait(0.2)  # planned for a moment the clock has yet to reach
        clock.advance(hours=-1)
        scheduler.wakeup()
        assert ran.wait(10)


def test_a_clock_set_forward_an_hour_runs_what_is_late_once() -> None:
    clock, runs = real_clock(), [0]
    clock.moment -= timedelta(hours=1)

    def run() -> int:
        runs[0] += 1
        return 0

    with scheduled(Job("job", 7200, run), Heartbeat(clock.now)):
        time.sleep(0.3)
    assert runs == [1]


def test_work_done_in_parts_is_told_once_when_it_is_done() -> None:
    parts = iter((50, 50, 29, 0, 50, 0))
    run = whole(lambda: next(parts), 50)
    assert [run() for _ in range(6)] == [0, 0, 129, 0, 0, 50]
