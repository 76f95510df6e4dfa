"""kill -9 during a broadcast two processes send: each person once, or listed as in doubt; a pause holds for both."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import select

from bot.database import SessionMaker, sessions
from consultations import broadcast_rows, broadcasts, contacts, outbox
from consultations.broadcasts import Content
from consultations.messages import Address, Outbound, text_blocks
from consultations.outbox import OutboxMessage
from consultations.tickets import Staff
from handlers import write_broadcast

N_PEOPLE = 600
IN_FLIGHT = 16  # bot/delivery.py
ROOT = Path(__file__).resolve().parents[2]
WRITER, APPROVER = Staff("s:1", "示例甲"), Staff("s:2", "示例乙")


def test_two_senders_killed_and_a_pause_from_a_third(sqlite_engine: Engine, tmp_path: Path) -> None:
    writing, reading = sessions(sqlite_engine)
    arrived = tmp_path / "arrived.txt"
    arrived.touch()
    number = approved(writing)

    def n_arrived() -> int:
        return len(arrived.read_text().split())

    with sender(tmp_path, arrived) as first, sender(tmp_path, arrived) as second:
        wait(lambda: n_arrived() > 50)
        first.kill()
        with writing() as session:
            write_broadcast.pause(session, write_broadcast.found(session, number), WRITER, datetime.now(UTC))
        at_pause = n_arrived()
        time.sleep(2)
        assert n_arrived() <= at_pause + 2 * IN_FLIGHT
        with writing() as session:
            write_broadcast.resume(session, write_broadcast.found(session, number), WRITER, datetime.now(UTC))
        wait(lambda: n_arrived() > 300)
        second.kill()
    with sender(tmp_path, arrived):
        wait(lambda: not waiting(reading, number))
    with writing() as session:
        outbox.recover(session, datetime.now(UTC) + timedelta(minutes=2))  # the leases of the dead are over
        held = select(OutboxMessage.chat_id).where(OutboxMessage.state == "unsure")
        unsure = set(session.exec(held.where(OutboxMessage.broadcast_id == number)))
        counted = broadcast_rows.counts(session, number)
    times = Counter(arrived.read_text().split())
    assert set(times.values()) == {1}, "somebody was written to twice"
    everybody = {f"p{each}" for each in range(N_PEOPLE)}
    assert everybody - times.keys() <= unsure, "somebody was silently left out"
    assert len(unsure) <= 2 * 2 * IN_FLIGHT
    assert counted["sent"] + counted["unsure"] == N_PEOPLE


def approved(writing: SessionMaker) -> int:
    now = datetime.now(UTC)
    with writing() as session:
        made = broadcasts.draft(session, Content("示例"), WRITER, now)
        broadcasts.submit(session, made, WRITER, now)
        broadcasts.approve(session, made, 1, APPROVER, now)
        broadcasts.begin_sending(session, made, APPROVER, now)
        addresses = [Address("crowd", f"p{each}") for each in range(N_PEOPLE)]
        for each in addresses:
            contacts.agree(contacts.meet(session, each, "", now), "1", now)
        pairs = [(Outbound(each, text_blocks("示例"), kind="broadcast"), f"broadcast:{each}") for each in addresses]
        outbox.enqueue_many(session, pairs, now=now, broadcast_id=made.key)
        return made.key


def waiting(reading: SessionMaker, number: int) -> bool:
    """Whether rows wait that nobody holds a lease of."""
    with reading() as session:
        return broadcast_rows.counts(session, number)["new"] > 0


@contextmanager
def sender(folder: Path, arrived: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.bot.sender", str(folder / "zhixun.sqlite3"), str(arrived)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait(holds: Callable[[], bool], seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
