"""What a door must offer so that the core can send through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from consultations.messages import Address, Outbound

WORK_SHOWN_SECONDS = 30.0  # a sign that somebody is writing lasts that long, or until their words arrive


@dataclass(frozen=True)
class Limits:
    """What one channel can carry; `bot/channels/degrade.py` makes every message fit."""

    text_characters: int
    buttons_per_row: int = 8
    buttons: bool = True
    polls: bool = False
    threads: bool = False
    messages_per_second: float = 30.0
    edits: bool = False


class DeliveryError(Exception):
    """A message did not go out.

    Attributes:
        permanent: The recipient can't be reached again (blocked, deleted): mark the contact, never retry.
        retry_after_seconds: What the channel asked for; ``None`` leaves the wait to the sender.
        maybe_sent: The request left but no answer came: the message may have arrived (`unsure`).
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        retry_after_seconds: float | None = None,
        maybe_sent: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after_seconds = retry_after_seconds
        self.maybe_sent = maybe_sent


class Channel(Protocol):
    """A door towards people; modules in `bot/channels` and `web` implement it, nothing inherits."""

    name: str
    limits: Limits

    async def deliver(self, message: Outbound) -> str:
        """Send one message; the foreign id of (the last part of) what was sent.

        Raises:
            DeliveryError: It did not go out, or nobody knows whether it did.
        """
        ...


@runtime_checkable
class ShowsWork(Protocol):
    """What a channel that can show "typing" (正在输入) offers besides `Channel`."""

    def show_work(self, address: Address) -> None:
        """Show for `WORK_SHOWN_SECONDS` that somebody is writing to this person; called in the event loop."""
        ...
