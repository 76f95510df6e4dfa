"""Earlier pushes (往期推送) for everybody: what went out to subscribers, unless staff kept it off this list."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations import broadcasts
from consultations.broadcasts import Broadcast


@dataclass(frozen=True)
class PastPush:
    """One of them: the day it went out, what arrived and what opened behind it."""

    number: int
    on: date
    title: str
    text: str
    details: str


@dataclass(frozen=True)
class PastPushes:
    """Looks them up; nothing in them is anybody's personal data."""

    reading: Callable[[], AbstractContextManager[Session]]
    zone: ZoneInfo

    def newest(self) -> list[PastPush]:
        """The last hundred, newest first."""
        with self.reading() as session:
            return [self._past(each) for each in broadcasts.published(session)]

    def get(self, number: int) -> PastPush | None:
        """One of them; ``None`` for what is no public push."""
        with self.reading() as session:
            found = broadcasts.get(session, number)
            return self._past(found) if found is not None and found.is_published else None

    def _past(self, each: Broadcast) -> PastPush:
        assert each.started_at is not None
        head, _, rest = each.text.partition("\n")
        # A text without a title is known by its first line.
        title, text = (each.title, each.text) if each.title else (head, rest)
        return PastPush(each.key, each.started_at.astimezone(self.zone).date(), title, text, each.details)
