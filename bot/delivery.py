"""Delivery: everything that leaves, leaves here. Claims due outbox rows, hands them to their channel, marks them.

A door gives the replies of a turn to `send_now`: their rows are leased to this process already and go out at once.
Other rows are claimed as they come due. The messages of one chat leave one after another, different chats in parallel.
What became of the messages is written for many at once, in the same transaction that claims the next ones.
Pacing is the channel's own business (`bot/pace.py`); a channel that is down is left alone for a while.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot.database import SessionMaker
from bot.waiting import wait
from consultations import outbox
from consultations.messages import Address, Outbound
from handlers.channel import Channel, DeliveryError, ShowsWork

log = structlog.get_logger(__name__)

IN_FLIGHT = 16  # on their way or not yet marked: enough for 30 a second at half a second each; a crash may double these
WAITING_AHEAD = 4  # claimed and not yet on their way: a crash makes broadcast rows among them unsure for nothing
UNMARKED_AT_MOST = 4  # arrived and not yet marked: each would be sent again after a crash
LEASE_SECONDS = 120.0
DOOR_LEASE_SECONDS = 90.0  # what `take_turn` asks for
LEASE_RESERVE_SECONDS = 55.0  # a send may take this long; with less lease left it is not begun
DIRECT_AT_MOST = 200  # replies waiting in memory; more of them wait in the outbox
GATHERED_SECONDS = 0.01  # so long a message that arrived waits for others to be marked in the same commit
CLAIMED_MAY_WAIT_SECONDS = 0.1  # for its chat; a row that must wait longer does not keep others from being claimed
REPLY_MAY_WAIT_SECONDS = 3.0
TICK_SECONDS = 1.0
RECOVER_SECONDS = 15.0
FAILURES_BEFORE_PAUSE = 5
PAUSES_SECONDS = (5.0, 15.0, 60.0)
DATABASE_RETRY_SECONDS = 1.0

Mark = Callable[[Session, datetime], None]


@dataclass
class _Held:
    """A message leased to this process; `until` on the loop's clock. `has_turn`: it is on its way."""

    message: Outbound
    row: int
    until: float
    is_claimed: bool  # from the outbox, counted against IN_FLIGHT; else a door's own reply
    has_turn: bool = False


@dataclass
class _Health:
    """What we know of one channel: failures in a row, and until when it is left alone."""

    failures: int = 0
    paused_until: float = 0.0


@runtime_checkable
class Paced(Protocol):
    """What a channel with a pace offers besides `Channel`."""

    def wait_seconds(self, address: Address) -> float:
        """How long this chat must be left alone."""
        ...

    async def turn(self, message: Outbound) -> None:
        """Return when the message may go out."""
        ...


