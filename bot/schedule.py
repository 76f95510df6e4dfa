"""The periodic jobs: a table given to APScheduler, which only ticks. The due rows in the database are the truth.

A job comes again so many seconds after its last run ended: one that takes longer than its pause (a first start, a busy
machine) never runs twice at once and skips nothing. A failing run is logged and tried again. APScheduler waits for
moments of the wall clock; when that is set back, everything is planned anew, or nothing would tick until it caught up.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

log = structlog.get_logger(__name__)

RUNNING = datetime(9999, 1, 1, tzinfo=UTC)  # the next time of a job that is at work: it plans its next run at the end


@dataclass(frozen=True)
class Job:
    """One line of the table: what it is called, the pause between its runs, what it does (returns how many rows it
    moved).
    """

    name: str
    every_seconds: float
    run: Callable[[], int]


@dataclass
class Heartbeat:
    """When each job last finished well, for ``/healthz`` and ``zhixun doctor``."""

    now: Callable[[], datetime]
    _last: dict[str, datetime] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def beat(self, name: str) -> None:
        """Job `name` finished well just now."""
        with self._guard:
            self._last[name] = self.now()

    def age_seconds(self, name: str) -> float:
        """Seconds since job `name` last finished well; 0 before its first beat."""
        with self._guard:
            at = self._last.get(name)
        return (self.now() - at).total_seconds() if at else 0.0


def start(jobs: Sequence[Job], heartbeat: Heartbeat) -> BackgroundScheduler:
    """A running scheduler over the table; call ``shutdown(wait=False)`` to stop it. Every job ticks once at once."""
    scheduler = _Scheduler(heartbeat.now)
    for job in jobs:
        heartbeat.beat(job.name)
        scheduler.add_job(
            _tick_and_plan, _Once(), args=(scheduler, job, heartbeat), id=job.name, next_run_time=heartbeat.now()
        )
    scheduler.start()
    return scheduler


class _Once(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Leaves the next run to the job."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        del previous_fire_time, now
        return RUNNING


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]  # APScheduler has no types
    """APScheduler's own, which notices a clock that was set back."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        # A job plans its next run while APScheduler still counts this one as running.
        super().__init__(timezone=UTC, job_defaults={"misfire_grace_time": None, "max_instances": 2})
        self._now = now
        self._looked = now()

    def _process_jobs(self) -> float | None:
        now = self._now()
        if now < self._looked:
            log.warning("schedule.clock_set_back", seconds=round((self._looked - now).total_seconds(), 1))
            for each in self.get_jobs():
                if each.next_run_time != RUNNING:
                    each.modify(next_run_time=now)
        self._looked = now
        seconds: float | None = super()._process_jobs()
        return seconds


def _tick_and_plan(scheduler: BackgroundScheduler, job: Job, heartbeat: Heartbeat) -> None:
    tick(job, heartbeat)
    at = heartbeat.now() + timedelta(seconds=job.every_seconds)
    with contextlib.suppress(JobLookupError):  # it was stopped meanwhile
        scheduler.modify_job(job.name, next_run_time=at)


def tick(job: Job, heartbeat: Heartbeat) -> None:
    """Run one job once; an error is logged and leaves the heartbeat silent."""
    try:
        moved = job.run()
    except Exception:  # a failing job must not stop the others; it is tried again at the next tick
        log.exception("job.failed", job=job.name)
        return
    heartbeat.beat(job.name)
    if moved:
        log.info("job.done", job=job.name, moved=moved)
