"""Delivery sends every row once if it can be known, and knows what it cannot know."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import col

from bot.database import SessionMaker, sessions
from bot.delivery import DIRECT_AT_MOST, IN_FLIGHT, Delivery
from bot.leader import Leadership
from consultations import outbox
from consultations.messages import Address, Outbound, text_blocks
from handlers.channel import DeliveryError, Limits
from tests.bot.service import locked

Store = tuple[SessionMaker, SessionMaker]


class Channel:
    """A channel that fails as it is told and remembers what arrived."""

    name = "telegram"
    limits = Limits(4096)

    def __init__(self, fail: Callable[[Outbound], None] = lambda _message: None) -> None:
        self.arrived: list[str] = []
        self.together = self.most_together = 0
        self._fail = fail

    async def deliver(self, message: Outbound) -> str:
        self.together += 1
        self.most_together = max(self.most_together, self.together)
        try:
            await asyncio.sleep(0.002)
            self._fail(message)
        except DeliveryError as error:
            if error.maybe_sent and "arrived" in error.reason:
                self.arrived.append(message.plain_text)
            raise
        finally:
            self.together -= 1
        self.arrived.append(message.plain_text)
        return f"m{len(self.arrived)}"


class Clock:
    """Runs ahead, so that retries need no waiting."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def put(store: Store, text: str, chat: int = 7, **options: Any) -> Outbound:  # noqa: ANN401
    with store[0]() as session:
        message = Outbound(Address("telegram", str(chat)), text_blocks(text))
        return outbox.enqueue(session, message, now=datetime.now(UTC), **options)


def states(store: Store) -> dict[str, int]:
    with store[1]() as session:
        return outbox.count_by_state(session)


def run(
    store: Store,
    channel: Channel,
    scene: Callable[[Delivery], Coroutine[Any, Any, None]],
    now: Callable[[], datetime] | None = None,
    **options: Any,  # noqa: ANN401
) -> None:
    async def main() -> None:
        delivery = Delivery([channel], writing=store[0], now=now or (lambda: datetime.now(UTC)), **options)
        task = asyncio.create_task(delivery.run())
        async with asyncio.timeout(60):
            await scene(delivery)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await delivery.flush()

    asyncio.run(main())


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  the database has no events
        await asyncio.sleep(0.02)


def test_replies_leave_at_once_and_rows_when_they_are_due(store: Store) -> None:
    channel = Channel()
    put(store, "明天", due_at=datetime.now(UTC) + timedelta(days=1))
    put(store, "到期")
    reply = put(store, "答复", claimed_for_seconds=60)

    async def scene(delivery: Delivery) -> None:
        delivery.send_now([reply])
        await until(lambda: states(store) == {"sent": 2, "new": 1})
        put(store, "新的")
        delivery.wake()
        await until(lambda: states(store) == {"sent": 3, "new": 1})

    run(store, channel, scene)
    assert sorted(channel.arrived) == sorted(["到期", "答复", "新的"])


def test_the_messages_of_one_chat_keep_their_order(store: Store) -> None:
    channel = Channel()
    for number in range(40):
        put(store, f"{number % 2}:{number}", chat=number % 2)

    async def scene(_delivery: Delivery) -> None:
        await until(lambda: states(store) == {"sent": 40})

    run(store, channel, scene)
    for chat in "01":
        mine = [int(text.split(":")[1]) for text in channel.arrived if text.startswith(chat)]
        assert mine == sorted(mine)
    assert channel.most_together <= IN_FLIGHT


