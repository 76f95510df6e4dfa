"""Trainings (培训): what is held when, where and by whom, from the first draft to the filed record.

草稿 draft → 报名中 open → 已举办 held → 已归档 filed; 已取消 cancelled before it was held. `move` is the only function
that changes a state, `edit` the only one that changes a word; both write the history. The lecturer confirms the
courseware (讲师确认课件) as it is: another lecturer, courseware or version must be confirmed anew.

Source: service specification draft, 四(一)10: plan, courseware confirmed by the lecturer, people taking part, a
questionnaire afterwards, the record of all that.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.tickets import Staff

State = Literal["draft", "open", "held", "filed", "cancelled"]
STATE_NAMES: Mapping[str, str] = {
    "draft": "草稿",
    "open": "报名中",
    "held": "已举办",
    "filed": "已归档",
    "cancelled": "已取消",
}
LEGAL_ORIGINS: Mapping[State, frozenset[str]] = {
    "draft": frozenset(),
    "open": frozenset({"draft"}),
    "held": frozenset({"open"}),
    "filed": frozenset({"held"}),
    "cancelled": frozenset({"draft", "open"}),
}
ALIVE: tuple[State, ...] = ("draft", "open", "held")
TAKEN_PLACE: tuple[State, ...] = ("held", "filed")
SERVICE_ITEM = "B10"  # 知识产权培训
TOPIC = "培训活动"  # what its invitation is for among the subscriptions
CODE_OPENS_BEFORE = timedelta(minutes=30)
CONFIRMED_WORDS = ("lecturer", "courseware", "courseware_version")  # what the lecturer confirmed
RECORD = (*CONFIRMED_WORDS, "plan", "needs")  # what may still be written once it was held
EDITABLE = (
    *RECORD,
    "title",
    "starts_at",
    "ends_at",
    "place",
    "capacity",
    "audience",
    "notice",
    "topic",
    "service_item",
)
TOLD = ("starts_at", "ends_at", "place")  # whoever signed up hears of a change of these
_DOINGS: Mapping[str, str] = {
    "edit": "修改",
    "confirm": "确认课件",
    "join": "报名",
    "draft": "变回草稿",
    "open": "发布",
    "held": "记为已举办",
    "filed": "归档：举办以后才能归档",
    "cancelled": "取消",
}
_NUMBER = re.compile(r"PX-?(\d{8})-(\d{1,6})", re.IGNORECASE | re.ASCII)


class TrainingRefusedError(Exception):
    """Something can't be done with a training; the message is one Chinese sentence that names the cure."""


class IllegalMoveError(TrainingRefusedError):
    """A training was to become something it can't from where it is, or somebody was faster."""

    def __init__(self, training: Training, target: str) -> None:
        super().__init__(f"培训 {training.number} 现在是“{STATE_NAMES[training.state]}”，不能{_DOINGS[target]}。")


class ChangedSinceError(TrainingRefusedError):
    """Somebody changes another text than the one there is."""

    def __init__(self, training: Training) -> None:
        super().__init__(f"培训 {training.number} 刚刚被别人改过：请看过现在的再改。")


class UnconfirmedError(TrainingRefusedError):
    """A training was to be filed whose courseware the lecturer has not confirmed."""

    def __init__(self, training: Training) -> None:
        super().__init__(f"培训 {training.number} 还没有讲师确认课件的记录：先写明课件并记录确认，再归档。")


