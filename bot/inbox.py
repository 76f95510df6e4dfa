"""The inbox: what a channel delivered, committed before it is acknowledged, worked off in order, chat by chat.

A repeated update is recognised by its id. An update that cannot be handled is put aside after three tries
(``quarantined``) and never blocks the next one. Trouble with the database itself costs an update nothing: it waits.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Index, Text, UniqueConstraint, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlmodel import Field, Session, SQLModel, col

from bot.database import SessionMaker
from bot.waiting import wait

log = structlog.get_logger(__name__)

TRIES = 3
RETRY_SECONDS = (0.5, 2.0)
DATABASE_RETRY_SECONDS = 1.0
SETTLED_TOGETHER = 16  # handled updates in one commit; a crash hands at most these out again, and they are recognised
LOOK_AGAIN_SECONDS = 5.0  # another process may have stored something (webhook)


class MalformedUpdateError(Exception):
    """An update that can never be understood; trying again is pointless."""


class InboxUpdate(SQLModel, table=True):
    """One update as it came. `raw` is its JSON and is emptied once it is done: what was said lives in the archive."""

    __tablename__ = "inbox_update"
    __table_args__ = (
        UniqueConstraint("channel", "update_id"),
        Index(
            "ix_inbox_update_waiting",
            "channel",
            "id",
            sqlite_where=text("state = 'new'"),
            postgresql_where=text("state = 'new'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    update_id: str
    chat_key: str
    raw: str = Field(sa_type=Text)
    received_at: datetime
    state: str = "new"  # new → done | quarantined
    attempts: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Update:
    """One foreign update. Updates with the same `chat_key` are handled one after another, in order of arrival.

    `row_id` is 0 before it is stored. `raw` is the update as decoded JSON.
    """

    update_id: str
    chat_key: str
    raw: Any
    received_at: datetime
    row_id: int = 0
    attempts: int = 0


def store(session: Session, channel: str, updates: Sequence[Update]) -> None:
    """Keep the updates; those known already (same id) are skipped. Acknowledge them only after the commit."""
    rows = [
        {
            "channel": channel,
            "update_id": each.update_id,
            "chat_key": each.chat_key,
            "raw": json.dumps(each.raw),  # ASCII: NUL and lone surrogates stay harmless escapes
            "received_at": each.received_at,
            "state": "new",
            "attempts": 0,
            "reason": "",
        }
        for each in updates
    ]
    if rows:
        session.connection().execute(insert_unless_known(session, InboxUpdate), rows)


def insert_unless_known(session: Session, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """INSERT … ON CONFLICT DO NOTHING, which both databases speak and SQLAlchemy keeps in two homes."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def pending(session: Session, channel: str, *, limit: int, skip: Collection[int] = ()) -> list[Update]:
    """The oldest updates nobody has handled yet, in order of arrival, without those in `skip`."""
    waiting = (
        select(InboxUpdate)
        .where(text("state = 'new'"), col(InboxUpdate.channel) == channel, col(InboxUpdate.id).not_in(list(skip)))
        .order_by(col(InboxUpdate.id))
        .limit(limit)
    )
    return [_update(row) for row in session.execute(waiting).scalars()]


def done(session: Session, row_ids: Collection[int]) -> None:
    """These updates are handled; only the fact that they came is kept."""
    _change(session, row_ids, state="done", raw="")


def count_attempt(session: Session, row_id: int, reason: str) -> None:
    """One try of this update failed."""
    _change(session, [row_id], attempts=InboxUpdate.attempts + 1, reason=reason)


def quarantine(session: Session, row_id: int, reason: str) -> None:
    """Put an update aside: it is kept whole for staff, and never tried again by itself."""
    _change(session, [row_id], state="quarantined", reason=reason)


def release(session: Session, channel: str) -> int:
    """How many quarantined updates are tried again (after a new release cured their cause)."""
    aside = (col(InboxUpdate.channel) == channel, col(InboxUpdate.state) == "quarantined")
    change = update(InboxUpdate).where(*aside).values(state="new", attempts=0, reason="")
    return session.connection().execute(change).rowcount


def prune(session: Session, before: datetime) -> int:
    """How many finished rows received before that moment were deleted. Telegram repeats updates for at most 24 h."""
    old = delete(InboxUpdate).where(col(InboxUpdate.state) != "new", col(InboxUpdate.received_at) < before)
    return session.connection().execute(old).rowcount


def count_by_state(session: Session) -> dict[str, int]:
    """How many updates are new, done and quarantined; states without rows are missing."""
    counts = select(InboxUpdate.state, func.count()).group_by(col(InboxUpdate.state))  # type: ignore[call-overload]
    return {str(state): int(count) for state, count in session.connection().execute(counts)}


def oldest_waiting(session: Session) -> datetime | None:
    """When the update that waits longest came; ``None`` when nothing waits. For ``/healthz``."""
    oldest = select(func.min(InboxUpdate.received_at)).where(text("state = 'new'"))
    found: datetime | None = session.connection().execute(oldest).scalar_one()
    return found


