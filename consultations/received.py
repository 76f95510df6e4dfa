"""Messages received (来信): every event from a person, one row each, exactly once.

The unique key (channel, message id) is what makes a repeated delivery harmless; `reply_ids` names the outbox rows that
answered it, so that a repetition gets the recorded answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, ColumnElement, Index, String, UniqueConstraint, bindparam, cast, func, literal, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.messages import Inbound

ERASED = "erased:"  # how the message id of one begins whose words were taken out


class ReceivedMessage(SQLModel, table=True):
    """One event as it came. `route` says which route of the conversation took it; it is never empty once stored.

    `contact_id` is empty for staff rooms, where `sender` names the member who wrote. `sent_at` is when the person sent
    it as well as we know (empty in rows from before it was kept); after an outage that is long before `received_at`.
    """

    __tablename__ = "received_message"
    __table_args__ = (
        UniqueConstraint("channel", "message_id"),
        Index("ix_received_message_contact", "contact_id", "received_at"),
        Index("ix_received_message_foreign", "contact_id", "foreign_message_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    message_id: str
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    sender: str = ""
    kind: str
    route: str
    text: str = ""
    action: str = ""
    foreign_message_id: str = ""
    attachments: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    received_at: datetime
    sent_at: datetime | None = None
    reply_ids: list[int] = Field(default_factory=list, sa_type=JSON)

    @property
    def key(self) -> int:
        """The id of a stored message."""
        assert self.id is not None
        return self.id


class Newest(NamedTuple):
    """What is asked of somebody's last event when the next one comes."""

    received_id: int
    kind: str
    sent_at: datetime | None


def record(session: Session, inbound: Inbound, *, route: str, contact_id: int | None, now: datetime) -> ReceivedMessage:
    """The stored row of one event, with its id.

    Raises:
        IntegrityError: The same message was stored by somebody else in this very moment.
    """
    row = ReceivedMessage(
        channel=inbound.address.channel,
        message_id=inbound.message_id,
        contact_id=contact_id,
        sender=inbound.sender_id if contact_id is None else "",
        kind=inbound.kind,
        route=route,
        text=inbound.text,
        action=inbound.action,
        foreign_message_id=inbound.foreign_message_id,
        attachments=[each.description for each in inbound.attachments],
        received_at=now,
        sent_at=sent_at(inbound, now),
        reply_ids=[],  # given, as the default of this column costs half a millisecond a turn (pydantic inspects `list`)
    )
    session.add(row)
    session.flush()
    return row


_ANSWERED = (
    update(ReceivedMessage).where(col(ReceivedMessage.id) == bindparam("row_id")).values(reply_ids=bindparam("replies"))
)


def note_replies(session: Session, row: ReceivedMessage, outbox_ids: list[int]) -> None:
    """These outbox rows answered the message."""
    if outbox_ids:
        # By itself: the session's unit of work takes three times as long for one changed column, on every turn.
        session.connection().execute(_ANSWERED, {"row_id": row.key, "replies": outbox_ids})
        set_committed_value(row, "reply_ids", outbox_ids)


# Asked on every turn; built once, because building a statement costs more than running it.
_SAME = select(ReceivedMessage.id).where(
    col(ReceivedMessage.channel) == bindparam("channel"), col(ReceivedMessage.message_id) == bindparam("message_id")
)
_NEWEST = (
    select(ReceivedMessage.id, ReceivedMessage.kind, ReceivedMessage.sent_at)
    .where(col(ReceivedMessage.contact_id) == bindparam("contact_id"))
    .order_by(col(ReceivedMessage.received_at).desc(), col(ReceivedMessage.id).desc())
    .limit(1)
)
# Steps of a guide (引导): quick to press and quick to answer, so they are counted apart from questions.
STEP_ROUTES = ("guides", "guide", "step", "leave", "guide_typed", "q", "q_typed", "survey")
_IS_STEP = col(ReceivedMessage.route).in_(STEP_ROUTES)
_COUNT_BETWEEN = (
    select(func.count().filter(~_IS_STEP), func.count().filter(_IS_STEP))
    .select_from(ReceivedMessage)
    .where(
        col(ReceivedMessage.contact_id) == bindparam("contact_id"),
        col(ReceivedMessage.received_at).between(bindparam("since"), bindparam("until")),
    )
)


