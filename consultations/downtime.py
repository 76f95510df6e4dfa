"""Downtime (停机): from when to when nobody looked after the timers, known from one row that whoever looks keeps fresh.

The row outlives the process, so a start alone is no downtime, and a kill hides none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col

# Ticks come every few seconds. A longer pause is no hiccup: the house was dark, or the clock jumped.
DARK_AFTER = timedelta(minutes=10)
NOTED_EVERY = timedelta(minutes=1)
_ONLY = 1


class LastLook(SQLModel, table=True):
    """When somebody looked last; one row."""

    __tablename__ = "last_look"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime


@dataclass(frozen=True)
class Darkness:
    """Nobody looked from then until then."""

    began: datetime
    ended: datetime


def is_to_be_noted(session: Session, now: datetime) -> bool:
    """Whether `note_look` has something to write; for reading."""
    seen = session.get(LastLook, _ONLY)
    return seen is None or not timedelta(0) <= now - seen.at < NOTED_EVERY


def note_look(session: Session, now: datetime) -> Darkness | None:
    """Write down that somebody looks; the darkness that ends with it. Of two who look at once one gets it.

    Without a row there was never anybody, and a clock that went back was not dark: both give ``None``.
    """
    seen = session.get(LastLook, _ONLY, populate_existing=True)
    if seen is None:
        session.add(LastLook(id=_ONLY, at=now))
        session.flush()
        return None
    before = seen.at
    mine = update(LastLook).where(col(LastLook.id) == _ONLY, col(LastLook.at) == before).values(at=now)
    if not session.connection().execute(mine).rowcount:
        return None
    return Darkness(before, now) if now - before > DARK_AFTER else None