class InboxWorkers:
    """Handles the waiting updates of one channel: chats in parallel, the updates of one chat in order."""

    def __init__(  # noqa: PLR0913
        self,
        channel: str,
        handle: Callable[[Update], Awaitable[None]],
        *,
        writing: SessionMaker,
        reading: SessionMaker,
        on_quarantine: Callable[[Session, Update], None] = lambda _session, _update: None,
        workers: int = 8,
        loaded_at_most: int = 400,
    ) -> None:
        """Workers of `channel`. `on_quarantine` writes, in the same transaction, what is to be said about an update
        that was put aside.
        """
        self._channel = channel
        self._handle = handle
        self._writing = writing
        self._reading = reading
        self._on_quarantine = on_quarantine
        self._free = asyncio.Semaphore(workers)
        self._loaded_at_most = loaded_at_most
        self._chats: dict[str, deque[Update]] = {}
        self._loaded: set[int] = set()
        self._done: list[int] = []
        self._wake = asyncio.Event()
        self._database = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look at once: something was stored."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled. What was not finished is found again at the next start."""
        try:
            while True:
                self._wake.clear()
                await self._settle_and_load()
                await wait(self._wake, LOOK_AGAIN_SECONDS)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.to_thread(self._database.shutdown)  # a transaction that has begun is finished

    async def _settle_and_load(self) -> None:
        """Commit what is done, all of it at once, then load more while there is room."""
        finished, self._done = self._done, []
        room = self._loaded_at_most - len(self._loaded) + len(finished)
        try:
            found = await self._in_database(self._settle, finished, room)
        except OperationalError as error:
            self._done = finished + self._done
            log.warning("inbox.database", channel=self._channel, error=type(error.orig).__name__)
            await asyncio.sleep(DATABASE_RETRY_SECONDS)
            self._wake.set()
            return
        self._loaded.difference_update(finished)
        for each in found:
            self._accept(each)
        self._settle_soon()
        if len(found) == room:
            self._wake.set()

    def _settle(self, finished: list[int], room: int) -> list[Update]:
        if finished:
            with self._writing() as session:
                done(session, finished)
        if room < self._loaded_at_most // 4:
            return []
        with self._reading() as session:
            return pending(session, self._channel, limit=room, skip=self._loaded - set(finished))

    def _accept(self, each: Update) -> None:
        self._loaded.add(each.row_id)
        if each.chat_key in self._chats:
            self._chats[each.chat_key].append(each)
            return
        self._chats[each.chat_key] = deque([each])
        task = asyncio.create_task(self._work_off(each.chat_key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, chat_key: str) -> None:
        waiting = self._chats[chat_key]
        while waiting:
            async with self._free:
                again_after = await self._try(waiting[0])
            if again_after is None:
                self._done_with(waiting.popleft())
                continue
            waiting[0] = replace(waiting[0], attempts=waiting[0].attempts + 1)
            await asyncio.sleep(again_after)
        del self._chats[chat_key]

    def _done_with(self, each: Update) -> None:
        self._done.append(each.row_id)
        self._settle_soon()

    def _settle_soon(self) -> None:
        """Settle what is done once enough is, and at once when nothing else is being worked on."""
        if self._done and len(self._done) >= min(SETTLED_TOGETHER, len(self._loaded)):
            self._wake.set()

    async def _try(self, each: Update) -> float | None:
        """Seconds until the next try; ``None`` when there is nothing more to do."""
        try:
            await self._handle(each)
        except OperationalError as error:
            # The database is locked, full or away: no fault of this update, so it keeps its tries.
            log.warning("inbox.database", channel=self._channel, row=each.row_id, error=type(error.orig).__name__)
            return DATABASE_RETRY_SECONDS
        except Exception as error:  # noqa: BLE001  a poisonous update must not stop the others; it is put aside
            return await self._failed(each, error)
        return None

    async def _failed(self, each: Update, error: Exception) -> float | None:
        reason = f"{type(error).__name__}: {error}"[:500]
        tries = TRIES if isinstance(error, MalformedUpdateError) else each.attempts + 1
        log.warning("inbox.failed", channel=self._channel, row=each.row_id, tries=tries, error=type(error).__name__)
        try:
            if tries < TRIES:
                await self._in_database(self._write, count_attempt, each.row_id, reason)
                return RETRY_SECONDS[tries - 1]
            await self._in_database(self._put_aside, each, reason)
        except OperationalError:
            return DATABASE_RETRY_SECONDS
        return None

    def _write(self, change: Callable[[Session, int, str], None], row_id: int, reason: str) -> None:
        with self._writing() as session:
            change(session, row_id, reason)

    def _put_aside(self, each: Update, reason: str) -> None:
        with self._writing() as session:
            quarantine(session, each.row_id, reason)
            self._on_quarantine(session, each)

    async def _in_database(self, work: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401  a bridge into the thread
        return await asyncio.get_running_loop().run_in_executor(self._database, work, *arguments)


def _update(row: InboxUpdate) -> Update:
    assert row.id is not None
    return Update(row.update_id, row.chat_key, json.loads(row.raw), row.received_at, row.id, row.attempts)


def _change(session: Session, row_ids: Collection[int], **values: Any) -> None:  # noqa: ANN401  column values
    # Only waiting rows move: a quarantined update counted as done by its worker stays quarantined.
    waiting = (col(InboxUpdate.id).in_(list(row_ids)), text("state = 'new'"))
    session.connection().execute(update(InboxUpdate).where(*waiting).values(**values))
