"""A running Telegram channel over the fake Bot API, in a thread of this process; real inbox, delivery and library."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import uvicorn
from sqlalchemy import Engine, event
from starlette.applications import Starlette

from bot.channels.telegram import Telegram, open_telegram
from bot.channels.telegram_sending import TelegramSettings
from bot.database import sessions
from bot.delivery import DOOR_LEASE_SECONDS, Delivery
from bot.leader import Leadership
from consultations import outbox
from consultations.messages import Address, Inbound, Outbound, text_blocks
from tests.fakes.telegram import TOKEN, FakeTelegram

ROOM = -1001
SECRET = "s3cret-s3cret-s3cret"


@dataclass(frozen=True)
class Taken:
    replies: tuple[Outbound, ...] = ()
    repeated: bool = False
    at_work: tuple[Address, ...] = ()


@dataclass
class Echo:
    """The smallest core: answers every message once, with what it was told; keeps what it saw."""

    engine: Engine
    seen: list[Inbound] = field(default_factory=list)
    at_work: tuple[Address, ...] = ()
    answer: Callable[[Inbound], Outbound | None] = lambda inbound: Outbound(
        inbound.address, text_blocks(f"收到：{inbound.text or inbound.action}")
    )

    def __call__(self, inbound: Inbound) -> Taken:
        if any(each.message_id == inbound.message_id for each in self.seen):
            return Taken(repeated=True)
        reply = self.answer(inbound)
        made: tuple[Outbound, ...] = ()
        with sessions(self.engine)[0]() as session:
            if reply is not None:
                made = (outbox.enqueue(session, reply, now=datetime.now(UTC), claimed_for_seconds=DOOR_LEASE_SECONDS),)
        self.seen.append(inbound)
        return Taken(made, at_work=self.at_work)


class Running:
    """The channel at work; `with running(...)` starts and stops it."""

    def __init__(
        self,
        engine: Engine,
        fake: FakeTelegram,
        take: Callable[[Inbound], Any],
        settings: TelegramSettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.now = now
        self.engine, self.fake, self.take, self.settings = engine, fake, take, settings
        self.writing, self.reading = sessions(engine)
        self.unreachable: list[Address] = []
        self.delivery: Delivery
        self.telegram: Telegram
        self.webhook_port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._main(),))

    def enqueue(self, message: Outbound, **options: Any) -> int:  # noqa: ANN401
        with self.writing() as session:
            made = outbox.enqueue(session, message, now=self.now(), **options)
        self.delivery.wake()
        assert made.outbox_id is not None
        return made.outbox_id

    def state_of(self, row: int) -> tuple[str, str]:
        with self.reading() as session:
            found = session.get_one(outbox.OutboxMessage, row)
            return found.state, found.reason

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(20)
        assert not self._thread.is_alive()
        self._loop.close()

    async def _main(self) -> None:
        self._stopping = asyncio.Event()
        now = self.now
        listener = socket.create_server(("127.0.0.1", 0))
        self.webhook_port = listener.getsockname()[1]
        address = f"http://127.0.0.1:{self.webhook_port}/hook"
        settings = replace(self.settings, webhook_url=address)
        self.telegram = open_telegram(settings, writing=self.writing, reading=self.reading, now=now)
        leadership = Leadership(self.engine)
        self.delivery = Delivery(
            [self.telegram],
            writing=self.writing,
            now=now,
            on_permanent=self.unreachable.append,
            lead=leadership.lead,
            alone_on=("telegram",),
        )
        app = Starlette(routes=[self.telegram.webhook.route("/hook")])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        doors: list[Awaitable[Any]] = [
            leadership.run(),
            self.delivery.run(),
            self.telegram.run(self.take, self.delivery, leadership.lead),
            server.serve([listener]),
        ]
        tasks = [asyncio.ensure_future(each) for each in doors]
        stopping = asyncio.ensure_future(self._stopping.wait())
        self._ready.set()
        await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        for task in tasks[:3]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await self.delivery.flush()
        await self.telegram.close()
        failed = [each for each in results if isinstance(each, Exception)]
        assert not failed, failed


@contextlib.contextmanager
def running(
    engine: Engine,
    fake: FakeTelegram,
    take: Callable[[Inbound], Any],
    mode: Literal["polling", "webhook"] = "polling",
) -> Iterator[Running]:
    service = Running(engine, fake, take, settings_for(fake, mode=mode))
    service.start()
    try:
        yield service
    finally:
        service.stop()


def settings_for(fake: FakeTelegram, mode: Literal["polling", "webhook"] = "polling") -> TelegramSettings:
    return TelegramSettings(token=TOKEN, base_url=fake.url, webhook_secret=SECRET, staff_chat_id=str(ROOM), mode=mode)


@contextlib.contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Another process holds the write lock of the SQLite database; ours gives up waiting at once."""

    def impatient(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA busy_timeout=100")

    event.listen(engine, "checkout", impatient)
    other = sqlite3.connect(engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()
        event.remove(engine, "checkout", impatient)


@contextlib.contextmanager
def full(engine: Engine) -> Iterator[None]:
    """The disk is full: the SQLite database may not grow by one page."""

    def limit(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # means: the present size

    def lift(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA max_page_count=1000000")

    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(engine, "checkout", limit)
        event.listen(engine, "checkout", lift)
