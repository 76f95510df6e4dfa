"""Measures the tick over timers of tickets: what looking costs when nothing and when something is due.

    python -m benchmarks.due_rows [--rows 200000] [--url postgresql://…]

Half of the rows wait for later, half were done or cancelled: the table of an outlet after some years.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert, text
from sqlmodel import SQLModel

import bot.tables  # noqa: F401  every table
from bot.database import SessionMaker, open_engine, sessions
from consultations import timers
from consultations.contacts import Contact
from consultations.tickets import Ticket
from consultations.timers import TicketTimer

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
BATCH = 20_000
TICKS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--url", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(arguments.url or f"sqlite:///{Path(folder) / 'due.sqlite3'}")
        SQLModel.metadata.create_all(engine)
        fill(engine, arguments.rows)
        report(engine, arguments.rows)
        engine.dispose()


def fill(engine: Engine, n_rows: int) -> None:
    n_tickets = n_rows // 4
    states = ("waiting", "waiting", "done", "cancelled")
    kinds = ("half", "soon", "over", "silent")
    with engine.begin() as connection:
        contact = Contact(id=1, channel="core", chat_id="a", first_seen_at=NOW).model_dump()
        connection.execute(insert(Contact).values(contact))
        for first in range(0, n_tickets, BATCH):
            numbers = range(first + 1, min(first + BATCH, n_tickets) + 1)
            rows = [
                Ticket(
                    id=n,
                    number=f"GD-{n}",
                    contact_id=1,
                    question="",
                    reason="asked",
                    state="closed",
                    created_at=NOW,
                    due_at=NOW,
                ).model_dump()
                for n in numbers
            ]
            connection.execute(insert(Ticket), rows)
            waits = [
                {
                    "ticket_id": n,
                    "kind": kinds[k],
                    "seq": 1,
                    "state": states[(n + k) % 4],
                    "due_at": NOW + timedelta(minutes=(n + k) % 50_000 + 1),
                    "done_at": None,
                }
                for n in numbers
                for k in range(4)
            ]
            connection.execute(insert(TicketTimer), waits)
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT setval('ticket_timer_id_seq', (SELECT max(id) FROM ticket_timer))"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def report(engine: Engine, n_rows: int) -> None:
    writing, reading = sessions(engine)
    print(f"{engine.dialect.name}, {n_rows} rows")
    measured("tick, nothing due", lambda: look(reading, NOW))
    measured("tick, 200 due, looking", lambda: look(reading, NOW + timedelta(days=1)))
    ids = look(reading, NOW + timedelta(days=1))
    measured("taking one ticket's rows", lambda: take(writing, ids.pop() if ids else 1), times=min(len(ids), 150))
    measured("planning one row", lambda: plan(writing, 1), times=100)


def look(reading: SessionMaker, now: datetime) -> list[int]:
    with reading() as session:
        return list(timers.tickets_due(session, now))


def take(writing: SessionMaker, ticket_id: int) -> None:
    with writing() as session:
        timers.take_due(session, ticket_id, NOW + timedelta(days=1))


def plan(writing: SessionMaker, ticket_id: int) -> None:
    with writing() as session:
        timers.plan(session, ticket_id, "silent", NOW + timedelta(days=9))


def measured(what: str, run: Callable[[], object], times: int = TICKS) -> None:
    took, busy = [], []
    for _ in range(times):
        started, computing = time.perf_counter(), time.process_time()
        run()
        took.append((time.perf_counter() - started) * 1000)
        busy.append((time.process_time() - computing) * 1000)
    for name, values in (("", took), ("  of it computing", busy)):
        p95 = statistics.quantiles(values, n=20)[18]
        print(f"{name or what:28} p50 {statistics.median(values):6.2f} ms   p95 {p95:6.2f} ms")


if __name__ == "__main__":
    main()
