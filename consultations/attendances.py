"""Who takes part in a training (培训报名、签到): signed up, waiting for a seat (候补), withdrawn, attended.

One row for each training and person, in the database too; people without chat are entered by staff by their name. Each
function that takes or frees a seat holds the training first (`trainings.hold`), so of two who want the last seat one
gets it, and nobody is moved up twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Index, UniqueConstraint, func, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations import trainings
from consultations.trainings import Training, TrainingRefusedError

State = Literal["signed_up", "waiting", "withdrawn", "attended"]
STATE_NAMES: Mapping[str, str] = {
    "signed_up": "已报名",
    "waiting": "候补",
    "withdrawn": "已取消报名",
    "attended": "已签到",
}
SEATED: tuple[State, ...] = ("signed_up", "attended")
COMING: tuple[State, ...] = ("signed_up", "waiting")
BY_STAFF = "staff"  # the channel of whoever has no chat
LONGEST_NAME = 60  # characters of a name with its organisation


class Attendance(SQLModel, table=True):
    """One person at one training. `turn` is the number in the list and the order of waiting: whoever signs up anew goes
    to the end. `reminded_on` is the day of the training they were reminded of.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("training_id", "contact_id", name="attendance_once"),
        UniqueConstraint("training_id", "turn", name="attendance_turn"),
        Index("ix_attendance_contact_id", "contact_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    training_id: int = Field(foreign_key="training.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    name: str = ""
    state: str
    turn: int
    channel: str
    signed_at: datetime
    changed_at: datetime
    attended_at: datetime | None = None
    reminded_on: date | None = None

    @property
    def key(self) -> int:
        """The id of a stored row."""
        assert self.id is not None
        return self.id


class TooLateError(TrainingRefusedError):
    """It has begun."""

    def __init__(self, training: Training) -> None:
        super().__init__(f"《{training.title}》已经开始，不能再报名或取消；到了现场请发“签到”和签到码。")


class KnownNameError(TrainingRefusedError):
    """Somebody of that name is in the list."""

    def __init__(self, name: str) -> None:
        super().__init__(f"名单里已经有“{name}”：是另一个人的话，请在姓名后面写上单位，例如 {name}（示例公司）。")


class NobodyError(TrainingRefusedError):
    """Nobody in the list is meant, or several are."""

    def __init__(self, words: str, n_found: int) -> None:
        many = f"名单里有 {n_found} 位“{words}”" if n_found else f"名单里没有“{words}”"
        super().__init__(f"{many}：请写名单里的序号；现场来的新人请先“报名 姓名”。")


def get(session: Session, attendance_id: int | None) -> Attendance | None:
    """The row as it is now."""
    return session.get(Attendance, attendance_id, populate_existing=True) if attendance_id else None


def of_training(session: Session, training_id: int, *states: State) -> Sequence[Attendance]:
    """The list of a training in its order, everybody or those in these states."""
    found = select(Attendance).where(Attendance.training_id == training_id)
    if states:
        found = found.where(col(Attendance.state).in_(states))
    return session.exec(found.order_by(col(Attendance.turn))).all()


def of_contact(session: Session, contact_id: int) -> Sequence[Attendance]:
    """What one person signed up for, oldest first."""
    theirs = select(Attendance).where(Attendance.contact_id == contact_id)
    return session.exec(theirs.order_by(col(Attendance.id))).all()


def find(session: Session, training_id: int, contact_ids: Collection[int]) -> Attendance | None:
    """The row of one person, known by any of their channels; one that holds a place before others."""
    theirs = select(Attendance).where(
        Attendance.training_id == training_id, col(Attendance.contact_id).in_(contact_ids)
    )
    rows = session.exec(theirs.order_by(col(Attendance.id)).execution_options(populate_existing=True)).all()
    return min(rows, key=lambda each: each.state == "withdrawn", default=None)


def named(session: Session, training_id: int, words: str) -> Attendance:
    """Whom staff mean by a number of the list or a name.

    Raises:
        NobodyError: Nobody, or several.
    """
    rows = of_training(session, training_id)
    by_turn = [each for each in rows if str(each.turn) == words.strip()]
    found = by_turn or [each for each in rows if _plain(each.name) == _plain(words) != ""]
    if len(found) != 1:
        raise NobodyError(words.strip()[:LONGEST_NAME], len(found))
    return found[0]


def count(session: Session, training_id: int) -> dict[str, int]:
    """How many there are by state; all states are there."""
    counted = select(Attendance.state, func.count()).where(Attendance.training_id == training_id)
    rows = session.exec(counted.group_by(Attendance.state)).all()
    return dict.fromkeys(STATE_NAMES, 0) | dict(rows)


def seats_left(session: Session, training: Training) -> int | None:
    """How many seats are free; ``None`` where there is no limit."""
    if not training.capacity:
        return None
    n = count(session, training.key)
    return max(0, training.capacity - sum(n[each] for each in SEATED))


def join(  # noqa: PLR0913, PLR0917  who signs up for what, where, when
    session: Session, training: Training, contact_ids: Sequence[int], name: str, channel: str, now: datetime
) -> Attendance:
    """One person signed up, or waiting when it is full; who is in the list already stays as they are.

    Args:
        session: A writing session.
        training: What for.
        contact_ids: Their channels, the one they write on first.
        name: What they are called there.
        channel: The channel they write on.
        now: The time of the turn.

    Raises:
        TrainingRefusedError: It is not open, or has begun.
    """
    _hold_for_sign_ups(session, training, now)
    known = find(session, training.key, contact_ids)
    if known is not None and known.state != "withdrawn":
        return known
    state: State = "waiting" if _is_full(session, training) else "signed_up"
    if known is None:
        known = _new(session, training, name, channel, now)
        known.contact_id = contact_ids[0]
        session.add(known)
    else:
        known.turn = _next_turn(session, training)
    known.state, known.changed_at, known.signed_at = state, now, now
    known.name, known.reminded_on = known.name or name[:LONGEST_NAME], None
    session.flush()
    return known


def enter(session: Session, training: Training, name: str, now: datetime) -> Attendance:
    """Somebody without chat, entered by staff: signed up, or waiting when it is full.

    Raises:
        TrainingRefusedError: It takes nobody any more, or somebody of that name is in the list.
    """
    trainings.hold(session, training)
    if training.state not in ("open", "held"):
        trainings.hold_open(session, training)
    rows = of_training(session, training.key)
    if any(_plain(each.name) == _plain(name) and each.state != "withdrawn" for each in rows):
        raise KnownNameError(name)
    fresh = _new(session, training, name, BY_STAFF, now)
    fresh.state = "waiting" if _is_full(session, training) and now < training.starts_at else "signed_up"
    session.add(fresh)
    session.flush()
    return fresh


def withdraw(session: Session, training: Training, attendance: Attendance, now: datetime) -> None:
    """The seat, or the place among the waiting, is given up.

    Raises:
        TrainingRefusedError: It is not open, or has begun.
    """
    _hold_for_sign_ups(session, training, now)
    session.refresh(attendance)
    if attendance.state in COMING:
        attendance.state, attendance.changed_at = "withdrawn", now
        session.flush()


def move_up(
    session: Session, training: Training, can_be_told: Callable[[Attendance], bool], now: datetime
) -> list[Attendance]:
    """Those waiting longest who have a seat from now on; who can't be told of it goes on waiting."""
    trainings.hold(session, training)
    if not training.takes_sign_ups(now):
        return []
    moved: list[Attendance] = []
    for each in of_training(session, training.key, "waiting"):
        if _is_full(session, training):
            break
        if can_be_told(each):
            each.state, each.changed_at = "signed_up", now
            session.flush()
            moved.append(each)
    return moved


def attend(  # noqa: PLR0913, PLR0917  who came to what, by which channel, when
    session: Session, training: Training, contact_ids: Sequence[int], name: str, channel: str, now: datetime
) -> Attendance:
    """Somebody who signs in with the code, in the list before or not; there is no second time."""
    trainings.hold(session, training)
    known = find(session, training.key, contact_ids)
    if known is None:
        known = _new(session, training, name, channel, now)
        known.contact_id = contact_ids[0]
        session.add(known)
    mark_attended(session, known, now)
    return known


def mark_attended(session: Session, attendance: Attendance, now: datetime) -> None:
    """They are there; the first time counts."""
    if attendance.state != "attended":
        attendance.state, attendance.attended_at, attendance.changed_at = "attended", now, now
    session.flush()


def unmark(session: Session, attendance: Attendance, now: datetime) -> None:
    """They were noted as there by mistake."""
    if attendance.state == "attended":
        attendance.state, attendance.attended_at, attendance.changed_at = "signed_up", None, now
    session.flush()


def mark_reminded(session: Session, attendance: Attendance, day: date) -> bool:
    """Whether this caller may remind them of that day: of two that try, one gets ``True``."""
    mine = update(Attendance).where(col(Attendance.id) == attendance.id, col(Attendance.state) == "signed_up")
    fresh = mine.where(col(Attendance.reminded_on).is_(None) | (col(Attendance.reminded_on) != day))
    return bool(session.connection().execute(fresh.values(reminded_on=day)).rowcount)


def to_remind(session: Session, training: Training, day: date, signed_before: datetime) -> Sequence[Attendance]:
    """Whoever has a seat, signed up before that moment and was not reminded of that day."""
    theirs = select(Attendance).where(
        Attendance.training_id == training.key,
        Attendance.state == "signed_up",
        col(Attendance.contact_id).is_not(None),
        col(Attendance.signed_at) < signed_before,
        col(Attendance.reminded_on).is_(None) | (col(Attendance.reminded_on) != day),
    )
    return session.exec(theirs.order_by(col(Attendance.turn))).all()


def forget(session: Session, contact_id: int, now: datetime) -> None:
    """One person is erased: their name goes, and a seat they would have taken; that somebody came stays."""
    session.flush()
    theirs = update(Attendance).where(col(Attendance.contact_id) == contact_id)
    session.connection().execute(theirs.values(name=""))
    coming = theirs.where(col(Attendance.state).in_(COMING))
    session.connection().execute(coming.values(state="withdrawn", changed_at=now))


def empty(session: Session, ids: Collection[int]) -> None:
    """Take the names out of these rows; how many came stays."""
    session.connection().execute(update(Attendance).where(col(Attendance.id).in_(ids)).values(name=""))


def _new(session: Session, training: Training, name: str, channel: str, now: datetime) -> Attendance:
    turn = _next_turn(session, training)
    row = Attendance(
        training_id=training.key, state="signed_up", turn=turn, channel=channel, signed_at=now, changed_at=now
    )
    row.name = " ".join(name.split())[:LONGEST_NAME]
    return row


def _hold_for_sign_ups(session: Session, training: Training, now: datetime) -> None:
    trainings.hold_open(session, training)
    if not training.takes_sign_ups(now):
        raise TooLateError(training)


def _is_full(session: Session, training: Training) -> bool:
    return seats_left(session, training) == 0


def _next_turn(session: Session, training: Training) -> int:
    session.flush()
    last = select(func.max(Attendance.turn)).where(Attendance.training_id == training.key)
    return (session.exec(last).one() or 0) + 1


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
