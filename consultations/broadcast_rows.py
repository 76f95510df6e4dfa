"""The outbox rows of broadcasts: held, let go, called off, counted; who got how many lately, who opened one.

Rows of what is paused or cancelled are never claimed (`outbox.claim_due`), whatever state they are in: these
functions only tidy up, so that counts tell the truth and a paused broadcast costs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import case, func, not_, select
from sqlmodel import Field, Session, SQLModel, col

from consultations import outbox
from consultations.broadcasts import Broadcast
from consultations.contacts import Contact
from consultations.outbox import UNREACHABLE, OutboxMessage

WAITING = ("new", "held", "sending")
_LEFT = (col(OutboxMessage.state) == "new", not_(outbox.IS_WELCOME))
_TOLD = ("new", "held", "sending", "sent", "unsure")


class BroadcastReading(SQLModel, table=True):
    """Somebody opened the full text (查看全文), once each. Reading the message itself can't be seen."""

    __tablename__ = "broadcast_reading"

    broadcast_id: int = Field(primary_key=True, foreign_key="broadcast.id")
    contact_id: int = Field(primary_key=True, foreign_key="contact.id")
    at: datetime


def note_opened(session: Session, broadcast_id: int, contact_id: int, now: datetime) -> None:
    """That person opened the full text; a second time is no news."""
    if session.get(BroadcastReading, (broadcast_id, contact_id)) is None:
        session.add(BroadcastReading(broadcast_id=broadcast_id, contact_id=contact_id, at=now))
        session.flush()


def may_open(session: Session, broadcast: Broadcast, contact: Contact) -> bool:
    """Whether somebody may read the full text: what is not public, whoever it went to, also when our copy is gone."""
    if broadcast.is_published or session.get(BroadcastReading, (broadcast.key, contact.key)) is not None:
        return True
    theirs = (OutboxMessage.channel == contact.channel, OutboxMessage.chat_id == contact.chat_id)
    sent = select(OutboxMessage.id).where(*_of(broadcast.key), *theirs, col(OutboxMessage.state).in_(_TOLD))  # type: ignore[call-overload]
    return session.connection().execute(sent.limit(1)).first() is not None


def opened_by(session: Session, contact_id: int) -> Sequence[BroadcastReading]:
    """What one person opened."""
    theirs = select(BroadcastReading).where(col(BroadcastReading.contact_id) == contact_id)
    return session.execute(theirs.order_by(col(BroadcastReading.broadcast_id))).scalars().all()


def hold(session: Session, broadcast_id: int) -> int:
    """How many rows wait no longer (暂停); those on the wire finish."""
    return len(outbox.move(session, "held", _of(broadcast_id)))


def let_go(session: Session, broadcast_id: int, now: datetime) -> int:
    """How many held rows wait again."""
    return len(outbox.move(session, "new", [*_of(broadcast_id), col(OutboxMessage.state) == "held"], due_at=now))


def call_off(session: Session, broadcast_id: int) -> int:
    """How many rows will not go out any more; those on the wire finish, what failed or is in doubt stays so."""
    waiting = col(OutboxMessage.state).in_(("new", "held"))
    return len(outbox.move(session, "cancelled", [*_of(broadcast_id), waiting], lease_until=None))


def has_left(session: Session, broadcast_id: int) -> bool:
    """Whether a row waits for somebody who unsubscribed, blocked us or was erased."""
    left = select(OutboxMessage.id).where(*_of(broadcast_id), *_LEFT)  # type: ignore[call-overload]
    return session.connection().execute(left.limit(1)).first() is not None


def call_off_left(session: Session, broadcast_id: int) -> int:
    """How many of those rows were called off."""
    return len(outbox.move(session, "cancelled", [*_of(broadcast_id), *_LEFT], lease_until=None))


def resend_unsure(session: Session, broadcast_id: int, now: datetime) -> int:
    """How many rows in doubt are sent again; sent and failed ones are left alone."""
    in_doubt = [*_of(broadcast_id), col(OutboxMessage.state) == "unsure"]
    return len(outbox.move(session, "new", in_doubt, due_at=now, attempts=0, reason=""))


def counts(session: Session, broadcast_id: int) -> Counter[str]:
    """How many rows stand in each state; ``blocked`` are those of ``failed`` whose person can't be reached at all, and
    are not counted there; ``opened`` is how many opened the full text.
    """
    blocked = (col(OutboxMessage.state) == "failed") & col(OutboxMessage.reason).startswith(UNREACHABLE)
    state = case((blocked, "blocked"), else_=col(OutboxMessage.state))
    rows = select(state, func.count()).where(*_of(broadcast_id)).group_by(state)
    found = Counter({str(name): int(count) for name, count in session.connection().execute(rows)})
    opened = select(func.count()).where(col(BroadcastReading.broadcast_id) == broadcast_id)
    found["opened"] = session.connection().execute(opened).scalar_one()
    return +found


def is_waiting(session: Session, broadcast_id: int) -> bool:
    """Whether something of it is still to leave or on the wire."""
    waiting = select(OutboxMessage.id).where(*_of(broadcast_id), col(OutboxMessage.state).in_(WAITING))  # type: ignore[call-overload]
    return session.connection().execute(waiting.limit(1)).first() is not None


def had_enough(session: Session, since: datetime, most: int) -> Collection[tuple[str, str]]:
    """``(channel, chat id)`` of those who got `most` broadcasts or more since then, or will."""
    to = (OutboxMessage.channel, OutboxMessage.chat_id)
    lately = (
        OutboxMessage.kind == "broadcast",
        col(OutboxMessage.broadcast_id).is_not(None),
        col(OutboxMessage.created_at) > since,
        col(OutboxMessage.state).in_(_TOLD),
    )
    full = select(*to).where(*lately).group_by(*to).having(func.count() >= most)  # type: ignore[call-overload]
    return {(str(channel), str(chat_id)) for channel, chat_id in session.connection().execute(full)}


def _of(broadcast_id: int) -> list[outbox.Condition]:
    return [col(OutboxMessage.broadcast_id) == broadcast_id]
