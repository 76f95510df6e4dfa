"""One leader: of all processes over one database only one fetches updates and sends messages.

SQLite lives on one host, so a lock on a file beside it is enough; the kernel frees it however the process dies.
PostgreSQL holds a session lock on a connection of its own; it is freed when that connection ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import TextIOWrapper
from pathlib import Path
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

TRY_SECONDS = 2.0
LOCK_NUMBER = 0x7A686978756E  # "zhixun": one number per product, as advisory locks are shared by a whole database


class _Lock(Protocol):
    def take(self) -> bool:
        """Whether the lock is ours, now or already."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


class Leadership:
    """Whether this process leads. Run `run()` beside whatever waits for `lead()`."""

    def __init__(self, engine: Engine) -> None:
        is_sqlite = engine.dialect.name == "sqlite"
        self._lock: _Lock = _FileLock(Path(f"{engine.url.database}.leader")) if is_sqlite else _SessionLock(engine)
        self._leads = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="leader")

    @property
    def is_held(self) -> bool:
        """Whether this process leads at this moment."""
        return self._leads.is_set()

    async def lead(self) -> None:
        """Return once this process leads."""
        await self._leads.wait()

    async def run(self) -> None:
        """Keep trying, and notice when the lock was lost, until cancelled."""
        try:
            while True:
                self._note(is_ours=await self._in_thread(self._lock.take))
                await asyncio.sleep(TRY_SECONDS)
        finally:
            self._leads.clear()
            await self._in_thread(self._lock.close)  # after a `take` that is still running
            self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _note(self, *, is_ours: bool) -> None:
        if is_ours == self.is_held:
            return
        log.info("leader.changed", leads=is_ours)
        if is_ours:
            self._leads.set()
        else:
            self._leads.clear()


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIOWrapper | None = None

    def take(self) -> bool:
        if self._file is not None:
            return True
        file = self._path.open("a", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None


class _SessionLock:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None
        self._is_ours = False

    def take(self) -> bool:
        try:
            self._connection = self._connection or self._engine.connect()
            if self._is_ours:
                self._connection.execute(text("SELECT 1"))  # fails when the session, and the lock with it, is gone
            else:
                ask = text("SELECT pg_try_advisory_lock(:number)")
                self._is_ours = bool(self._connection.execute(ask, {"number": LOCK_NUMBER}).scalar_one())
        except SQLAlchemyError as error:
            log.warning("leader.database", error=type(error).__name__)
            self.close()
        return self._is_ours

    def close(self) -> None:
        self._is_ours = False
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._connection.invalidate()  # never back into the pool: the lock lives in this session
                self._connection.close()
        self._connection = None
