"""How the service is: for ``/healthz`` (red or green) and ``/metrics`` (numbers)."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from bot import inbox
from bot.application import Office
from bot.leader import Leadership
from bot.schedule import Heartbeat
from consultations import outbox
from consultations.archive import Consultation
from consultations.tickets import Ticket
from web.metrics import Measure

log = structlog.get_logger(__name__)

OLDEST_SECONDS = 60.0  # a tick or a waiting update older than this is red
LEAST_FREE = 50 * 1024 * 1024  # bytes; below that a database may fail at any moment
PROBE = ".health"
Disk = Literal["ok", "full", "read_only"]


@dataclass(frozen=True)
class Health:
    """Looks after one running service."""

    office: Office
    heartbeat: Heartbeat
    leadership: Leadership

    def state(self) -> dict[str, Any]:
        """``{"ok": bool, …}``: whether jobs tick, what came is worked off, database and disk can be written."""
        tick, disk = self.heartbeat.age_seconds("survey"), disk_of(self.office.settings.home)
        try:
            with self.office.reading() as session:
                waiting = self._waiting_seconds(session)
        except SQLAlchemyError as error:
            log.warning("health.database", error=type(error).__name__)
            return {"ok": False, "database": "away", "disk": disk, "tick_age_seconds": round(tick, 1)}
        is_ok = tick < OLDEST_SECONDS and waiting < OLDEST_SECONDS and disk == "ok"
        ages = {"tick_age_seconds": round(tick, 1), "inbox_age_seconds": round(waiting, 1)}
        return {"ok": is_ok, "database": "ok", "disk": disk, **ages}

    def measures(self) -> Sequence[Measure]:
        """What there is to do, and how old the oldest of it is."""
        free = shutil.disk_usage(self.office.settings.home).free
        with self.office.reading() as session:
            tickets = _by(session, col(Ticket.state))
            asked = _by(session, col(Consultation.action))
            return (
                Measure("zhixun_healthy", "1 when /healthz is green", {"": float(self.state()["ok"])}),
                Measure("zhixun_leads", "1 when this process receives and ticks", {"": float(self.leadership.is_held)}),
                Measure(
                    "zhixun_tick_age_seconds", "Since jobs last ended well", {"": self.heartbeat.age_seconds("survey")}
                ),
                Measure(
                    "zhixun_inbox_age_seconds", "How long the oldest update waits", {"": self._waiting_seconds(session)}
                ),
                Measure("zhixun_inbox", "Updates by state", inbox.count_by_state(session), "state"),
                Measure("zhixun_outbox", "Messages to send by state", outbox.count_by_state(session), "state"),
                Measure("zhixun_tickets", "Tickets by state", tickets, "state"),
                Measure("zhixun_consultations", "Consultations by what was done", asked, "action"),
                Measure("zhixun_disk_free_bytes", "Free where the instance is", {"": float(free)}),
            )

    def _waiting_seconds(self, session: Session) -> float:
        oldest = inbox.oldest_waiting(session)
        return (self.office.desk.now() - oldest).total_seconds() if oldest else 0.0


def disk_of(home: Path) -> Disk:
    """Whether the instance folder can be written: tried, as a quota or a broken disk shows in no number."""
    if shutil.disk_usage(home).free < LEAST_FREE:
        return "full"
    probe = home / f"{PROBE}.{os.getpid()}"
    try:
        probe.write_bytes(bytes(4096))
    except OSError as error:
        return "full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "read_only"
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)
    return "ok"


def _by(session: Session, column: Any) -> dict[str, float]:  # noqa: ANN401  a column
    counted = select(column, func.count()).group_by(column)
    return {str(value): float(number) for value, number in session.connection().execute(counted)}