def test_every_row_ends_whatever_the_channel_does(store: Store) -> None:
    chance, clock = random.Random(4), Clock()

    def fail(_message: Outbound) -> None:
        error = chance.choice(
            [
                None,
                DeliveryError("blocked", permanent=True),
                DeliveryError("429", retry_after_seconds=1),
                DeliveryError("502"),
                DeliveryError("timeout, lost", maybe_sent=True),
                DeliveryError("timeout, arrived", maybe_sent=True),
            ]
        )
        if error is not None:
            raise error

    channel, unreachable = Channel(fail), list[Address]()
    for number in range(120):
        on_doubt = "hold" if number % 2 else "resend"
        put(store, f"{on_doubt}:{number}", chat=number, on_doubt=on_doubt)

    async def scene(delivery: Delivery) -> None:
        while {"new", "sending"} & states(store).keys():
            clock.ahead += timedelta(hours=1)
            for health in delivery._health.values():  # noqa: SLF001  the pause is in real seconds
                health.paused_until = 0.0
            delivery.wake()
            await asyncio.sleep(0.05)

    run(store, channel, scene, now=clock, on_permanent=unreachable.append)
    ended = states(store)
    assert set(ended) <= {"sent", "failed", "unsure"}
    assert sum(ended.values()) == 120
    blocked = select(func.count()).where(col(outbox.OutboxMessage.reason) == f"{outbox.UNREACHABLE}：blocked")
    with store[1]() as session:
        assert len(unreachable) == session.connection().execute(blocked).scalar_one() > 0
    doubled = [text for text, times in Counter(channel.arrived).items() if times > 1]
    assert not [text for text in doubled if text.startswith("hold")], "a row in doubt was sent again"


def test_a_channel_that_is_down_is_left_alone(store: Store) -> None:
    tries = 0

    def fail(_message: Outbound) -> None:
        nonlocal tries
        tries += 1
        reason = "connection refused"
        raise DeliveryError(reason)

    for number in range(100):
        put(store, str(number), chat=number)

    async def scene(_delivery: Delivery) -> None:
        await asyncio.sleep(1.5)

    run(store, Channel(fail), scene)
    assert tries <= 2 * IN_FLIGHT
    assert states(store) == {"new": 100}


def test_a_stop_in_good_order_leaves_nothing_in_doubt(store: Store) -> None:
    channel = Channel()
    for number in range(200):
        put(store, str(number), chat=number, on_doubt="hold", priority=9)

    async def scene(_delivery: Delivery) -> None:
        await until(lambda: len(channel.arrived) > 20)

    run(store, channel, scene)
    assert states(store) == {"sent": len(channel.arrived), "new": 200 - len(channel.arrived)}


def test_a_fresh_start_sends_what_its_predecessor_held(store: Store) -> None:
    put(store, "答复", claimed_for_seconds=600)
    put(store, "推送", claimed_for_seconds=600, on_doubt="hold")
    channel = Channel()

    async def scene(delivery: Delivery) -> None:
        await delivery.recovered()
        await until(lambda: states(store) == {"sent": 1, "unsure": 1})

    run(store, channel, scene, alone_on=("telegram",))
    assert channel.arrived == ["答复"]


def test_too_many_replies_wait_in_the_outbox_instead_of_memory(store: Store) -> None:
    channel = Channel()
    replies = [put(store, str(number), chat=number, claimed_for_seconds=60) for number in range(DIRECT_AT_MOST + 50)]

    async def scene(delivery: Delivery) -> None:
        delivery.send_now(replies)
        await until(lambda: states(store) == {"sent": len(replies)})

    run(store, channel, scene)
    assert len(set(channel.arrived)) == len(channel.arrived) == len(replies)


def test_nothing_more_is_sent_while_marks_cannot_be_written(sqlite_engine: Engine) -> None:
    store = sessions(sqlite_engine)
    replies = [put(store, str(number), chat=number, claimed_for_seconds=60) for number in range(50)]
    channel = Channel()

    async def scene(delivery: Delivery) -> None:
        await delivery.recovered()
        with locked(sqlite_engine):
            delivery.send_now(replies)
            await asyncio.sleep(0.5)
            assert len(channel.arrived) <= IN_FLIGHT
        await until(lambda: states(store) == {"sent": 50})

    run(store, channel, scene)
    assert len(channel.arrived) == 50


def test_only_one_of_two_leads_and_the_other_follows(engine: Engine) -> None:
    async def main() -> None:
        first, second = Leadership(engine), Leadership(engine)
        leading = asyncio.create_task(first.run())
        await asyncio.wait_for(first.lead(), 10)
        following = asyncio.create_task(second.run())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(second.lead(), 2.5)
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)
        assert not first.is_held
        await asyncio.wait_for(second.lead(), 10)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    asyncio.run(main())
