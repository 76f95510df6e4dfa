"""The real sending loop (`bot/delivery.py`) of one simulated office, in a thread of its own, against channels that are
ours: people who blocked the bot, a channel that asks to wait, a connection that breaks off before or after the arrival.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from random import Random

import structlog
from sqlmodel import col, func, select

from bot.database import SessionMaker
from bot.delivery import Delivery
from consultations import contacts
from consultations.messages import Address, Outbound
from consultations.outbox import OutboxMessage
from handlers.channel import DeliveryError, Limits

CHANNELS = ("telegram", "web", "staff")
TROUBLE = {"": 0.985, "wait": 0.005, "before": 0.005, "after": 0.005}  # of one message on its way
BLOCKED = DeliveryError("对方停用了聊天渠道", permanent=True)
WAIT = DeliveryError("请稍候", retry_after_seconds=20)
BROKEN_OFF = DeliveryError("连接中断", maybe_sent=True)
LOOKS_EVERY_SECONDS = 0.002


class Chat:
    """A channel; `arrives` is told of each message that does, and whether its sender will know."""

    limits = Limits(4096, polls=True, threads=True)

    def __init__(
        self, name: str, arrives: Callable[[Outbound, bool], None], unreachable: Callable[[], Collection[Address]]
    ) -> None:
        """The channel of that name; `unreachable` are who blocked it."""
        self.name, self._arrives, self._unreachable = name, arrives, unreachable
        self._chance = Random()  # what befalls a process that is killed at random can't be repeated anyway

    async def deliver(self, message: Outbound) -> str:
        """As a channel does; raises `DeliveryError` like one."""
        trouble = self._chance.choices(list(TROUBLE), list(TROUBLE.values()))[0]
        if message.address in self._unreachable():
            raise BLOCKED
        if trouble == "wait":
            raise WAIT
        if trouble != "before":
            self._arrives(message, trouble == "")
        if trouble:
            raise BROKEN_OFF
        return "x"


class _Sender(Delivery):
    @property
    def is_idle(self) -> bool:
        """Whether it holds nothing and is not about to claim anything; asked in its loop."""
        is_between = self._current is None or self._current.done()
        return is_between and not (self._chats or self._sent or self._marks)


class Sending:
    """Rests between commands: `settle` lets it work until nothing is due, so that what leaves belongs to a command."""

    def __init__(
        self,
        channels: Iterable[Chat],
        *,
        writing: SessionMaker,
        reading: SessionMaker,
        now: Callable[[], datetime],
        is_alone: bool,
    ) -> None:
        """Begun and at rest; `is_alone`: what another process held when it died is free at once."""
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self._writing, self._reading, self._now = writing, reading, now
        self._loop, self._is_fed = asyncio.new_event_loop(), True  # what a dead predecessor held is freed first
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._begin(list(channels), is_alone=is_alone), self._loop).result()

    def send_now(self, replies: Iterable[Outbound]) -> None:
        """The replies of a turn, from any thread."""
        self._is_fed = True
        self._loop.call_soon_threadsafe(self._sender.send_now, tuple(replies))

    def settle(self) -> None:
        """Return when everything due has left."""
        if not (self._is_fed or self._is_anything_due()):
            return
        self._is_fed = False
        asyncio.run_coroutine_threadsafe(self._settle(), self._loop).result()

    async def _begin(self, channels: list[Chat], *, is_alone: bool) -> None:
        self._may_work = asyncio.Event()
        self._sender = _Sender(
            channels,
            writing=self._writing,
            now=self._now,
            on_permanent=self._mark_blocked,
            lead=self._lead,
            alone_on=CHANNELS if is_alone else (),
        )
        self._running = asyncio.create_task(self._sender.run())

    async def _lead(self) -> None:
        await self._may_work.wait()

    def _mark_blocked(self, address: Address) -> None:
        with self._writing() as session:
            contacts.mark_blocked(session, address)

    async def _settle(self) -> None:
        self._may_work.set()
        self._sender.wake()
        await self._sender.recovered()
        while not self._sender.is_idle or self._is_anything_due():
            if self._running.done():
                self._running.result()
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
        self._may_work.clear()

    def _is_anything_due(self) -> bool:
        waiting = select(func.count()).where(OutboxMessage.state == "new", col(OutboxMessage.due_at) <= self._now())
        with self._reading() as session:
            return session.exec(waiting).one() > 0
