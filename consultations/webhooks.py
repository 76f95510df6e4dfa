"""Webhooks (事件通知): which programs are told of which events, and one row for each thing they are told.

waiting → sending → sent, or after the last try dead (死信), which waits for somebody to send it again. What a row says
are ids and states, never what anybody wrote or who they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import JSON, Index, delete, func, or_, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

Event = Literal["ticket.opened", "ticket.answered", "ticket.closed", "policy.published", "rating.given"]
EVENTS: Mapping[Event, str] = {
    "ticket.opened": "工单受理",
    "ticket.answered": "工单第一次答复",
    "ticket.closed": "工单办结",
    "policy.published": "政策发布",
    "rating.given": "收到评价",
}
PING = "ping"  # sent when somebody tries a webhook
# Minutes until the next try: a day and a half in all, then it is dead.
PAUSES = (1, 5, 30, 120, 360, 720, 1080)
LEASE = timedelta(minutes=2)  # longer than any try takes; after a crash the row is tried again


class Webhook(SQLModel, table=True):
    """One program to tell. `secret` signs what it is told; both sides must know it, so it is kept as it is."""

    __tablename__ = "webhook"

    id: int | None = Field(default=None, primary_key=True)
    url: str
    secret: str
    events: list[str] = Field(sa_type=JSON)
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored webhook."""
        assert self.id is not None
        return self.id


class WebhookDelivery(SQLModel, table=True):
    """One thing one program is told. `event_key` says what happened: nothing is told twice."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_once", "webhook_id", "event_key", unique=True),
        Index(
            "ix_webhook_delivery_due",
            "due_at",
            "id",
            sqlite_where=text("state IN ('waiting', 'sending')"),
            postgresql_where=text("state IN ('waiting', 'sending')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    webhook_id: int = Field(foreign_key="webhook.id")
    event: str
    event_key: str
    facts: dict[str, Any] = Field(sa_type=JSON)
    state: str = "waiting"
    attempts: int = 0
    due_at: datetime
    reason: str = ""
    created_at: datetime
    sent_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored delivery."""
        assert self.id is not None
        return self.id


class WebhookCursor(SQLModel, table=True):
    """How far the history of one kind was looked through."""

    __tablename__ = "webhook_cursor"

    source: str = Field(primary_key=True)
    last_id: int


def add(session: Session, url: str, events: Collection[Event], made_by: str, now: datetime) -> Webhook:
    """A new webhook with a secret of its own: 256 random bits."""
    made = Webhook(url=url, secret=secrets.token_urlsafe(32), events=sorted(events), made_by=made_by, made_at=now)
    session.add(made)
    session.flush()
    return made


def alive(session: Session) -> Sequence[Webhook]:
    """The webhooks that are told of anything, the oldest first."""
    return session.exec(select(Webhook).where(col(Webhook.ended_at).is_(None)).order_by(col(Webhook.id))).all()


def end(session: Session, webhook_id: int, now: datetime) -> bool:
    """Whether there was such a webhook; it is told nothing any more, what waited is dropped."""
    mine = (col(Webhook.id) == webhook_id, col(Webhook.ended_at).is_(None))
    is_done = session.connection().execute(update(Webhook).where(*mine).values(ended_at=now)).rowcount > 0
    if is_done:
        waiting = (col(WebhookDelivery.webhook_id) == webhook_id, col(WebhookDelivery.state) != "sent")
        session.connection().execute(delete(WebhookDelivery).where(*waiting))
    return is_done


def tell(  # noqa: PLR0913, PLR0917  whom, of what, since when
    session: Session, webhook: Webhook, event: str, event_key: str, facts: Mapping[str, Any], now: datetime
) -> None:
    """Plan one delivery; planned before, nothing happens."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {
        "webhook_id": webhook.key,
        "event": event,
        "event_key": event_key,
        "facts": dict(facts),
        "state": "waiting",
        "attempts": 0,
        "due_at": now,
        "reason": "",
        "created_at": now,
    }
    session.connection().execute(insert(WebhookDelivery).on_conflict_do_nothing(), [row])


def due(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """What is to be sent by now, oldest first; also what somebody began and never ended."""
    waiting = (col(WebhookDelivery.state).in_(("waiting", "sending")), col(WebhookDelivery.due_at) <= now)
    found = select(WebhookDelivery.id).where(*waiting).order_by(col(WebhookDelivery.due_at), col(WebhookDelivery.id))
    return [each for each in session.exec(found.limit(limit)) if each is not None]


def take(session: Session, delivery_id: int, now: datetime) -> tuple[WebhookDelivery, Webhook] | None:
    """One delivery to send now; of two processes one gets it."""
    mine = (col(WebhookDelivery.id) == delivery_id, col(WebhookDelivery.due_at) <= now)
    free = or_(col(WebhookDelivery.state) == "waiting", col(WebhookDelivery.state) == "sending")
    taking = update(WebhookDelivery).where(*mine, free)
    taken = taking.values(state="sending", due_at=now + LEASE, attempts=WebhookDelivery.attempts + 1)
    if not session.connection().execute(taken).rowcount:
        return None
    found = session.get_one(WebhookDelivery, delivery_id, populate_existing=True)
    return found, session.get_one(Webhook, found.webhook_id)


def mark_sent(session: Session, delivery_id: int, now: datetime) -> None:
    """The program said that it has it."""
    _set(session, delivery_id, state="sent", sent_at=now, reason="")


def mark_failed(session: Session, delivery: WebhookDelivery, reason: str, now: datetime, *, is_final: bool) -> None:
    """It did not arrive: later once more, or after the last try never by itself."""
    is_dead = is_final or delivery.attempts > len(PAUSES)
    again = now if is_dead else now + timedelta(minutes=PAUSES[delivery.attempts - 1])
    _set(session, delivery.key, state="dead" if is_dead else "waiting", due_at=again, reason=reason[:200])


def dead(session: Session, limit: int = 100) -> Sequence[WebhookDelivery]:
    """What was given up, the newest first."""
    given_up = select(WebhookDelivery).where(WebhookDelivery.state == "dead")
    return session.exec(given_up.order_by(col(WebhookDelivery.id).desc()).limit(limit)).all()


def resend(session: Session, now: datetime, delivery_id: int | None = None) -> int:
    """How many of what was given up are tried anew; one, or all."""
    mine = [col(WebhookDelivery.state) == "dead"]
    if delivery_id is not None:
        mine.append(col(WebhookDelivery.id) == delivery_id)
    again = update(WebhookDelivery).where(*mine).values(state="waiting", attempts=0, due_at=now, reason="")
    return session.connection().execute(again).rowcount


def counts(session: Session) -> dict[int, dict[str, int]]:
    """Webhook id → state → how many."""
    counted = select(WebhookDelivery.webhook_id, WebhookDelivery.state, func.count()).group_by(
        col(WebhookDelivery.webhook_id), col(WebhookDelivery.state)
    )
    found: dict[int, dict[str, int]] = {}
    for webhook_id, state, number in session.exec(counted):
        found.setdefault(webhook_id, {})[state] = number
    return found


def prune(session: Session, before: datetime) -> int:
    """How many deliveries that arrived before that moment were forgotten."""
    old = (col(WebhookDelivery.state) == "sent", col(WebhookDelivery.sent_at) < before)
    return session.connection().execute(delete(WebhookDelivery).where(*old)).rowcount


def _set(session: Session, delivery_id: int, **values: Any) -> None:  # noqa: ANN401  column values
    session.connection().execute(update(WebhookDelivery).where(col(WebhookDelivery.id) == delivery_id).values(**values))
