"""The transcript of the website consultation window (网站咨询窗口): what a visitor sees after a reload.

A line is written when a message arrives or is delivered; the line's id is the cursor a browser reads on from.
An outbox row appears at most once (unique key), so a message delivered again is not shown again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import JSON, Column, delete, func, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.messages import Outbound, outbound_to_json

LONGEST_HISTORY = 200  # lines a browser gets back at once; older ones stay in the archive
GONE = "（内容不保留）"


class WindowLine(SQLModel, table=True):
    """One line of one visitor's window. `payload` is ``{"text": …}`` for theirs, an outbound message for ours."""

    __tablename__ = "window_line"

    id: int | None = Field(default=None, primary_key=True)
    chat_id: str = Field(index=True)
    is_ours: bool
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime
    outbox_id: int | None = Field(default=None, unique=True)
    message_id: str | None = Field(default=None, unique=True)


def add_question(session: Session, chat_id: str, message_id: str, text: str, now: datetime) -> None:
    """The visitor's own words; a message sent again adds nothing."""
    known = session.exec(select(WindowLine.id).where(WindowLine.message_id == message_id)).first()
    if known is None:
        line = {"text": text}
        session.add(WindowLine(chat_id=chat_id, is_ours=False, payload=line, created_at=now, message_id=message_id))


def add_replies(session: Session, messages: Sequence[Outbound], now: datetime) -> None:
    """Our messages in order; those already shown are left out."""
    ids = [each.outbox_id for each in messages if each.outbox_id is not None]
    shown = set(session.exec(select(WindowLine.outbox_id).where(col(WindowLine.outbox_id).in_(ids))))
    for message in messages:
        if message.outbox_id is None or message.outbox_id not in shown:
            line = outbound_to_json(message)
            chat_id = message.address.chat_id
            session.add(
                WindowLine(chat_id=chat_id, is_ours=True, payload=line, created_at=now, outbox_id=message.outbox_id)
            )


def lines_after(session: Session, chat_id: str, cursor: int) -> list[WindowLine]:
    """The visitor's lines with an id above `cursor`, oldest first, at most the last `LONGEST_HISTORY`."""
    query = select(WindowLine).where(WindowLine.chat_id == chat_id, col(WindowLine.id) > cursor)
    newest = session.exec(query.order_by(col(WindowLine.id).desc()).limit(LONGEST_HISTORY))
    return list(reversed(newest.all()))


def exchange(session: Session, chat_id: str, message_id: str) -> list[WindowLine]:
    """The line of one message of the visitor and ours after it, until their next; nothing when there is none."""
    asked = session.exec(select(WindowLine).where(WindowLine.message_id == message_id)).first()
    if asked is None or asked.id is None:
        return []
    after = select(WindowLine).where(WindowLine.chat_id == chat_id, col(WindowLine.id) > asked.id)
    lines = session.exec(after.order_by(col(WindowLine.id)).limit(LONGEST_HISTORY))
    return [asked, *takewhile(lambda line: line.is_ours, lines)]


def hush(session: Session, chat_id: str) -> None:
    """What was shown to a visitor that is fleeting says nothing any more: the next of its kind follows."""
    fleeting = col(WindowLine.payload)["is_fleeting"].as_boolean()
    for line in session.exec(select(WindowLine).where(WindowLine.chat_id == chat_id, fleeting)):
        line.payload = line.payload | {"blocks": [["note", GONE, ""]], "choices": [], "is_fleeting": False}


def prune(session: Session, before: datetime) -> int:
    """How many lines from before that moment were removed; the newest of all stays, or its id would be given again."""
    newest = select(func.max(col(WindowLine.id))).scalar_subquery()
    old = delete(WindowLine).where(col(WindowLine.created_at) < before, col(WindowLine.id) != newest)
    return session.connection().execute(old).rowcount


def forget(session: Session, chat_id: str) -> None:
    """Remove a visitor's transcript (self-service deletion).

    The newest line stays as an empty one without an owner: SQLite gives the highest id away again, and a browser
    that has already read so far would skip the very words that tell of the deletion.
    """
    theirs = col(WindowLine.chat_id) == chat_id
    newest = session.exec(select(WindowLine.id).where(theirs).order_by(col(WindowLine.id).desc()).limit(1)).first()
    empty: dict[str, Any] = {"chat_id": "", "payload": {}, "outbox_id": None, "message_id": None}
    session.exec(update(WindowLine).where(col(WindowLine.id) == newest).values(**empty))
    session.exec(delete(WindowLine).where(theirs))
