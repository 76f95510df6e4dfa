"""A burst of updates, retrieval off: how many a second, how far memory grows, whether each contact's stay in order.

    python -m benchmarks.burst [--updates 10000] [--people 300] [--questions] [--url postgresql://…]

The product's own inbox, turns, outbox and delivery; the channel takes every message at once. Every update is a command,
or with ``--questions`` a question that the answering path answers at once, so that it is archived with its answer.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import SQLModel, col, select

import bot.tables  # noqa: F401  every table
from benchmarks.service import table
from benchmarks.simulation.office import Parrot
from bot import inbox
from bot.application import utc_now
from bot.channels.telegram import TURNS_AT_ONCE, WORKERS
from bot.database import open_engine, sessions
from bot.delivery import Delivery
from consultations.messages import Address, Inbound, Outbound
from consultations.received import ReceivedMessage
from handlers.channel import Limits
from handlers.desk import Desk, OfficeSettings
from handlers.turn import take_turn

CHANNEL = "telegram"
FETCHED = 100  # updates at most in one getUpdates


@dataclass
class Sink:
    """A channel that takes everything at once and remembers in which order each chat got it."""

    name: str = CHANNEL
    limits: Limits = field(default_factory=lambda: Limits(4096))
    expected: int = 0
    got: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    has_all: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, message: Outbound) -> str:
        """Keep which row it was."""
        chat_id = message.address.chat_id
        self.got[chat_id].append(message.outbox_id or 0)
        self.expected -= 1
        if not self.expected:
            self.has_all.set()
        return f"{chat_id}/{len(self.got[chat_id])}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--updates", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--questions", action="store_true")
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhixun-burst-") as folder:
        url = given.url or f"sqlite:///{Path(folder) / 'zhixun.sqlite3'}"
        text = "答：示例问题 {n}" if given.questions else "/help {n}"
        return asyncio.run(burst(url, given.updates, given.people, text))


async def burst(url: str, n_updates: int, n_people: int, text: str) -> int:
    """Store them all as fast as they come, work them off, look at what came out."""
    engine = open_engine(url)
    SQLModel.metadata.create_all(engine)
    writing, reading = sessions(engine)
    settings = OfficeSettings(messages_per_minute=10**6)
    desk = Desk(writing, reading, Parrot(), utc_now, settings)
    sink = Sink(expected=n_updates)
    delivery = Delivery([sink], writing=writing, now=utc_now)
    turns = ThreadPoolExecutor(TURNS_AT_ONCE)

    async def handle(update: inbox.Update) -> None:
        inbound = Inbound(
            Address(CHANNEL, update.chat_key), update.update_id, update.chat_key, update.received_at, text=update.raw
        )
        taken = await asyncio.get_running_loop().run_in_executor(turns, take_turn, inbound, desk)
        delivery.send_now(taken.replies)
        delivery.wake()

    workers = inbox.InboxWorkers(CHANNEL, handle, writing=writing, reading=reading, workers=WORKERS)
    jobs = [asyncio.create_task(workers.run()), asyncio.create_task(delivery.run())]
    before, started, busy = _peak(), time.monotonic(), time.process_time()
    for first in range(0, n_updates, FETCHED):
        made = [_update(n, n_people, text) for n in range(first, min(first + FETCHED, n_updates))]
        with writing() as session:
            inbox.store(session, CHANNEL, made)
        workers.wake()
        await asyncio.sleep(0)
    stored = time.monotonic() - started
    await sink.has_all.wait()
    seconds, grown = time.monotonic() - started, _peak() - before
    busy = time.process_time() - busy
    for each in jobs:
        each.cancel()
    await delivery.flush()
    with reading() as session:
        columns = select(ReceivedMessage.contact_id, ReceivedMessage.message_id)
        letters = session.exec(columns.order_by(col(ReceivedMessage.id))).all()
    order: dict[int | None, list[int]] = defaultdict(list)
    for contact_id, message_id in letters:
        order[contact_id].append(int(message_id))
    out_of_order = sum(each != sorted(each) for each in [*order.values(), *sink.got.values()])
    got = sum(len(each) for each in sink.got.values())
    engine.dispose()
    table(
        f"{n_updates} updates of {n_people} people at once, {engine.dialect.name}",
        {
            "archived, replies that arrived": f"{len(letters)}, {got}",
            "contacts whose messages or replies are out of order": out_of_order,
            "stored after": f"{stored:.1f} s",
            "all answered after": f"{seconds:.1f} s, {n_updates / seconds:.0f}/s",
            "processor time an update": f"{busy / n_updates * 1000:.1f} ms",
            "memory grown at most": f"{grown / 1024:.0f} MB",
        },
    )
    return 0 if len(letters) == got == n_updates and not out_of_order and grown < 100 * 1024 else 1


def _update(n: int, n_people: int, text: str) -> inbox.Update:
    return inbox.Update(str(n), str(n * 7919 % n_people), text.format(n=n), utc_now())


def _peak() -> int:
    """The most memory this process ever held, in KB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