def sent_at(inbound: Inbound, now: datetime) -> datetime:
    """When the person sent this; now where the channel does not tell, or its clock is ahead of ours."""
    return min(inbound.sent_at or now, now)


def count_route(session: Session, contact_id: int, route: str, since: datetime) -> int:
    """How many events of this person one route took since that moment, this one too."""
    counted = select(func.count()).where(
        ReceivedMessage.contact_id == contact_id,
        ReceivedMessage.route == route,
        col(ReceivedMessage.received_at) > since,
    )
    return session.exec(counted).one()


def newest(session: Session, contact_id: int) -> Newest | None:
    """The last event of one person."""
    found = session.connection().execute(_NEWEST, {"contact_id": contact_id}).first()
    return Newest(*found) if found else None


def find(session: Session, channel: str, message_id: str) -> ReceivedMessage | None:
    """The row of a message that came before."""
    # Hardly ever there, and asked on every turn: by the plain connection that takes half the time.
    known = session.connection().execute(_SAME, {"channel": channel, "message_id": message_id}).scalar_one_or_none()
    return None if known is None else session.get(ReceivedMessage, known)


def original_of(session: Session, contact_id: int, foreign_message_id: str) -> ReceivedMessage | None:
    """The text message an edit belongs to, known by the channel's own id of it; only among this person's own."""
    if not foreign_message_id:
        return None
    same = (col(ReceivedMessage.foreign_message_id) == foreign_message_id) | (
        col(ReceivedMessage.message_id) == foreign_message_id
    )
    texts = select(ReceivedMessage).where(
        ReceivedMessage.contact_id == contact_id, same, ReceivedMessage.kind == "text"
    )
    return session.exec(texts.order_by(col(ReceivedMessage.id).desc())).first()


def count_between(session: Session, contact_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    """How many events this person sent from one moment to another: steps of a guide apart, as the second number.

    What came later than `until` was received before the clock was set back.
    """
    asked = {"contact_id": contact_id, "since": since, "until": until}
    n_others, n_steps = session.connection().execute(_COUNT_BETWEEN, asked).one()
    return n_others, n_steps


def count_files(session: Session, contact_id: int, since: datetime) -> int:
    """How many messages with files this person sent at or after that moment."""
    theirs = select(func.count()).where(
        ReceivedMessage.contact_id == contact_id, ReceivedMessage.kind == "file", ReceivedMessage.received_at >= since
    )
    return session.exec(theirs).one()


def of_contact(session: Session, contact_id: int) -> Sequence[ReceivedMessage]:
    """Everything one person sent, oldest first."""
    theirs = select(ReceivedMessage).where(ReceivedMessage.contact_id == contact_id)
    return session.exec(theirs.order_by(col(ReceivedMessage.id))).all()


def forget(session: Session, contact_id: int, keep_id: int) -> None:
    """Take words, presses (anybody may forge one) and foreign ids out of what one person sent; counts stay true.

    `keep_id` is the request to do so: it keeps its message id, or its repetition would look like a new message.
    """
    _empty(session, (col(ReceivedMessage.contact_id) == contact_id) & (col(ReceivedMessage.id) != keep_id))


def empty(session: Session, received_ids: Collection[int]) -> None:
    """Take the words and the foreign ids out of these messages."""
    _empty(session, col(ReceivedMessage.id).in_(received_ids))


def _empty(session: Session, which: ColumnElement[bool]) -> None:
    blank: dict[str, Any] = {"text": "", "action": "", "foreign_message_id": "", "attachments": [], "reply_ids": []}
    anonymous = literal(ERASED) + cast(col(ReceivedMessage.id), String)
    session.connection().execute(update(ReceivedMessage).where(which).values(message_id=anonymous, **blank))
