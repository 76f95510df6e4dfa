"""Follow-ups (回访): due rows that climb a ladder until somebody answered, each rung once, however long the house was
dark.

Unique on (ticket, kind, seq): planning twice plans once. ``waiting → sent → answered`` is the way of one that is
answered in chat; one that can't be, or isn't within a day, is sent on the person's other channel and then becomes a
``task`` (任务) for staff, to be done by phone or visit. ``cancelled`` when the person wants nothing unasked.

Every change of state goes through `_move`: it changes the row only when it is still as it was seen, and writes the
history. So of two processes that tick, or two members of staff who record, one wins.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Index, UniqueConstraint, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.contacts import Contact
from consultations.outbox import OutboxMessage

Kind = Literal["visit", "score_reminder", "second", "referral"]
State = Literal["waiting", "sent", "task", "answered", "cancelled"]
Cause = Literal["closed", "blocked", "failed", "unanswered", "second"]
Way = Literal["chat", "phone", "visit", "email"]

LATE = timedelta(hours=1)  # a tick runs every minute; an hour past due means the house was dark
KIND_NAMES: Mapping[str, str] = {
    "visit": "回访",
    "score_reminder": "评价提醒",
    "second": "二次回访",
    "referral": "对接回访",
}
STATE_NAMES: Mapping[str, str] = {
    "waiting": "未到时间",
    "sent": "已在聊天里发出",
    "task": "待电话或上门",
    "answered": "已有结果",
    "cancelled": "已取消",
}
CAUSES: Mapping[str, str] = {
    "closed": "咨询窗口已关闭",
    "blocked": "对方停用了聊天渠道",
    "failed": "聊天消息发送失败",
    "unanswered": "聊天里一天没有回应",
    "second": "评分低或没解决",
}
WAYS: Mapping[str, str] = {"chat": "聊天", "phone": "电话", "visit": "上门", "email": "邮件"}
RESULTS: Mapping[str, str] = {"ok": "顺利", "going": "还在办", "more": "还需要帮助", "unreached": "未联系上"}
ATTEMPTS = 3  # calls without success after which a task is closed as 未联系上
LEGAL_ORIGINS: Mapping[State, frozenset[str]] = {
    "waiting": frozenset(),
    "sent": frozenset({"waiting", "sent"}),  # from ``sent``: once more, on the person's other channel
    "task": frozenset({"waiting", "sent", "task"}),  # from ``task``: nobody was reached, another try
    "answered": frozenset({"sent", "task", "answered"}),
    "cancelled": frozenset({"waiting", "sent", "task"}),  # from ``sent`` on erasure only
}


class FollowUp(SQLModel, table=True):
    """One follow-up. `result` is a key of `RESULTS` once answered.

    `rule` names the rule it follows, `sent_to` the contact it was sent to last (the person may have several),
    `escalate_at` when it climbs unanswered. A task has its `cause`, a `task_due_at`, and `attempts` so far.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "seq"),
        Index("ix_follow_up_due", "state", "due_at"),
        Index("ix_follow_up_escalate", "state", "escalate_at"),
        Index("ix_follow_up_task", "state", "task_due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    contact_id: int = Field(foreign_key="contact.id", index=True)
    kind: str
    seq: int = 1
    rule: str = ""
    state: str = "waiting"
    due_at: datetime
    sent_at: datetime | None = None
    is_late: bool = False
    sent_to: int | None = None
    outbox_id: int | None = None
    rung: int = 0
    escalate_at: datetime | None = None
    cause: str = ""
    task_due_at: datetime | None = None
    attempts: int = 0
    reminded_at: datetime | None = None
    result: str = ""
    way: str = ""
    words: str = ""
    recorded_by: str = ""
    answered_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored follow-up."""
        assert self.id is not None
        return self.id

    @property
    def occasion(self) -> str:
        """What the outbox rows of this follow-up are called; each rung adds its own number."""
        return f"follow_up:{self.ticket_id}:{self.kind}:{self.seq}"


class FollowUpEvent(SQLModel, table=True):
    """One line of a follow-up's history: nothing that was recorded is lost when it is recorded anew."""

    __tablename__ = "follow_up_event"

    id: int | None = Field(default=None, primary_key=True)
    follow_up_id: int = Field(foreign_key="follow_up.id", index=True)
    from_state: str
    to_state: str
    what: str
    actor: str
    at: datetime


def plan(  # noqa: PLR0913  each is one column
    session: Session,
    ticket_id: int,
    contact_id: int,
    kind: Kind,
    due_at: datetime,
    *,
    seq: int = 1,
    rule: str = "",
) -> bool:
    """Whether a follow-up was planned; the same (ticket, kind, seq) is planned once."""
    values: dict[str, Any] = {"ticket_id": ticket_id, "contact_id": contact_id, "kind": kind, "seq": seq, "rule": rule}
    values |= {"state": "waiting", "due_at": due_at, "is_late": False, "rung": 0, "attempts": 0}
    values |= dict.fromkeys(("cause", "result", "way", "words", "recorded_by"), "")
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    unless_known = insert(FollowUp).values(values).on_conflict_do_nothing().returning(col(FollowUp.id))
    return session.connection().execute(unless_known).scalar_one_or_none() is not None


def get(session: Session, follow_up_id: int | None) -> FollowUp | None:
    """The follow-up as it is now."""
    return session.get(FollowUp, follow_up_id, populate_existing=True) if follow_up_id else None


def list_due(session: Session, now: datetime, limit: int = 100) -> Sequence[FollowUp]:
    """The follow-ups that should go out by now, oldest first."""
    due = select(FollowUp).where(FollowUp.state == "waiting", col(FollowUp.due_at) <= now)
    return session.exec(due.order_by(col(FollowUp.due_at)).limit(limit)).all()


def list_stuck(session: Session, now: datetime, limit: int = 100) -> list[tuple[FollowUp, Cause]]:
    """Those sent that must climb: nobody answered in time, or the channel says that they never arrived."""
    late = select(FollowUp).where(FollowUp.state == "sent", col(FollowUp.escalate_at) <= now)
    found: dict[int, tuple[FollowUp, Cause]] = {
        each.key: (each, "unanswered") for each in session.exec(late.order_by(col(FollowUp.escalate_at)).limit(limit))
    }
    lost = (
        select(FollowUp, Contact.is_blocked)
        .join(Contact, col(Contact.id) == col(FollowUp.sent_to))
        .outerjoin(OutboxMessage, col(OutboxMessage.id) == col(FollowUp.outbox_id))
        .where(FollowUp.state == "sent", col(FollowUp.escalate_at).is_not(None))
        .where(or_(col(Contact.is_blocked).is_(True), col(OutboxMessage.state) == "failed"))
    )
    for each, is_blocked in session.exec(lost.limit(limit)):
        found[each.key] = (each, "blocked" if is_blocked else "failed")
    return list(found.values())


def mark_sent(session: Session, follow_up: FollowUp, now: datetime, escalate_at: datetime | None = None) -> bool:
    """Whether this caller may send it: of two processes that try, one gets ``True``."""
    if follow_up.state != "waiting":
        return False
    values: dict[str, Any] = {"sent_at": now, "is_late": now - follow_up.due_at > LATE}
    values |= {"rung": 1, "escalate_at": escalate_at}
    return _move(session, follow_up, "sent", now, what="chat", sent_to=follow_up.contact_id, **values)


def mark_sent_on(
    session: Session, follow_up: FollowUp, sent_to: int, *, now: datetime, escalate_at: datetime | None
) -> bool:
    """Whether this caller may send it to another contact of the same person; one gets ``True``."""
    values: dict[str, Any] = {"sent_at": now, "sent_to": sent_to}
    values |= {"rung": follow_up.rung + 1, "escalate_at": escalate_at}
    return _move(session, follow_up, "sent", now, what="chat", is_late=now - follow_up.due_at > LATE, **values)


def make_task(session: Session, follow_up: FollowUp, cause: Cause, *, now: datetime, due_at: datetime) -> bool:
    """Whether this caller made it a task for staff: of two that try, one gets ``True``."""
    values: dict[str, Any] = {"cause": cause, "task_due_at": due_at, "escalate_at": None, "rung": follow_up.rung + 1}
    return _move(session, follow_up, "task", now, what=cause, **values)


def drop(session: Session, follow_up: FollowUp, what: str, now: datetime) -> bool:
    """It goes no further, and is not counted as moved; `what` says why in its history."""
    follow_up.escalate_at = None
    session.flush()
    if follow_up.state != "sent":  # what is in somebody's chat may still be answered
        _move(session, follow_up, "cancelled", now, what=what)
    return False


def list_tasks(session: Session, limit: int = 1000) -> Sequence[FollowUp]:
    """What staff have to do by phone or visit, the most urgent first."""
    tasks = select(FollowUp).where(FollowUp.state == "task")
    return session.exec(tasks.order_by(col(FollowUp.task_due_at), col(FollowUp.id)).limit(limit)).all()


def list_overdue(session: Session, now: datetime, limit: int = 100) -> Sequence[FollowUp]:
    """Tasks past their time of which staff were not reminded yet."""
    tasks = select(FollowUp).where(
        FollowUp.state == "task", col(FollowUp.task_due_at) <= now, col(FollowUp.reminded_at).is_(None)
    )
    return session.exec(tasks.order_by(col(FollowUp.task_due_at)).limit(limit)).all()


def mark_reminded(session: Session, follow_up: FollowUp, now: datetime) -> bool:
    """Whether this caller reminds staff of the task; once for each time it falls due."""
    still = (col(FollowUp.id) == follow_up.id, col(FollowUp.reminded_at).is_(None), col(FollowUp.state) == "task")
    return bool(session.connection().execute(update(FollowUp).where(*still).values(reminded_at=now)).rowcount)


def owned(session: Session, follow_up_id: int | None, contact_id: int) -> FollowUp | None:
    """A follow-up that was sent to this very person; ``None`` for anybody else's."""
    found = get(session, follow_up_id)
    is_theirs = found is not None and contact_id in (found.contact_id, found.sent_to)
    return found if found and is_theirs and found.state in ("sent", "task", "answered") and found.sent_at else None


def answer(session: Session, follow_up: FollowUp, result: str, now: datetime) -> bool:
    """What the person says in chat; the last word counts, the one before stays in the history."""
    if follow_up.state == "answered" and follow_up.result == result:
        return True
    values = {"result": result, "way": "chat", "answered_at": now, "escalate_at": None}
    return _move(session, follow_up, "answered", now, what=result, actor=f"contact:{follow_up.contact_id}", **values)


def record(  # noqa: PLR0913  each is one column
    session: Session, follow_up: FollowUp, result: str, *, way: Way, words: str, who: str, now: datetime
) -> bool:
    """What staff heard by phone or visit; ``False`` when somebody was faster or there is nothing to record."""
    if follow_up.state not in ("sent", "task"):
        return False
    values = {"result": result, "way": way, "words": words, "recorded_by": who, "answered_at": now}
    return _move(session, follow_up, "answered", now, what=result, actor=who, escalate_at=None, **values)


def try_again(session: Session, follow_up: FollowUp, *, who: str, now: datetime, due_at: datetime) -> bool:
    """Whether nobody was reached and the task stays, due once more."""
    values = {"attempts": follow_up.attempts + 1, "task_due_at": due_at, "reminded_at": None}
    return _move(session, follow_up, "task", now, what="unreached", actor=who, **values)


def cancel(session: Session, contact_id: int, now: datetime) -> None:
    """Nothing of what waits for this person goes out any more, and nobody calls them."""
    theirs = select(FollowUp).where(FollowUp.contact_id == contact_id)
    for each in session.exec(theirs.where(col(FollowUp.state).in_(["waiting", "task"]))).all():
        _move(session, each, "cancelled", now, what="withdrawn")
    sent = update(FollowUp).where(col(FollowUp.contact_id) == contact_id, col(FollowUp.state) == "sent")
    session.connection().execute(sent.values(escalate_at=None))


def call_off(session: Session, ticket_id: int, kind: Kind, now: datetime) -> int:
    """Nothing of this kind about this ticket goes on; the highest `seq` there is, 0 when there is none."""
    found = session.exec(select(FollowUp).where(FollowUp.ticket_id == ticket_id, FollowUp.kind == kind)).all()
    for each in found:
        if each.state in ("waiting", "task"):
            _move(session, each, "cancelled", now, what="called off")
        elif each.state == "sent":
            each.escalate_at = None
    return max((each.seq for each in found), default=0)


def of_contact(session: Session, contact_id: int) -> Sequence[FollowUp]:
    """One person's follow-ups, oldest first."""
    return session.exec(select(FollowUp).where(FollowUp.contact_id == contact_id).order_by(col(FollowUp.id))).all()


def of_ticket(session: Session, ticket_id: int, kind: Kind, seq: int = 1) -> FollowUp | None:
    """One follow-up of a ticket."""
    mine = select(FollowUp).where(FollowUp.ticket_id == ticket_id, FollowUp.kind == kind, FollowUp.seq == seq)
    return session.exec(mine).first()


def history_of(session: Session, follow_up_id: int) -> Sequence[FollowUpEvent]:
    """How a follow-up came to its state, oldest first."""
    events = select(FollowUpEvent).where(FollowUpEvent.follow_up_id == follow_up_id)
    return session.exec(events.order_by(col(FollowUpEvent.id))).all()


def recent(session: Session, limit: int = 50) -> Sequence[FollowUp]:
    """The follow-ups that went out or were done last, newest first."""
    rows = select(FollowUp).where(col(FollowUp.state).in_(["sent", "answered", "cancelled"]))
    return session.exec(rows.order_by(col(FollowUp.id).desc()).limit(limit)).all()


def forget(session: Session, contact_id: int, now: datetime) -> None:
    """Take what staff wrote down about one person out, and let nothing about them go on; results and times stay."""
    for each in of_contact(session, contact_id):
        if each.state in ("waiting", "sent", "task"):
            _move(session, each, "cancelled", now, what="erased", escalate_at=None)
    session.connection().execute(update(FollowUp).where(col(FollowUp.contact_id) == contact_id).values(words=""))


def empty(session: Session, ticket_ids: Collection[int]) -> None:
    """Take out what staff wrote down when they followed these tickets up."""
    session.connection().execute(update(FollowUp).where(col(FollowUp.ticket_id).in_(ticket_ids)).values(words=""))


def _move(  # noqa: PLR0913  one row, its new state, the line of its history
    session: Session,
    follow_up: FollowUp,
    target: State,
    now: datetime,
    *,
    what: str,
    actor: str = "",
    **values: Any,  # noqa: ANN401  column values
) -> bool:
    """Whether the follow-up came into its new state: the only function that changes one, and it writes the history."""
    origin = follow_up.state
    if origin not in LEGAL_ORIGINS[target]:
        return False
    seen = (
        col(FollowUp.id) == follow_up.id,
        col(FollowUp.state) == origin,
        col(FollowUp.rung) == follow_up.rung,
        col(FollowUp.attempts) == follow_up.attempts,
    )
    change = update(FollowUp).where(*seen).values(state=target, **values)
    if not session.connection().execute(change).rowcount:
        return False
    session.refresh(follow_up)
    line = FollowUpEvent(follow_up_id=follow_up.key, from_state=origin, to_state=target, what=what, actor=actor, at=now)
    session.add(line)
    return True
