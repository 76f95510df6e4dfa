"""A sender as a process of its own, for tests that kill it: ``python -m tests.bot.sender database file``.

What it sends is a line in the file, written in one call: what stands there has arrived.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime

from bot.database import open_engine, sessions
from bot.delivery import Delivery
from consultations.messages import Outbound
from handlers.channel import Limits

SECONDS = 0.02  # one message takes on its way


class FileChannel:
    """The channel ``crowd``."""

    name = "crowd"
    limits = Limits(text_characters=1000)

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)

    async def deliver(self, message: Outbound) -> str:
        """Arrive at once, and answer a little later."""
        os.write(self._file, f"{message.address.chat_id}\n".encode())
        await asyncio.sleep(SECONDS)
        return "x"


async def main(database: str, path: str) -> None:
    """Send until killed."""
    writing, _ = sessions(open_engine(f"sqlite:///{database}"))
    await Delivery([FileChannel(path)], writing=writing, now=lambda: datetime.now(UTC)).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
