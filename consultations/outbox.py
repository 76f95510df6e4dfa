"""The outbox: every message that is to leave the house, one row each, until somebody knows what became of it.

States: ``new → sending → sent | failed | unsure``, and ``cancelled`` for what need not go out any more. No channel can
promise exactly-once sending, so a row whose sender died while holding it is in doubt. ``on_doubt`` decides at the time
of writing what then happens: ``resend`` (a person waits for it; a double is the smaller harm) or ``hold`` (broadcasts:
the row is shown as ``unsure`` until somebody presses resend). Nothing is silently lost either way.

Our copy of what was said goes when it has served: at once where a message is fleeting, else by `outbox_pruning.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    ColumnElement,
    Index,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import Field, Session, SQLModel, col

from consultations.contacts import Contact
from consultations.messages import Address, Outbound, outbound_from_json, outbound_to_json

State = Literal["new", "held", "sending", "sent", "failed", "unsure", "cancelled"]
Condition = ColumnElement[bool]
OnDoubt = Literal["resend", "hold"]

REPLY_PRIORITY = 0  # a person waits
BROADCAST_PRIORITY = 9
PRIORITIES = range(REPLY_PRIORITY, BROADCAST_PRIORITY + 1)

# About a day in all: an outage of the channel over night costs no message.
BACK_OFF_SECONDS = (2, 5, 15, 60, 300, 900, 3600, 3600, 3600 * 4, 3600 * 12)

# Nobody knows whether it arrived: each time that it is sent again may be one copy more, so the pauses grow faster.
DOUBT_SECONDS = (5, 60, 300, 1800)

# From which states a row may move into the state named by the key. A late "it did arrive" is always welcome: a row may
# have lost its lease, or been cancelled, while its message was still on the wire.
LEGAL_ORIGINS: Mapping[State, frozenset[State]] = {
    "new": frozenset({"sending", "unsure", "failed", "held"}),
    "held": frozenset({"new"}),
    "sending": frozenset({"new"}),
    "sent": frozenset({"sending", "new", "held", "unsure", "cancelled"}),
    "failed": frozenset({"sending"}),
    "unsure": frozenset({"sending"}),
    "cancelled": frozenset({"new", "held", "unsure", "failed"}),
}
FINAL: tuple[State, ...] = ("sent", "failed", "cancelled")
UNREACHABLE = "对方收不到"  # how the reason of a failed row begins whose person must not be tried again


class IllegalMoveError(Exception):
    """Rows were to change into a state that is not reachable from where they are."""

    def __init__(self, ids: Collection[int], target: State) -> None:
        super().__init__(f"Outbox rows {sorted(ids)} cannot become {target}; read their state again first.")
        self.ids = frozenset(ids)
        self.target = target


class OutboxMessage(SQLModel, table=True):
    """One message on its way out. `payload` is `outbound_to_json` of the message, empty once our copy is gone."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        # The order in which `claim_due` takes rows; holds the waiting rows only, however many were sent before.
        Index(
            "ix_outbox_message_waiting",
            "priority",
            "channel",
            "due_at",
            "id",
            sqlite_where=text("state = 'new'"),
            postgresql_where=text("state = 'new'"),
        ),
        Index(
            "ix_outbox_message_unsure",
            "id",
            sqlite_where=text("state = 'unsure'"),
            postgresql_where=text("state = 'unsure'"),
        ),
        Index("ix_outbox_message_lease", "lease_until"),  # only rows in `sending` have a lease
        Index("ix_outbox_message_chat", "channel", "chat_id"),
        Index("ix_outbox_message_broadcast", "broadcast_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    chat_id: str
    kind: str
    payload: dict[str, Any] = Field(sa_type=JSON)
    dedupe_key: str | None = Field(default=None, unique=True)
    state: str = "new"
    on_doubt: str = "resend"
    priority: int = REPLY_PRIORITY
    attempts: int = 0
    due_at: datetime
    lease_until: datetime | None = None
    foreign_id: str = ""
    reason: str = ""
    broadcast_id: int | None = None
    created_at: datetime
    sent_at: datetime | None = None
    staff_told_at: datetime | None = None  # that it failed

    @property
    def message(self) -> Outbound:
        """The message as its sender needs it, with the row's id."""
        return outbound_from_json(self.payload, self.id)


# The last look at a row of a broadcast, in the statement that claims it: not one that was stopped, and only to whom it
# may still go. What somebody does a moment before (退订, 暂停, 删除) holds, whatever brought the row back meanwhile.
_GOES_ON = text("broadcast_id NOT IN (SELECT id FROM broadcast WHERE state IN ('paused', 'cancelled'))")
IS_WELCOME = exists().where(
    col(Contact.channel) == col(OutboxMessage.channel),
    col(Contact.chat_id) == col(OutboxMessage.chat_id),
    col(Contact.is_blocked).is_(False),
    col(Contact.is_subscribed) | ((col(OutboxMessage.kind) != "broadcast") & (col(Contact.consent) != "refused")),
)
_MAY_GO = or_(col(OutboxMessage.broadcast_id).is_(None), and_(_GOES_ON, IS_WELCOME))


def enqueue(  # noqa: PLR0913  each is one column a caller may decide
    session: Session,
    message: Outbound,
    *,
    now: datetime,
    due_at: datetime | None = None,
    dedupe_key: str | None = None,
    on_doubt: OnDoubt = "resend",
    priority: int = REPLY_PRIORITY,
    broadcast_id: int | None = None,
    claimed_for_seconds: float | None = None,
) -> Outbound:
    """The message with its `outbox_id`; it leaves at `due_at` (at once when missing).

    Args:
        session: A writing session; the row exists when its transaction does.
        message: What to send.
        now: The time of the turn.
        due_at: Not before this moment.
        dedupe_key: Names the occasion, as in ``survey:42``. When a row with this key exists it is returned unchanged
            and nothing is added. ``None`` always adds a row.
        on_doubt: ``resend`` or ``hold``, see the module.
        priority: 0 (a person waits) to 9 (broadcast).
        broadcast_id: The broadcast the row belongs to.
        claimed_for_seconds: The caller sends the message itself, now, and marks the row; delivery takes over when the
            lease is over and the row is still unmarked.
    """
    row = _values(message, now, due_at=due_at, on_doubt=on_doubt, priority=priority, broadcast_id=broadcast_id)
    row["dedupe_key"] = dedupe_key
    if claimed_for_seconds is not None:
        row.update(state="sending", attempts=1, lease_until=now + timedelta(seconds=claimed_for_seconds))
    adding = _adding(session.get_bind().dialect.name)
    added = session.connection().execute(adding.returning(col(OutboxMessage.id)), row).scalar_one_or_none()
    if added is not None:
        return replace(message, outbox_id=added)
    return _existing(session, message, dedupe_key)


def enqueue_many(  # noqa: PLR0913
    session: Session,
    messages: Iterable[tuple[Outbound, str | None]],
    *,
    now: datetime,
    due_at: datetime | None = None,
    on_doubt: OnDoubt = "hold",
    priority: int = BROADCAST_PRIORITY,
    broadcast_id: int | None = None,
) -> int:
    """How many rows were added for ``(message, dedupe_key)`` pairs; pairs whose key exists already are skipped.

    For broadcasts: 10,000 rows take about half a second.
    """
    rows = [
        _values(message, now, due_at=due_at, on_doubt=on_doubt, priority=priority, broadcast_id=broadcast_id)
        | {"dedupe_key": key}
        for message, key in messages
    ]
    if not rows:
        return 0
    before = _count(session)
    session.connection().execute(_adding(session.get_bind().dialect.name), rows)
    return _count(session) - before


def claim_due(  # noqa: PLR0913  one claim
    session: Session,
    *,
    now: datetime,
    channels: Collection[str],
    limit: int,
    lease_seconds: float,
    is_quiet: bool = False,
) -> list[Outbound]:
    """Up to `limit` due messages, now leased to the caller, ordered by priority, due time and age; in quiet hours
    (静默时段) none of a broadcast, whenever it was due.

    Whoever claims a row must mark it before the lease is over. Several processes may claim at once: each row goes to
    one of them. Takes ≤ 5 ms with 200,000 rows waiting, because each (priority, channel) is one look into the index.
    """
    if not channels:
        return []
    due = _due_ids(tuple(sorted(channels)), is_quiet=is_quiet)
    ids = session.connection().execute(due, {"now": now, "most": limit}).scalars().all()
    if not ids:
        return []
    lease_until = now + timedelta(seconds=lease_seconds)
    claimed = move(session, "sending", _among(ids), lease_until=lease_until, attempts=OutboxMessage.attempts + 1)
    return [row.message for row in _rows(session, [each for each in ids if each in claimed])]


def mark_sent(session: Session, foreign_ids: Mapping[int, str], now: datetime) -> None:
    """The messages arrived; `foreign_ids` gives each outbox id the id its channel knows it by.

    Marking a row twice keeps the first foreign id.

    Raises:
        IllegalMoveError: A row had been given up as failed.
    """
    if not foreign_ids:
        return
    moved = _moved(session, _marking_sent(), {"ids": list(foreign_ids), "now": now})
    # One row after the other by its key: one statement with a case for each row takes the square of their number.
    named = [{"row_id": each, "given": foreign_ids[each]} for each in sorted(moved)]
    if named:
        session.connection().execute(_NAME, named)
    _refuse_unless(session, foreign_ids.keys() - moved, "sent", also="sent")


def mark_failed(session: Session, outbox_id: int, reason: str, now: datetime) -> None:
    """The message will never arrive; `reason` is what staff read."""
    moved = move(session, "failed", _among([outbox_id]), reason=reason, lease_until=None, sent_at=None, due_at=now)
    _refuse_unless(session, {outbox_id} - moved, "failed", also="failed")


def postpone(session: Session, outbox_id: int, due_at: datetime, reason: str, *, counted: bool = True) -> None:
    """The message is tried again at `due_at`. `counted=False` for a wait the channel asked for: no attempt is used."""
    attempts = OutboxMessage.attempts - (0 if counted else 1)
    moved = move(session, "new", _among([outbox_id]), due_at=due_at, reason=reason, lease_until=None, attempts=attempts)
    _refuse_unless(session, {outbox_id} - moved, "new")


def mark_doubtful(session: Session, outbox_id: int, due_at: datetime, reason: str) -> None:
    """Nobody knows whether the message arrived: it is sent again at `due_at`, or held as unsure, as its row says."""
    _doubt(session, _among([outbox_id]), due_at, reason)


def pause_in_doubt(session: Session, outbox_id: int) -> timedelta:
    """How long to wait before a message is sent again that may have arrived; grows with its attempts."""
    attempts = _attempts(session, outbox_id)
    return timedelta(seconds=DOUBT_SECONDS[min(max(attempts, 1), len(DOUBT_SECONDS)) - 1])


def _attempts(session: Session, outbox_id: int) -> int:
    tried = select(OutboxMessage.attempts).where(*_among([outbox_id]))  # type: ignore[call-overload]
    return int(session.connection().execute(tried).scalar_one())


def retry_later(session: Session, outbox_id: int, now: datetime, reason: str) -> bool:
    """Whether the message will be tried again, after a pause that grows with its attempts; else it has failed."""
    attempts = _attempts(session, outbox_id)
    if attempts > len(BACK_OFF_SECONDS):
        mark_failed(session, outbox_id, reason, now)
        return False
    postpone(session, outbox_id, now + timedelta(seconds=BACK_OFF_SECONDS[attempts - 1]), reason)
    return True


def recover(session: Session, now: datetime, *, abandoned: Collection[str] = ()) -> int:
    """How many rows were freed whose sender died: ``resend`` rows wait again, ``hold`` rows become unsure.

    A sender is dead when its lease is over, or when it sent on a channel in `abandoned`: the caller, just started,
    knows that it is the only sender there.
    """
    dead = [col(OutboxMessage.lease_until) < now]
    if abandoned:
        held = col(OutboxMessage.lease_until).is_not(None) & col(OutboxMessage.channel).in_(sorted(abandoned))
        dead = [or_(dead[0], held)]
    return _doubt(session, dead, now, "发送过程中断")


def cancel_waiting(session: Session, address: Address, kinds: Collection[str]) -> int:
    """How many waiting messages of these kinds to one person were called off (a withdrawn consent, a blocked bot)."""
    theirs = [*sent_to(address), col(OutboxMessage.kind).in_(list(kinds))]
    return len(move(session, "cancelled", theirs, lease_until=None))


def of_address(session: Session, address: Address) -> Sequence[OutboxMessage]:
    """Everything that went or is to go to one person, oldest first; what was pruned is missing or empty."""
    rows = select(OutboxMessage).where(*sent_to(address)).order_by(col(OutboxMessage.id))
    return session.execute(rows).scalars().all()


def keys_beginning(session: Session, prefix: str) -> dict[str, str]:
    """Key → state of the rows whose key begins so."""
    key = col(OutboxMessage.dedupe_key)
    rows = select(key, OutboxMessage.state).where(key.startswith(prefix, autoescape=True))  # type: ignore[call-overload]
    return {str(name): str(state) for name, state in session.connection().execute(rows)}


def cancel_keys(session: Session, prefix: str) -> int:
    """How many waiting messages whose key begins so were called off."""
    theirs = [col(OutboxMessage.dedupe_key).startswith(prefix, autoescape=True)]
    return len(move(session, "cancelled", theirs, lease_until=None))


def sent_to(address: Address) -> list[ColumnElement[bool]]:
    """The condition that a row goes or went to this person."""
    return [col(OutboxMessage.channel) == address.channel, col(OutboxMessage.chat_id) == address.chat_id]


def count_by_state(session: Session, broadcast_id: int | None = None) -> dict[str, int]:
    """How many rows stand in each state, of one broadcast or of all; states without rows are missing."""
    counts = select(OutboxMessage.state, func.count()).group_by(col(OutboxMessage.state))  # type: ignore[call-overload]
    if broadcast_id is not None:
        counts = counts.where(col(OutboxMessage.broadcast_id) == broadcast_id)
    return {str(state): int(count) for state, count in session.connection().execute(counts)}


@functools.lru_cache(maxsize=32)
def _due_ids(channels: tuple[str, ...], *, is_quiet: bool) -> Select[Any]:
    """The statement giving up to ``:most`` ids that are due at ``:now``: one look into the index for each priority and
    channel, then the best of all looks. Built once for each set of channels: building takes longer than running.
    """
    at_most = bindparam("most", type_=Integer)
    waiting = select(OutboxMessage.id, OutboxMessage.priority, OutboxMessage.due_at).where(  # type: ignore[call-overload]
        text("state = 'new'"),
        col(OutboxMessage.broadcast_id).is_(None) if is_quiet else _MAY_GO,
        col(OutboxMessage.due_at) <= bindparam("now", type_=OutboxMessage.__table__.c.due_at.type),  # type: ignore[attr-defined]
    )
    looks = [
        waiting.where(col(OutboxMessage.priority) == priority, col(OutboxMessage.channel) == channel)
        .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
        .limit(at_most)
        .subquery()
        for priority in (PRIORITIES[:-1] if is_quiet else PRIORITIES)
        for channel in channels
    ]
    due = union_all(*(select(look) for look in looks)).subquery()
    return select(due.c.id).order_by(due.c.priority, due.c.due_at, due.c.id).limit(at_most)


def _moving(target: State, where: Iterable[ColumnElement[bool]], **values: Any) -> ReturningUpdate[Any]:  # noqa: ANN401  column values
    """The statement that makes rows `target` and gives their ids: the only one that changes a state. Rows from where
    that is illegal stay.
    """
    legal = col(OutboxMessage.state).in_(sorted(LEGAL_ORIGINS[target]))
    if target in FINAL:
        values |= _KEPT
    change = update(OutboxMessage).where(*where, legal).values(state=target, **values)
    return change.returning(col(OutboxMessage.id))


def move(session: Session, target: State, where: Iterable[ColumnElement[bool]], **values: Any) -> set[int]:  # noqa: ANN401  column values
    """The ids that became `target`."""
    return _moved(session, _moving(target, where, **values))


def _moved(session: Session, moving: ReturningUpdate[Any], values: Mapping[str, Any] | None = None) -> set[int]:
    return {each for each in session.connection().execute(moving, values).scalars() if each is not None}


@functools.cache
def _marking_sent() -> ReturningUpdate[Any]:
    """Rows ``:ids`` arrived at ``:now``. Built once: every reply is marked, and building takes longer than running."""
    now = bindparam("now", type_=OutboxMessage.__table__.c.sent_at.type)  # type: ignore[attr-defined]
    these = col(OutboxMessage.id).in_(bindparam("ids", expanding=True))
    return _moving("sent", [these], sent_at=now, lease_until=None, reason="")


_NAME = update(OutboxMessage).where(col(OutboxMessage.id) == bindparam("row_id")).values(foreign_id=bindparam("given"))

# What is left of a message that is out: of a fleeting one neither what it said nor to whom.
_IS_FLEETING = col(OutboxMessage.payload)["is_fleeting"].as_boolean()
_KEPT: Mapping[str, Any] = {
    "payload": case((_IS_FLEETING, literal({}, JSON)), else_=col(OutboxMessage.payload)),
    "chat_id": case((_IS_FLEETING, ""), else_=col(OutboxMessage.chat_id)),
}


def _refuse_unless(session: Session, ids: Collection[int], target: State, also: State | None = None) -> None:
    if not ids:
        return
    fine = select(OutboxMessage.id).where(*_among(ids), col(OutboxMessage.state) == also)  # type: ignore[call-overload]
    refused = set(ids) - set(session.connection().execute(fine).scalars())
    if refused:
        raise IllegalMoveError(refused, target)


def _doubt(session: Session, where: Iterable[ColumnElement[bool]], due_at: datetime, reason: str) -> int:
    held = [*where, col(OutboxMessage.state) == "sending"]
    resend, hold = ([*held, col(OutboxMessage.on_doubt) == each] for each in ("resend", "hold"))
    freed = move(session, "new", resend, due_at=due_at, lease_until=None, reason=reason)
    return len(freed) + len(move(session, "unsure", hold, lease_until=None, reason=reason))


def _values(  # noqa: PLR0913
    message: Outbound,
    now: datetime,
    *,
    due_at: datetime | None,
    on_doubt: OnDoubt,
    priority: int,
    broadcast_id: int | None,
) -> dict[str, Any]:
    if priority not in PRIORITIES:
        msg = f"Priority {priority} is not in 0–9."
        raise ValueError(msg)
    return {
        "channel": message.address.channel,
        "chat_id": message.address.chat_id,
        "kind": message.kind,
        "payload": outbound_to_json(message),
        "state": "new",
        "on_doubt": on_doubt,
        "priority": priority,
        "attempts": 0,
        "due_at": due_at or now,
        "lease_until": None,
        "foreign_id": "",
        "reason": "",
        "broadcast_id": broadcast_id,
        "created_at": now,
        "sent_at": None,
    }


@functools.cache
def _adding(dialect: str) -> sqlite.Insert | postgresql.Insert:
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(OutboxMessage).on_conflict_do_nothing(index_elements=["dedupe_key"])


def _existing(session: Session, message: Outbound, dedupe_key: str | None) -> Outbound:
    """The row that has the key; the caller's own message with its id where our copy is gone."""
    same_key = select(OutboxMessage).where(col(OutboxMessage.dedupe_key) == dedupe_key)
    row: OutboxMessage = session.execute(same_key).scalar_one()
    return row.message if row.payload else replace(message, outbox_id=row.id)


def _rows(session: Session, ids: list[int]) -> list[OutboxMessage]:
    fresh = select(OutboxMessage).where(*_among(ids)).execution_options(populate_existing=True)
    by_id = {row.id: row for row in session.execute(fresh).scalars()}
    return [by_id[each] for each in ids]


def _count(session: Session) -> int:
    return session.connection().execute(select(func.count()).select_from(OutboxMessage)).scalar_one()


def _among(ids: Iterable[int]) -> list[ColumnElement[bool]]:
    return [col(OutboxMessage.id).in_(list(ids))]
