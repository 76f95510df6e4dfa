"""Broadcasts (推送): drafted by one person, approved by another, sent, and everything that was done with them.

起草 draft → 待审批 in_review → 已批准 approved → 发送中 sending → 已发完 done; 已暂停 paused in between;
已取消 cancelled.
`_move` is the only function that changes a state: it refuses what is illegal and writes the history. Whoever wrote,
changed or submitted a text never approves it; a changed text is a draft again, and an approval names the edition
(第几稿) that was read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import update
from sqlmodel import JSON, Field, Session, SQLModel, col, select

from consultations.push_book import left_over
from consultations.segments import EVERYBODY
from consultations.subscriptions import Rule
from consultations.tickets import Staff

State = Literal["draft", "in_review", "approved", "sending", "paused", "done", "cancelled"]
Kind = Literal["push", "correction"]
STATE_NAMES: Mapping[str, str] = {
    "draft": "起草中",
    "in_review": "待审批",
    "approved": "已批准",
    "sending": "发送中",
    "paused": "已暂停",
    "done": "已发完",
    "cancelled": "已取消",
}
LEGAL_ORIGINS: Mapping[State, frozenset[State]] = {
    "draft": frozenset({"draft", "in_review", "approved"}),
    "in_review": frozenset({"draft"}),
    "approved": frozenset({"in_review", "paused"}),
    "sending": frozenset({"approved", "paused", "done"}),  # done: what was in doubt is sent again
    "paused": frozenset({"approved", "sending"}),
    "done": frozenset({"sending"}),
    "cancelled": frozenset({"draft", "in_review", "approved", "sending", "paused"}),
}
_DOINGS: Mapping[State, str] = {
    "draft": "修改或退回：发出以后不能再改，请另写一条",
    "in_review": "提交审批",
    "approved": "批准：先提交审批",
    "sending": "发送",
    "paused": "暂停",
    "done": "结束",
    "cancelled": "取消",
}
LONGEST_TITLE, LONGEST_TEXT, LONGEST_DETAILS = 40, 1000, 20_000  # characters; Telegram takes 4096 in one message
FURTHEST_AHEAD = timedelta(days=366)


class BroadcastRefusedError(Exception):
    """Something can't be done with a broadcast; the message is one Chinese sentence that names the cure."""


class ContentError(BroadcastRefusedError):
    """A text that can't be sent as it is."""


class IllegalMoveError(BroadcastRefusedError):
    """A broadcast was to become something it can't from where it is, or somebody was faster."""

    def __init__(self, broadcast: Broadcast, target: State) -> None:
        super().__init__(f"推送 {broadcast.id} 现在是“{STATE_NAMES[broadcast.state]}”，不能{_DOINGS[target]}。")


class SameEyesError(BroadcastRefusedError):
    """Somebody was to approve what they wrote, changed or submitted."""

    def __init__(self, broadcast: Broadcast) -> None:
        names = "、".join(dict.fromkeys(name for _, name in broadcast.hands))
        super().__init__(f"推送 {broadcast.id} 由 {names} 起草、修改或提交，须由另一位工作人员审批。")


class NotEditableError(BroadcastRefusedError):
    """What a correction push says is made for each person when it is sent."""

    def __init__(self, broadcast: Broadcast) -> None:
        super().__init__(f"推送 {broadcast.id} 是更正推送，内容是每个人现在的答复，不能改：可以批准，或者取消。")


class ChangedSinceError(BroadcastRefusedError):
    """Somebody approves another edition than the one there is."""

    def __init__(self, broadcast: Broadcast) -> None:
        super().__init__(f"推送 {broadcast.id} 改过了，现在是第 {broadcast.edition} 稿：请看过再批准。")


@dataclass(frozen=True)
class Content:
    """What is sent, to whom and when: `text` arrives, `details` (全文) open with a button. `is_insisted`: citations
    that look wrong were looked at and are right. `due_at` is ``None`` for as soon as it is approved.
    """

    text: str
    title: str = ""
    details: str = ""
    segment: str = EVERYBODY
    rule: Rule = field(default_factory=dict)
    due_at: datetime | None = None
    is_insisted: bool = False
    is_public: bool = True


