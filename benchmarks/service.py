"""The real service as a process over the fake Bot API, for the reliability benchmarks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import Session, col

from bot.application import utc_now
from bot.database import open_engine, sessions
from bot.inbox import InboxUpdate
from bot.migrate import upgrade
from consultations import broadcasts, contacts, outbox
from consultations.broadcasts import Content
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.tickets import Staff
from tests.fakes.telegram import ROOT, TOKEN, FakeTelegram

CONFIG = """
[telegram]
token = "{token}"
base_url = "{url}"
[web]
enabled = false
[conversation]
messages_per_minute = 600
quiet_hours = ["00:00", "00:01"]
"""


class Service:
    """One instance in a temporary folder. `start`, `kill` as often as you like; the fake goes on."""

    def __init__(self) -> None:
        self.fake = FakeTelegram()
        self._folder = tempfile.TemporaryDirectory(prefix="zhixun-benchmark-")
        self.home = Path(self._folder.name)
        (self.home / "config.toml").write_text(CONFIG.format(token=TOKEN, url=self.fake.url), encoding="utf-8")
        self.engine = open_engine(f"sqlite:///{self.home / 'zhixun.sqlite3'}")
        upgrade(self.engine, self.home / "backups", utc_now())
        self.writing, self.reading = sessions(self.engine)
        self._process: subprocess.Popen[bytes] | None = None
        self._log = (self.home / "service.log").open("ab")

    def start(self) -> None:
        """Start the process and return when it fetches updates."""
        fetched = self._fetches()
        command = [sys.executable, "-m", "bot", "--home", str(self.home), "run"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=self._log, stderr=self._log, env={**os.environ, "ZHIXUN_HOME": str(self.home)}
        )
        self.wait(lambda: self._fetches() > fetched, 600)

    def kill(self) -> None:
        """End it at once (``kill -9``), as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End everything; the log's last lines go to stderr when the process had died by itself."""
        assert self._process is not None
        if self._process.poll() is not None:
            sys.stderr.write((self.home / "service.log").read_text(encoding="utf-8")[-3000:])
        else:
            self._process.terminate()
            self._process.wait(20)
        self.fake.stop()
        self._log.close()
        self.engine.dispose()
        self._folder.cleanup()

    def wait(self, holds: Callable[[], bool], seconds: float) -> None:
        """Return as soon as it holds; an error after that many seconds."""
        until = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > until:
                sys.stderr.write((self.home / "service.log").read_text(encoding="utf-8")[-3000:])
                message = f"not after {seconds} s; outbox {self.rows()}, inbox {self.unread()} unread"
                raise TimeoutError(message)
            time.sleep(0.2)

    def rows(self, broadcast_id: int | None = None) -> dict[str, int]:
        """Outbox rows by state."""
        with self.reading() as session:
            return outbox.count_by_state(session, broadcast_id)

    def unread(self) -> int:
        """Updates nobody has handled yet."""
        with self.reading() as session:
            return _count(session, select(func.count()).where(col(InboxUpdate.state) == "new"))

    def is_done(self) -> bool:
        """Whether everything that came was handled and everything due was sent or given up."""
        if self.unread() or self.fake.state["waiting"]:
            return False
        with self.reading() as session:
            if broadcasts.in_states(session, "approved", "sending"):
                return False
        due = (col(OutboxMessage.due_at) <= datetime.now(UTC), col(OutboxMessage.state).in_(["new", "sending"]))
        with self.reading() as session:
            return _count(session, select(func.count()).where(*due)) == 0

    def broadcast(self, recipients: int) -> None:
        """A broadcast to so many people that was approved: the service begins it by itself."""
        now = utc_now()
        with self.writing() as session:
            for number in range(10_000, 10_000 + recipients):
                contacts.agree(contacts.meet(session, Address("telegram", str(number)), "", now), "1", now)
            made = broadcasts.draft(session, Content("示例：政策更新"), Staff("writer", "示例甲"), now)
            broadcasts.submit(session, made, Staff("writer", "示例甲"), now)
            broadcasts.approve(session, made, made.edition, Staff("approver", "示例乙"), now)

    def _fetches(self) -> int:
        return int(self.fake.state["calls"].get("getUpdates", 0))


def _count(session: Session, statement: object) -> int:
    return int(session.connection().execute(statement).scalar_one())  # type: ignore[call-overload]


def table(title: str, rows: dict[str, object]) -> None:
    """Print one table."""
    print(title)
    width = max(len(name) for name in rows)
    for name, value in rows.items():
        print(f"  {name:<{width}}  {value}")
