"""How fast one bot may speak: so many messages a second in all, so many for each chat, the most urgent first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from dataclasses import dataclass

from bot.waiting import wait

FORGET_CHATS_ABOVE = 20_000


@dataclass(frozen=True)
class Rate:
    """`per_second` in the long run, up to `burst` at once."""

    per_second: float
    burst: float


@dataclass
class _Bucket:
    rate: Rate
    tokens: float
    at: float

    def ready_in(self, now: float) -> float:
        self.tokens = min(self.rate.burst, self.tokens + max(0.0, now - self.at) * self.rate.per_second)
        self.at = max(self.at, now)
        missing = max(0.0, 1 - self.tokens) / self.rate.per_second
        return missing if missing > 1e-9 else 0.0  # rounding must not make a full token wait

    def take(self) -> None:
        self.tokens -= 1


class Pacer:
    """Gives out turns to speak. A plain pace for the whole bot (no burst) stays clear of Telegram's 429, which costs
    more than it gains; chats have small bursts, so that an answer in two parts arrives together.
    """

    def __init__(self, per_second: float, private: Rate, group: Rate) -> None:
        self._interval = 1 / per_second
        self._private, self._group = private, group
        self._next_turn = 0.0
        self._buckets: dict[str, _Bucket] = {}
        self._held: dict[str, float] = {}
        self._waiters: list[tuple[int, int, str, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._pump: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def turn(self, chat: str, priority: int) -> None:
        """Return when it is this message's turn; the lowest `priority` number goes first."""
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiters, (priority, next(self._order), chat, granted))
        self._news.set()
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._grant())
        await granted

    def wait_seconds(self, chat: str) -> float:
        """How long this chat must be left alone, apart from the pace of the whole bot."""
        now = asyncio.get_running_loop().time()
        held = self._held.get(chat, 0.0) - now
        if held <= 0:
            self._held.pop(chat, None)
        return max(0.0, held, self._bucket(chat, now).ready_in(now))

    def hold(self, chat: str, seconds: float) -> None:
        """The channel asked to leave this chat alone."""
        self._held[chat] = asyncio.get_running_loop().time() + seconds

    async def _grant(self) -> None:
        """Serve the waiters, one interval apart, until nobody waits."""
        loop = asyncio.get_running_loop()
        while self._waiters:
            self._news.clear()
            pause = self._next_turn - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            chosen = self._choose()
            if isinstance(chosen, float):
                await wait(self._news, chosen)
                continue
            # Keep the beat when a wake-up came late, but never save up more than a tenth of a second.
            self._next_turn = max(self._next_turn, loop.time() - 0.1) + self._interval
            chosen.set_result(None)
            await asyncio.sleep(0)

    def _choose(self) -> asyncio.Future[None] | float:
        """The most urgent waiter whose chat is ready, or the seconds until one may be."""
        soonest = 60.0
        for waiter in sorted(self._waiters):
            _, _, chat, granted = waiter
            if granted.done():  # cancelled meanwhile
                self._forget(waiter)
                continue
            pause = self.wait_seconds(chat)
            if pause <= 0:
                self._forget(waiter)
                self._buckets[chat].take()
                return granted
            soonest = min(soonest, pause)
        return soonest

    def _forget(self, waiter: tuple[int, int, str, asyncio.Future[None]]) -> None:
        self._waiters.remove(waiter)
        heapq.heapify(self._waiters)

    def _bucket(self, chat: str, now: float) -> _Bucket:
        if len(self._buckets) > FORGET_CHATS_ABOVE:
            busy = {
                key: each
                for key, each in self._buckets.items()
                if each.ready_in(now) > 0 or each.tokens < each.rate.burst
            }
            self._buckets = busy if len(busy) <= FORGET_CHATS_ABOVE // 2 else {}
        if chat not in self._buckets:
            rate = self._group if chat.startswith("-") else self._private  # Telegram's group ids are negative
            self._buckets[chat] = _Bucket(rate, rate.burst, now)
        return self._buckets[chat]