class Delivery:
    """The sender over all channels. Create it inside the running loop; `run()` works until cancelled."""

    def __init__(  # noqa: PLR0913
        self,
        channels: Iterable[Channel],
        *,
        writing: SessionMaker,
        now: Callable[[], datetime],
        on_permanent: Callable[[Address], None] = lambda _address: None,
        lead: Callable[[], Awaitable[None]] | None = None,
        alone_on: Sequence[str] = (),
        is_quiet: Callable[[datetime], bool] = lambda _moment: False,
    ) -> None:
        """A sender.

        Args:
            channels: What it can send through; rows of other channels stay where they are.
            writing: Sessions.
            now: The clock.
            on_permanent: Called (in a thread) with the address of somebody who can't be reached any more.
            lead: Returns while this process may send (`bot/leader.py`); ``None``: always.
            alone_on: Channels through which only the leader sends, so that a lease found at the start is a dead
                predecessor's and need not run out first.
            is_quiet: Whether broadcasts rest at that moment (静默时段).
        """
        self._channels: Mapping[str, Channel] = {each.name: each for each in channels}
        # Asked once: `isinstance` of a protocol looks at every attribute each time.
        self._paced = {name: each for name, each in self._channels.items() if isinstance(each, Paced)}
        self._writing, self._now = writing, now
        self._on_permanent, self._lead, self._alone_on, self._is_quiet = on_permanent, lead, alone_on, is_quiet
        self._chats: dict[Address, deque[_Held]] = {}
        self._health = {name: _Health() for name in self._channels}
        self._claimed = self._waiting = self._direct = self._unmarked = 0
        self._places = asyncio.Semaphore(IN_FLIGHT)
        self._current: asyncio.Task[bool] | None = None
        self._stopping = False
        self._sent: dict[int, str] = {}
        self._marks: list[Mark] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._news, self._recovered, self._marked = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._is_full = asyncio.Event()  # as many arrived as may be unmarked
        self._loop = asyncio.get_running_loop()
        self._database = ThreadPoolExecutor(1, thread_name_prefix="delivery")

    def wake(self) -> None:
        """Look at the outbox now instead of at the next tick; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._news.set)

    def send_now(self, replies: Iterable[Outbound]) -> None:
        """Send the replies of a turn. Their rows are leased to this process (``claimed_for_seconds=60``).

        With very many waiting, or for a channel that is down, the row goes back to the outbox and leaves from there.
        """
        until = self._loop.time() + DOOR_LEASE_SECONDS
        for reply in replies:
            if reply.outbox_id is None or reply.address.channel not in self._channels:
                continue
            held = _Held(reply, reply.outbox_id, until, is_claimed=False)
            if self._direct >= DIRECT_AT_MOST or self._is_paused(reply.address.channel):
                self._give_back(held, 0.0, "排队等待发送")
                continue
            self._direct += 1
            self._accept(held)

    def show_work(self, people: Iterable[Address]) -> None:
        """Show these people that somebody is writing to them, where their channel can."""
        for address in people:
            channel = self._channels.get(address.channel)
            if isinstance(channel, ShowsWork):
                channel.show_work(address)

    async def run(self) -> None:
        """Claim, send and mark until cancelled."""
        recovered_at = float("-inf")
        abandoned = self._alone_on
        while True:
            if self._lead is not None:
                await self._lead()
            self._news.clear()
            is_time_to_recover = self._loop.time() - recovered_at >= RECOVER_SECONDS
            self._current = asyncio.create_task(self._round(abandoned, recover=is_time_to_recover))
            # Shielded: a stop must not forget rows that were just claimed in the other thread.
            if await asyncio.shield(self._current) and is_time_to_recover:
                recovered_at, abandoned = self._loop.time(), ()
                self._recovered.set()
            await wait(self._news, TICK_SECONDS)
            if self._sent and self._unmarked < UNMARKED_AT_MOST:
                self._is_full.clear()
                await wait(self._is_full, GATHERED_SECONDS)

    async def recovered(self) -> None:
        """Return once what a dead predecessor held is free again; a door takes no turn before."""
        await self._recovered.wait()

    async def flush(self, seconds: float = 5.0) -> None:
        """After `run` was cancelled: let what is on its way arrive and mark it, so that the next start doubles nothing.

        Takes at most that long; what is still unmarked then is found by the next start.
        """
        until = self._loop.time() + seconds
        self._stopping = True
        if self._current is not None:
            await asyncio.wait({self._current}, timeout=seconds)
        while (self._chats or self._sent or self._marks) and self._loop.time() < until:
            await self._round((), recover=False, claim=False)
            await asyncio.sleep(0.02)
        for task in self._tasks:
            task.cancel()
        await asyncio.to_thread(self._database.shutdown)

    async def _round(self, abandoned: Sequence[str], *, recover: bool, claim: bool = True) -> bool:
        """Write what is known and claim what fits, in one transaction; whether the database took it."""
        sent, marks = self._sent, self._marks
        self._sent, self._marks = {}, []
        room = max(0, min(IN_FLIGHT - self._claimed, WAITING_AHEAD - self._waiting)) if claim else 0
        channels = [name for name in self._channels if not self._is_paused(name)]
        if not (sent or marks or recover or (room and channels)):
            return True
        claimed_at = self._loop.time()
        try:
            claimed = await self._loop.run_in_executor(
                self._database, self._write_and_claim, sent, marks, channels, room, recover, abandoned
            )
        except SQLAlchemyError as error:
            # Locked, full or away: keep what we know, send nothing new, try again.
            self._sent, self._marks = sent | self._sent, marks + self._marks
            log.warning("delivery.database", error=type(error).__name__)
            await asyncio.sleep(DATABASE_RETRY_SECONDS)
            self._news.set()
            return False
        self._unmarked -= len(sent)
        for _ in sent:
            self._places.release()
        self._marked.set()
        for message in claimed:
            assert message.outbox_id is not None
            self._claimed += 1
            self._waiting += 1
            self._accept(_Held(message, message.outbox_id, claimed_at + LEASE_SECONDS, is_claimed=True))
        return True

    def _write_and_claim(  # noqa: PLR0913, PLR0917
        self,
        sent: Mapping[int, str],
        marks: Sequence[Mark],
        channels: Sequence[str],
        room: int,
        recover: bool,
        abandoned: Sequence[str],
    ) -> list[Outbound]:
        now = self._now()
        with self._writing() as session:
            for mark in [lambda session, now: outbox.mark_sent(session, sent, now), *marks]:
                _apply(mark, session, now)
            if recover:
                freed = outbox.recover(session, now, abandoned=abandoned)
                if freed:
                    log.warning("delivery.recovered", rows=freed)
            if not room:
                return []
            return outbox.claim_due(
                session,
                now=now,
                channels=channels,
                limit=room,
                lease_seconds=LEASE_SECONDS,
                is_quiet=self._is_quiet(now),
            )

    def _accept(self, held: _Held) -> None:
        """Queue the message behind the others of its chat; each chat with messages has one task."""
        address = held.message.address
        if address in self._chats:
            self._chats[address].append(held)
            return
        self._chats[address] = deque([held])
        task = asyncio.create_task(self._work_off(address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, address: Address) -> None:
        waiting = self._chats[address]
        while waiting:
            try:
                pause = await self._send(waiting[0])
            except Exception:  # a door with a bug must not stop the others; the row's lease brings it back
                log.exception("delivery.broken", channel=address.channel, row=waiting[0].row)
                pause = 0.0
            self._done_with(waiting.popleft())
            while pause and waiting:  # the chat must wait: what is behind waits too, in order
                self._give_back(waiting[0], pause, "渠道要求稍候")
                self._done_with(waiting.popleft())
            self._news.set()
        del self._chats[address]

    def _done_with(self, held: _Held) -> None:
        if held.is_claimed:
            self._claimed -= 1
            self._waiting -= not held.has_turn
        else:
            self._direct -= 1

    async def _send(self, held: _Held) -> float:
        """Seconds the chat must now be left alone, usually 0; what became of the message is noted."""
        if self._stopping or self._loop.time() > held.until - LEASE_RESERVE_SECONDS:
            # Beginning now could outlive the lease, and somebody else would send it again.
            self._give_back(held, 0.0, "等待再次发送")
            return 0.0
        channel = self._channels[held.message.address.channel]
        may_wait = CLAIMED_MAY_WAIT_SECONDS if held.is_claimed else REPLY_MAY_WAIT_SECONDS
        paced = self._paced.get(channel.name)
        pause = paced.wait_seconds(held.message.address) if paced else 0.0
        if pause > may_wait:
            self._give_back(held, pause, "渠道要求稍候")
            return pause
        if not await self._has_turn(held):
            return 0.0
        try:
            self._sent[held.row] = await channel.deliver(held.message)
        except BaseException as error:
            self._places.release()
            if not isinstance(error, DeliveryError):
                raise
            await self._not_sent(held, error)
            return error.retry_after_seconds or 0.0
        self._unmarked += 1  # keeps its place until it is marked
        if self._unmarked >= UNMARKED_AT_MOST:
            self._is_full.set()
        self._health[channel.name].failures = 0
        return 0.0

    async def _has_turn(self, held: _Held) -> bool:
        """Wait for the message's turn; without success in time the row goes back to the outbox."""
        try:
            async with asyncio.timeout_at(held.until - LEASE_RESERVE_SECONDS):
                await self._place_and_turn(held.message)
        except TimeoutError:
            self._give_back(held, 0.0, "排队过久")
            return False
        held.has_turn = True
        self._waiting -= held.is_claimed
        self._news.set()
        return True

    async def _place_and_turn(self, message: Outbound) -> None:
        """Return when few enough messages are in doubt and the pace allows one more; takes a place in `_places`."""
        await self._places.acquire()
        try:
            while self._unmarked >= UNMARKED_AT_MOST:
                self._marked.clear()
                await self._marked.wait()
            if paced := self._paced.get(message.address.channel):
                await paced.turn(message)
        except BaseException:
            self._places.release()
            raise

    async def _not_sent(self, held: _Held, error: DeliveryError) -> None:
        name, row, reason = held.message.address.channel, held.row, error.reason
        log.warning("delivery.failed", channel=name, row=row, permanent=error.permanent, doubtful=error.maybe_sent)
        if error.permanent:
            told = f"{outbox.UNREACHABLE}：{reason}"
            self._marks.append(lambda session, now: outbox.mark_failed(session, row, told, now))
            await asyncio.to_thread(self._on_permanent, held.message.address)
        elif error.retry_after_seconds is not None:
            self._give_back(held, error.retry_after_seconds, reason)
        elif error.maybe_sent:
            self._count_failure(name)
            self._marks.append(lambda session, now: _doubt(session, row, now, reason))
        else:
            self._count_failure(name)
            self._marks.append(lambda session, now: _retry(session, row, now, reason))

    def _give_back(self, held: _Held, seconds: float, reason: str) -> None:
        """Return a leased row to the outbox, due in `seconds`; no attempt is used."""
        row, pause = held.row, timedelta(seconds=seconds)
        self._marks.append(lambda session, now: outbox.postpone(session, row, now + pause, reason, counted=False))
        self._news.set()

    def _count_failure(self, name: str) -> None:
        """After some failures in a row the channel itself is down: pause it, so that messages keep their attempts."""
        health = self._health[name]
        health.failures += 1
        pauses = health.failures - FAILURES_BEFORE_PAUSE
        if pauses >= 0:
            pause = PAUSES_SECONDS[min(pauses, len(PAUSES_SECONDS) - 1)]
            health.paused_until = self._loop.time() + pause
            log.warning("delivery.paused", channel=name, failures=health.failures, seconds=pause)

    def _is_paused(self, name: str) -> bool:
        return self._health[name].paused_until > self._loop.time()


def _apply(mark: Mark, session: Session, now: datetime) -> None:
    try:
        mark(session, now)
    except outbox.IllegalMoveError as error:
        # The row moved on without us (its lease ran out, it was erased); nothing is left to write for it.
        log.warning("delivery.moved_on", rows=sorted(error.ids), target=error.target)


def _doubt(session: Session, row: int, now: datetime, reason: str) -> None:
    outbox.mark_doubtful(session, row, now + outbox.pause_in_doubt(session, row), reason)


def _retry(session: Session, row: int, now: datetime, reason: str) -> None:
    outbox.retry_later(session, row, now, reason)
