"""The inbox keeps every update once, in order, until it is handled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from bot import inbox
from bot.database import SessionMaker
from bot.inbox import InboxUpdate, InboxWorkers, Update

Store = tuple[SessionMaker, SessionMaker]
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def arrived(number: int, chat: str = "7", raw: object = None) -> Update:
    return Update(str(number), chat, {"n": number} if raw is None else raw, NOW)


def keep(store: Store, *updates: Update) -> None:
    with store[0]() as session:
        inbox.store(session, "telegram", updates)


def waiting(store: Store) -> list[Update]:
    with store[1]() as session:
        return inbox.pending(session, "telegram", limit=100)


def counts(store: Store) -> dict[str, int]:
    with store[1]() as session:
        return inbox.count_by_state(session)


async def work(store: Store, handle: object, until: object) -> None:
    workers = InboxWorkers("telegram", handle, writing=store[0], reading=store[1])  # type: ignore[arg-type]
    task = asyncio.create_task(workers.run())
    async with asyncio.timeout(30):
        while not until():  # type: ignore[operator]
            workers.wake()
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_repeated_update_is_kept_once_and_json_survives(store: Store) -> None:
    odd = {"text": "\x00\ud800 专利"}
    keep(store, arrived(1, raw=odd), arrived(2))
    keep(store, arrived(2), arrived(1), arrived(3))
    assert [each.update_id for each in waiting(store)] == ["1", "2", "3"]
    assert waiting(store)[0].raw == odd


def test_done_updates_say_nothing_any_more_and_are_pruned(store: Store) -> None:
    keep(store, arrived(1), arrived(2))
    with store[0]() as session:
        inbox.done(session, [waiting(store)[0].row_id])
    with store[1]() as session:
        assert session.get_one(InboxUpdate, 1).raw == ""
        assert inbox.oldest_waiting(session) == NOW
    with store[0]() as session:
        assert inbox.prune(session, NOW + timedelta(days=1)) == 1
    assert counts(store) == {"new": 1}


def test_chats_run_in_parallel_and_each_in_order(store: Store) -> None:
    keep(store, *(arrived(number, chat=str(number % 3)) for number in range(30)))
    handled: list[Update] = []
    together = most = 0

    async def handle(update: Update) -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(0.005)
        handled.append(update)
        together -= 1

    asyncio.run(work(store, handle, lambda: counts(store).get("done") == 30))
    for chat in "012":
        numbers = [int(each.update_id) for each in handled if each.chat_key == chat]
        assert numbers == sorted(numbers)
    assert (most, len(handled)) == (3, 30)


def test_a_poisonous_update_is_tried_three_times_and_can_be_released(store: Store) -> None:
    keep(store, arrived(1), arrived(2))
    tries: list[str] = []

    async def handle(update: Update) -> None:
        tries.append(update.update_id)
        if update.update_id == "1":
            raise ZeroDivisionError

    asyncio.run(work(store, handle, lambda: counts(store) == {"quarantined": 1, "done": 1}))
    assert tries == ["1", "1", "1", "2"]
    with store[0]() as session:
        assert inbox.release(session, "telegram") == 1
    assert [each.attempts for each in waiting(store)] == [0]


def test_more_updates_than_fit_in_memory_are_all_handled(store: Store) -> None:
    keep(store, *(arrived(number, chat=str(number)) for number in range(1500)))
    seen: set[str] = set()

    async def handle(update: Update) -> None:
        seen.add(update.update_id)

    asyncio.run(work(store, handle, lambda: counts(store) == {"done": 1500}))
    assert len(seen) == 1500


def test_what_is_handled_is_settled_together_and_the_last_at_once(store: Store) -> None:
    """Nobody wakes the workers in between: waiting for their next look, seconds later, would be a fault."""
    keep(store, *(arrived(number, chat=str(number)) for number in range(100)))
    commits = 0

    @contextlib.contextmanager
    def counted() -> Iterator[Session]:
        nonlocal commits
        commits += 1
        with store[0]() as session:
            yield session

    async def handle(update: Update) -> None:
        await asyncio.sleep(0.02 * (1 + update.row_id % 3))

    async def scene() -> None:
        workers = InboxWorkers("telegram", handle, writing=counted, reading=store[1])
        task = asyncio.create_task(workers.run())
        for _ in range(int(inbox.LOOK_AGAIN_SECONDS - 1) * 50):
            await asyncio.sleep(0.02)
            if await asyncio.to_thread(counts, store) == {"done": 100}:
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scene())
    assert counts(store) == {"done": 100}
    assert commits <= 16