class Training(SQLModel, table=True):
    """One training. `outlet` is an id of the duty book, empty for all; `capacity` 0 means no limit. `notices` counts
    what was told to whoever signed up, `revision` the changes: whoever changes it changes what they read.
    """

    __tablename__ = "training"
    __table_args__ = (
        Index("ix_training_state", "state", "starts_at"),
        CheckConstraint("capacity >= 0", name="training_capacity"),
        CheckConstraint("ends_at > starts_at", name="training_ends_after_start"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    outlet: str = ""
    service_item: str = SERVICE_ITEM
    state: str = "draft"
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    lecturer: str = ""
    courseware: str = ""
    courseware_version: str = ""
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    capacity: int = 0
    audience: str = ""
    topic: str = TOPIC
    plan: str = ""
    notice: str = ""
    needs: str = ""
    code: str = ""
    reason: str = ""
    notices: int = 0
    revision: int = 1
    author: str
    author_name: str
    created_at: datetime
    changed_at: datetime

    @property
    def key(self) -> int:
        """The id of a stored training."""
        assert self.id is not None
        return self.id

    def takes_code(self, now: datetime) -> bool:
        """Whether people may sign in (签到) at that moment."""
        is_on = self.starts_at - CODE_OPENS_BEFORE <= now <= self.ends_at
        return self.state in ("open", "held") and is_on

    def takes_sign_ups(self, now: datetime) -> bool:
        """Whether people may sign up (报名) at that moment."""
        return self.state == "open" and now < self.starts_at


class TrainingEvent(SQLModel, table=True):
    """One line of a training's history: a move, or a change of its words (both states equal)."""

    __tablename__ = "training_event"

    id: int | None = Field(default=None, primary_key=True)
    training_id: int = Field(foreign_key="training.id", index=True)
    from_state: str
    to_state: str
    revision: int
    actor: str
    actor_name: str
    note: str = ""
    at: datetime


def create(session: Session, training: Training, by: Staff, now: datetime) -> Training:
    """The same training, stored with the first line of its history."""
    session.add(training)
    session.flush()
    session.add(_event(training, "", by, now))
    return training


def get(session: Session, training_id: int | None) -> Training | None:
    """The training as it is now."""
    return session.get(Training, training_id, populate_existing=True) if training_id else None


def number_in(text: str) -> str:
    """The first number of a training in a text, as we write it; short ones (PX-20261127-01) are made whole."""
    found = _NUMBER.search(text)
    return f"PX-{found[1]}-{int(found[2]):04d}" if found else ""


def by_number(session: Session, number: str) -> Training | None:
    """The training of that number, letters in any case, zeros in front or not."""
    return session.exec(select(Training).where(Training.number == number_in(number))).first()


def in_states(session: Session, states: Iterable[str], limit: int = 1000) -> Sequence[Training]:
    """The trainings in these states, the last to be held first."""
    found = select(Training).where(col(Training.state).in_(list(states)))
    return session.exec(found.order_by(col(Training.starts_at).desc(), col(Training.id).desc()).limit(limit)).all()


def open_at(session: Session, now: datetime) -> Sequence[Training]:
    """What one may sign up for at that moment, the next first."""
    found = select(Training).where(Training.state == "open", col(Training.starts_at) > now)
    return session.exec(found.order_by(col(Training.starts_at), col(Training.id))).all()


def over_at(session: Session, now: datetime) -> Sequence[Training]:
    """What is over by that moment and not noted as held."""
    found = select(Training).where(Training.state == "open", col(Training.ends_at) <= now)
    return session.exec(found.order_by(col(Training.id))).all()


def with_code(session: Session, code: str, now: datetime) -> Training | None:
    """The training whose sign-in code that is, while it is taken."""
    found = session.exec(select(Training).where(Training.code == code, col(Training.state).in_(("open", "held"))))
    return next((each for each in found if each.takes_code(now)), None)


def history_of(session: Session, training_id: int) -> Sequence[TrainingEvent]:
    """How a training came to be what it is, oldest first."""
    events = select(TrainingEvent).where(TrainingEvent.training_id == training_id)
    return session.exec(events.order_by(col(TrainingEvent.id))).all()


def edit(  # noqa: PLR0913, PLR0917  who changes what, having read which revision, when
    session: Session, training: Training, seen: int, changes: Mapping[str, Any], by: Staff, now: datetime, *, note: str
) -> None:
    """Other words. What the lecturer confirmed is not confirmed any more when it is something else.

    Raises:
        IllegalMoveError: It is over; once it was held only the record of it may be completed.
        ChangedSinceError: Somebody changed it since it was read.
    """
    assert set(changes) <= set(EDITABLE)
    _hold(session, training, "edit", ("draft", "open") if set(changes) - set(RECORD) else ALIVE)
    if training.revision != seen:
        raise ChangedSinceError(training)
    if any(changes.get(name, getattr(training, name)) != getattr(training, name) for name in CONFIRMED_WORDS):
        training.confirmed_at, training.confirmed_by = None, ""
    for name, value in changes.items():
        setattr(training, name, value)
    training.changed_at, training.revision = now, seen + 1
    session.flush()
    session.add(_event(training, training.state, by, now, note))


def confirm(session: Session, training: Training, by: Staff, now: datetime) -> None:
    """The lecturer has confirmed the courseware; `by` is whoever writes that down.

    Raises:
        IllegalMoveError: It is over.
    """
    _hold(session, training, "confirm", ALIVE)
    training.confirmed_at, training.confirmed_by, training.revision = now, by.name, training.revision + 1
    session.flush()
    session.add(_event(training, training.state, by, now, "讲师确认课件"))


def move(  # noqa: PLR0913  who, where to, when, why
    session: Session, training: Training, target: State, by: Staff, now: datetime, *, note: str = ""
) -> None:
    """The training in its new state: the only function that changes a state.

    Raises:
        IllegalMoveError: It can't become that from where it is, or somebody was faster.
        UnconfirmedError: It was to be filed without the lecturer's confirmation.
    """
    origin = training.state
    _hold(session, training, target, LEGAL_ORIGINS[target])
    if target == "filed" and training.confirmed_at is None:
        raise UnconfirmedError(training)
    if target == "open":
        training.code = _fresh_code(session)
    if target == "cancelled":
        training.reason = note
    training.state, training.changed_at, training.revision = target, now, training.revision + 1
    session.flush()
    session.add(_event(training, origin, by, now, note))


def hold(session: Session, training: Training) -> None:
    """The training read anew, held until the transaction ends: of two who want the last seat one gets it."""
    session.flush()
    session.refresh(training, with_for_update=True)


def hold_open(session: Session, training: Training) -> None:
    """The same, while it takes part in sign-ups.

    Raises:
        IllegalMoveError: It is not open.
    """
    _hold(session, training, "join", ("open",))


def _hold(session: Session, training: Training, target: str, origins: Iterable[str]) -> None:
    hold(session, training)
    if training.state not in origins:
        raise IllegalMoveError(training, target)


def _fresh_code(session: Session) -> str:
    """Six digits that no other training uses; who guesses has one chance in a million a try."""
    used = set(session.exec(select(Training.code).where(col(Training.state).in_(ALIVE))))
    while True:
        code = f"{secrets.randbelow(10**6):06d}"
        if code not in used:
            return code


def _event(training: Training, origin: str, by: Staff, now: datetime, note: str = "") -> TrainingEvent:
    return TrainingEvent(
        training_id=training.key,
        from_state=origin,
        to_state=training.state,
        revision=training.revision,
        actor=by.key,
        actor_name=by.name,
        note=note,
        at=now,
    )
