"""The periodic jobs: a table given to APScheduler, which only ticks. The due rows in the database are the truth.

A job that is late runs as soon as it can (no misfire limit), never twice at once; a failing run is logged and tried
again at the next tick.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """One line of the table: what it is called, how often it ticks, what it does (returns how many rows it moved)."""

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
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for job in jobs:
        heartbeat.beat(job.name)
        scheduler.add_job(
            tick,
            "interval",
            args=(job, heartbeat),
            seconds=job.every_seconds,
            id=job.name,
            next_run_time=heartbeat.now(),
        )
    scheduler.start()
    return scheduler


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
