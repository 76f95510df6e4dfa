"""Waiting for news, but not for ever."""

from __future__ import annotations

import asyncio


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after that time. (`asyncio.wait_for` may swallow a cancellation in 3.11.)"""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
