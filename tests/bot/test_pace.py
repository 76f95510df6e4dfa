"""The pacer: the agreed speed, the urgent first, one slow chat stops nobody else."""

from __future__ import annotations

import asyncio
import time

from bot.pace import Pacer, Rate


def pacer(per_second: float = 200, private: float = 1000) -> Pacer:
    return Pacer(per_second, Rate(private, 3), Rate(20 / 60, 20))


def test_many_chats_share_the_pace_of_the_bot() -> None:
    async def run() -> float:
        made, started = pacer(), time.monotonic()
        await asyncio.gather(*(made.turn(str(chat), 9) for chat in range(1, 101)))
        return time.monotonic() - started

    assert 0.39 <= asyncio.run(run()) < 0.8  # 100 at 200 a second; up to 0.1 s may be caught up


def test_a_reply_goes_before_the_broadcast() -> None:
    async def run() -> list[str]:
        made, order = pacer(50), list[str]()

        async def send(chat: str, priority: int) -> None:
            await made.turn(chat, priority)
            order.append(chat)

        mass = [asyncio.create_task(send(str(chat), 9)) for chat in range(1, 20)]
        await asyncio.sleep(0.05)
        reply = asyncio.create_task(send("reply", 0))
        await asyncio.gather(reply, *mass)
        return order

    assert asyncio.run(run()).index("reply") < 12  # those before it had their turn already


def test_one_chat_is_limited_and_the_others_go_on() -> None:
    async def run() -> tuple[float, float]:
        made, started = pacer(private=5), time.monotonic()
        busy = [asyncio.create_task(made.turn("1", 0)) for _ in range(5)]
        await made.turn("2", 9)
        other = time.monotonic() - started
        await asyncio.gather(*busy)
        return other, time.monotonic() - started

    other, busy = asyncio.run(run())
    assert other < 0.2
    assert busy >= 0.39  # three at once, two more at 5 a second


def test_a_held_chat_waits_as_long_as_it_was_told() -> None:
    async def run() -> float:
        made = pacer()
        made.hold("1", 0.3)
        assert 0.2 < made.wait_seconds("1") <= 0.3
        assert made.wait_seconds("2") == 0
        started = time.monotonic()
        await made.turn("1", 0)
        return time.monotonic() - started

    assert asyncio.run(run()) >= 0.29


def test_a_cancelled_wait_leaves_no_gap() -> None:
    async def run() -> None:
        made = pacer()
        made.hold("1", 30)
        waiting = asyncio.create_task(made.turn("1", 0))
        await asyncio.sleep(0.02)
        waiting.cancel()
        await asyncio.wait_for(made.turn("2", 9), 1)

    asyncio.run(run())
