"""What goes from the outbox: copies of messages that have served, and what a person has the right to see erased.

A row that something is still known by (its key, its broadcast) stays as an empty one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import Session, col

from consultations.messages import Address, outbound_from_json
from consultations.outbox import FINAL, OutboxMessage, sent_to

_row_id = col(OutboxMessage.id)


def prune(session: Session, before: datetime, limit: int) -> int:
    """How many rows finished before that moment were deleted or emptied, at most `limit`: call again while it is that.

    Rows with a key, or of a broadcast, are emptied only: they tell who was told, for good. The newest row stays too:
    SQLite would give its id away again, and others know messages by their ids.
    """
    is_old = func.coalesce(OutboxMessage.sent_at, OutboxMessage.due_at) < before
    finished = (col(OutboxMessage.state).in_(FINAL), is_old, col(OutboxMessage.chat_id) != "")
    is_known = or_(col(OutboxMessage.dedupe_key).is_not(None), col(OutboxMessage.broadcast_id).is_not(None))
    newest = select(func.max(OutboxMessage.id)).scalar_subquery()
    found = select(OutboxMessage.id, is_known).where(*finished, _row_id != newest).limit(limit)  # type: ignore[call-overload]
    rows = session.connection().execute(found).all()
    kept = update(OutboxMessage).where(_row_id.in_([each for each, known in rows if known]))
    session.connection().execute(kept.values(payload={}, chat_id="", foreign_id=""))
    session.connection().execute(delete(OutboxMessage).where(_row_id.in_([each for each, known in rows if not known])))
    return len(rows)


def forget(session: Session, address: Address) -> int:
    """How many rows to one person were deleted; what is on the wire at this moment stays until it is marked."""
    mine = delete(OutboxMessage).where(*sent_to(address), col(OutboxMessage.state) != "sending")
    return session.connection().execute(mine).rowcount


def forget_threads(session: Session, thread_keys: Collection[str]) -> int:
    """How many rows in these staff threads were deleted, our copies of what a person said; not what is on the wire."""
    in_thread = col(OutboxMessage.payload)["thread_key"].as_string().in_(thread_keys)
    theirs = delete(OutboxMessage).where(col(OutboxMessage.kind) == "staff", in_thread)
    return session.connection().execute(theirs.where(col(OutboxMessage.state) != "sending")).rowcount


def forget_words(session: Session, words: Collection[str]) -> int:
    """How many messages to staff were deleted because one of these texts stands in them. In a thread, which is about
    somebody else, one that still waits stays.
    """
    if not words:
        return 0
    is_beside = col(OutboxMessage.payload)["thread_key"].as_string() == ""
    may_go = (col(OutboxMessage.state) != "sending") & or_(is_beside, col(OutboxMessage.state).in_(FINAL))
    kept = select(OutboxMessage.id, OutboxMessage.payload).where(col(OutboxMessage.kind) == "staff", may_go)  # type: ignore[call-overload]
    # Over months of messages: each is read once, and only the columns that are needed.
    said = (
        (row.id, outbound_from_json(row.payload).plain_text)
        for row in session.connection().execute(kept)
        if row.payload
    )
    found = [row_id for row_id, text in said if any(each in text for each in words)]
    return session.connection().execute(delete(OutboxMessage).where(_row_id.in_(found))).rowcount
