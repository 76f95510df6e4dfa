"""The chat action typing (正在输入) in Telegram, shown again and again for a while, as one call lasts five seconds.

It is a courtesy: a chat that must be left alone is left alone, and a call that fails is not repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.channels.telegram_api import MovedError
from consultations.messages import Address
from handlers.channel import WORK_SHOWN_SECONDS, DeliveryError

log = structlog.get_logger(__name__)

EVERY_SECONDS = 4.5  # Bot API, sendChatAction: "the status is set for 5 seconds or less"


class Typing:
    """One task for each chat in which "typing" is shown. Used inside the event loop only."""

    def __init__(
        self, show_once: Callable[[Address], Awaitable[None]], wait_seconds: Callable[[Address], float]
    ) -> None:
        """Typing.

        Args:
            show_once: One call; its `DeliveryError` or `MovedError` ends the showing.
            wait_seconds: How long the chat must be left alone.
        """
        self._show_once, self._wait_seconds = show_once, wait_seconds
        self._tasks: dict[Address, asyncio.Task[None]] = {}

    def show(self, address: Address) -> None:
        """Show it from now on for `WORK_SHOWN_SECONDS`."""
        self.end(address)
        self._tasks[address] = asyncio.create_task(self._keep_showing(address))

    def end(self, address: Address) -> None:
        """Show it no longer; the call that is on its way still arrives."""
        task = self._tasks.pop(address, None)
        if task is not None:
            task.cancel()

    def end_all(self) -> None:
        """Show it nowhere."""
        for address in list(self._tasks):
            self.end(address)

    async def _keep_showing(self, address: Address) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + WORK_SHOWN_SECONDS
        while loop.time() < until:
            if self._wait_seconds(address) <= 0:
                try:
                    await self._show_once(address)
                except (DeliveryError, MovedError) as error:
                    log.info("telegram.typing_not_shown", reason=str(error))
                    break
            await asyncio.sleep(EVERY_SECONDS)
        self._tasks.pop(address, None)