class Broadcast(SQLModel, table=True):
    """One broadcast. `about` names what makes it stale, such as ``revision:12``; `hands` are ``[key, name]`` of those
    who must not approve it; `confirmed_at` is when it was approved; `n_capped` were left out because they got enough.
    """

    __tablename__ = "broadcast"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = "push"
    title: str = ""
    text: str
    details: str = ""
    about: str = ""
    segment: str = EVERYBODY
    rule: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: str = Field(default="draft", index=True)
    edition: int = 1
    author: str
    author_name: str = ""
    hands: list[Any] = Field(default_factory=list, sa_type=JSON)
    approver: str = ""
    approver_name: str = ""
    due_at: datetime | None = None
    is_insisted: bool = False
    is_public: bool = True
    n_recipients: int = 0
    n_capped: int = 0
    created_at: datetime
    confirmed_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored broadcast."""
        assert self.id is not None
        return self.id

    @property
    def is_published(self) -> bool:
        """Whether everybody may look it up."""
        return self.kind == "push" and self.is_public and self.started_at is not None

    @property
    def content(self) -> Content:
        """What is sent, to whom and when, as it stands now."""
        return Content(
            self.text,
            self.title,
            self.details,
            self.segment,
            self.rule,
            self.due_at,
            is_insisted=self.is_insisted,
            is_public=self.is_public,
        )


class BroadcastEvent(SQLModel, table=True):
    """One line of a broadcast's history: who made what of it, and which edition that was. `content_hash` is of what
    would go out: the words, to whom, when.
    """

    __tablename__ = "broadcast_event"

    id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.id", index=True)
    from_state: str
    to_state: str
    edition: int
    content_hash: str
    actor: str
    actor_name: str
    note: str = ""
    at: datetime


def draft(  # noqa: PLR0913  what, by whom, why
    session: Session, content: Content, by: Staff, now: datetime, *, kind: Kind = "push", about: str = ""
) -> Broadcast:
    """A stored draft.

    Raises:
        ContentError: It can't be sent as it is.
    """
    _check(content, now)
    broadcast = Broadcast(kind=kind, text="", about=about, author=by.key, author_name=by.name, created_at=now)
    _fill(broadcast, content, by)
    session.add(broadcast)
    session.flush()
    session.add(_event(broadcast, "", by, now))
    return broadcast


def edit(session: Session, broadcast: Broadcast, content: Content, by: Staff, now: datetime) -> None:
    """Another text, segment or time: a draft again, whatever was approved before.

    Raises:
        ContentError: It can't be sent as it is.
        IllegalMoveError: It is being sent already, or over.
    """
    _check(content, now)
    if broadcast.kind == "correction":
        raise NotEditableError(broadcast)
    if content == broadcast.content:
        return
    _move(session, broadcast, "draft", by, now)
    _fill(broadcast, content, by)
    broadcast.edition += 1
    broadcast.approver = broadcast.approver_name = ""
    broadcast.confirmed_at = None
    session.flush()


def submit(session: Session, broadcast: Broadcast, by: Staff, now: datetime) -> None:
    """It waits for a second person."""
    _check(broadcast.content, now)
    broadcast.hands = _with(broadcast.hands, by)
    _move(session, broadcast, "in_review", by, now)


def approve(session: Session, broadcast: Broadcast, edition: int, by: Staff, now: datetime) -> None:
    """It goes out at its time.

    Raises:
        SameEyesError: By one of those who had it in hand.
        ChangedSinceError: Another edition was read.
        IllegalMoveError: It does not wait for approval.
    """
    if is_in_hands_of(broadcast, by):
        raise SameEyesError(broadcast)
    if edition != broadcast.edition:
        raise ChangedSinceError(broadcast)
    if broadcast.state == "paused":  # it was approved before: it goes on (`resume`), it does not begin again
        raise IllegalMoveError(broadcast, "approved")
    _move(session, broadcast, "approved", by, now)
    broadcast.approver, broadcast.approver_name, broadcast.confirmed_at = by.key, by.name, now


def give_back(session: Session, broadcast: Broadcast, reason: str, by: Staff, now: datetime) -> None:
    """It is a draft again, because of `reason`."""
    _move(session, broadcast, "draft", by, now, reason)


def begin_sending(session: Session, broadcast: Broadcast, by: Staff, now: datetime) -> None:
    """Its rows are being written."""
    _move(session, broadcast, "sending", by, now)
    broadcast.started_at = now


def pause(session: Session, broadcast: Broadcast, by: Staff, now: datetime, note: str = "") -> None:
    """Nothing more leaves until it goes on."""
    _move(session, broadcast, "paused", by, now, note)


def resume(session: Session, broadcast: Broadcast, by: Staff, now: datetime) -> None:
    """It goes on where it stopped."""
    if broadcast.state != "paused":
        raise IllegalMoveError(broadcast, "sending")
    _move(session, broadcast, "sending" if broadcast.started_at else "approved", by, now)


def resend(session: Session, broadcast: Broadcast, by: Staff, now: datetime) -> None:
    """What was in doubt is being sent again; what is paused goes on first, or its held rows would wait for ever."""
    if broadcast.state == "paused":
        raise IllegalMoveError(broadcast, "sending")
    if broadcast.state != "sending":
        _move(session, broadcast, "sending", by, now)
        broadcast.finished_at = None


def finish(session: Session, broadcast: Broadcast, by: Staff, now: datetime) -> None:
    """Nothing waits any more."""
    _move(session, broadcast, "done", by, now)
    broadcast.finished_at = now


def cancel(session: Session, broadcast: Broadcast, by: Staff, now: datetime, note: str = "") -> None:
    """Nothing more leaves, for good."""
    _move(session, broadcast, "cancelled", by, now, note)
    broadcast.finished_at = now


def get(session: Session, broadcast_id: int | None) -> Broadcast | None:
    """The broadcast as it is now."""
    return session.get(Broadcast, broadcast_id, populate_existing=True) if broadcast_id else None


def newest(session: Session, limit: int = 20) -> Sequence[Broadcast]:
    """The last broadcasts, newest first."""
    return session.exec(select(Broadcast).order_by(col(Broadcast.id).desc()).limit(limit)).all()


def in_states(session: Session, *states: State) -> Sequence[Broadcast]:
    """The broadcasts in one of these states, oldest first."""
    return session.exec(select(Broadcast).where(col(Broadcast.state).in_(states)).order_by(col(Broadcast.id))).all()


def about(session: Session, subject: str, *states: State) -> Sequence[Broadcast]:
    """Those in one of these states whose `about` begins with `subject`, oldest first."""
    return [each for each in in_states(session, *states) if each.about.startswith(subject)]


def published(session: Session, limit: int = 100) -> Sequence[Broadcast]:
    """What the public may look up (往期推送): what went out to subscribers, newest first."""
    sent = select(Broadcast).where(
        Broadcast.kind == "push", col(Broadcast.is_public).is_(True), col(Broadcast.started_at).is_not(None)
    )
    return session.exec(sent.order_by(col(Broadcast.started_at).desc(), col(Broadcast.id).desc()).limit(limit)).all()


def history_of(session: Session, broadcast_id: int) -> Sequence[BroadcastEvent]:
    """Everything that was done with one, oldest first."""
    theirs = select(BroadcastEvent).where(BroadcastEvent.broadcast_id == broadcast_id)
    return session.exec(theirs.order_by(col(BroadcastEvent.id))).all()


def _move(  # noqa: PLR0913, PLR0917  one line of the history
    session: Session, broadcast: Broadcast, target: State, by: Staff, now: datetime, note: str = ""
) -> None:
    """The only function that changes a state."""
    origin = broadcast.state
    session.flush()
    here = (col(Broadcast.id) == broadcast.id, col(Broadcast.state) == origin)
    is_legal = origin in LEGAL_ORIGINS[target]
    moved = is_legal and session.connection().execute(update(Broadcast).where(*here).values(state=target)).rowcount
    if not moved:
        session.refresh(broadcast)  # somebody may have been faster
        raise IllegalMoveError(broadcast, target)
    session.refresh(broadcast)
    session.add(_event(broadcast, origin, by, now, note))


def _event(broadcast: Broadcast, origin: str, by: Staff, now: datetime, note: str = "") -> BroadcastEvent:
    return BroadcastEvent(
        broadcast_id=broadcast.key,
        from_state=origin,
        to_state=broadcast.state,
        edition=broadcast.edition,
        content_hash=_digest(broadcast.content),
        actor=by.key,
        actor_name=by.name,
        note=note,
        at=now,
    )


def _digest(content: Content) -> str:
    parts = vars(content) | {"due_at": content.due_at.isoformat() if content.due_at else ""}
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _fill(broadcast: Broadcast, content: Content, by: Staff) -> None:
    for name, value in vars(content).items():
        setattr(broadcast, name, value)
    broadcast.rule = {facet: list(values) for facet, values in content.rule.items()}
    broadcast.hands = _with(broadcast.hands, by)


def _with(hands: Sequence[Any], by: Staff) -> list[Any]:
    return [*hands, [by.key, by.name]] if [by.key, by.name] not in hands else list(hands)


def is_in_hands_of(broadcast: Broadcast, by: Staff) -> bool:
    """Whether that person had it in hand: the same account, or the same name."""
    return any(key == by.key or (name and name == by.name) for key, name in broadcast.hands)


def _check(content: Content, now: datetime) -> None:
    for fault in _faults(content, now):
        raise ContentError(fault)


def _faults(content: Content, now: datetime) -> list[str]:
    """What is wrong with a content, the cure in each sentence."""
    n_text, n_details = len(content.text), len(content.details)
    is_ahead = content.due_at is None or now < content.due_at <= now + FURTHEST_AHEAD
    places = left_over(f"{content.title}{content.text}{content.details}")
    found = {
        "推送内容是空的，请写上要告诉大家什么。": not content.text.strip(),
        f"正文 {n_text} 个字，最多 {LONGEST_TEXT} 个：请只写要点，其余放进全文（收到的人点“查看全文”看）。": n_text
        > LONGEST_TEXT,
        f"全文 {n_details} 个字，最多 {LONGEST_DETAILS} 个：请改放网址。": n_details > LONGEST_DETAILS,
        f"标题最多 {LONGEST_TITLE} 个字，请改短。": len(content.title) > LONGEST_TITLE,
        f"{places} 没有填上：请写出内容，或去掉大括号。": bool(places),
        "发送时间要在现在以后、一年以内：请改时间，或者不写（批准后马上发）。": not is_ahead,
    }
    return [sentence for sentence, is_wrong in found.items() if is_wrong]
