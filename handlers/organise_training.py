"""What is done with a training (培训), the same at every door: drafted, opened, changed, cancelled, signed in, filed.

Whoever signed up hears when time or place change or it is cancelled, in the transaction of the change: the rows of the
outbox are the notices, each with a key of its own, so nobody hears twice and no outage loses one. Who stopped unasked
messages or has no chat is not written to; staff are told how many they must call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations import attendances, broadcasts, numbers, outbox, surveys, trainings
from consultations.attendances import COMING, Attendance
from consultations.broadcasts import Broadcast, Content
from consultations.contacts import Contact
from consultations.messages import Block, Outbound
from consultations.tickets import Staff
from consultations.trainings import TOLD, Training, TrainingRefusedError
from handlers import training_wording
from handlers.desk import Desk
from handlers.escalate import STAFF_PRIORITY
from handlers.talk import AFTERCARE_PRIORITY, Rows, office_time, row

SURVEY = "after_training"  # the questionnaire (培训效果调查)
ASKED_AFTER = timedelta(hours=2)
SYSTEM = Staff("system", "系统")


@dataclass(frozen=True)
class Told:
    """How many people were written to, and how many must be called."""

    n_told: int = 0
    n_untold: int = 0


def draft(desk: Desk, fields: Mapping[str, Any], outlet: str, by: Staff) -> Training:
    """A training made of these fields, not stored."""
    people: dict[str, Any] = {"author": by.key, "author_name": by.name}
    moments = {"created_at": desk.now(), "changed_at": desk.now()}
    return Training(number="", outlet=outlet, **{**people, **moments, **fields})


def create(session: Session, desk: Desk, training: Training, by: Staff) -> Training:
    """The draft, stored with its number."""
    day = office_time(desk.settings).day(desk.now())
    training.number = numbers.next_number(session, numbers.TRAINING, day)
    return trainings.create(session, training, by, desk.now())


def publish(session: Session, desk: Desk, training: Training, by: Staff) -> None:
    """People may sign up.

    Raises:
        TrainingRefusedError: It is no draft, or its time has come.
    """
    if training.state == "draft" and training.starts_at <= desk.now():
        raise TrainingRefusedError(training_wording.in_the_past(training_wording.when(training, _zone(desk))))
    trainings.move(session, training, "open", by, desk.now())


def edit(  # noqa: PLR0913, PLR0917  what is changed, having read which revision, by whom
    session: Session, desk: Desk, training: Training, seen: int, fields: Mapping[str, Any], by: Staff
) -> Told:
    """Other words; of another time or place whoever signed up hears, and more seats go to whoever waits.

    Raises:
        TrainingRefusedError: It is over, or somebody changed it meanwhile.
    """
    changes = {name: value for name, value in fields.items() if getattr(training, name) != value}
    if not changes:
        raise TrainingRefusedError(training_wording.NOTHING_TO_CHANGE)
    names = [training_wording.FIELDS["when" if each in ("starts_at", "ends_at") else each] for each in changes]
    note = "改了" + "、".join(dict.fromkeys(names))
    trainings.edit(session, training, seen, changes, by, desk.now(), note=note)
    if training.state != "open":
        return Told()
    told = Told()
    if set(changes) & set(TOLD):
        moved = [name for name, each in (("时间", TOLD[:2]), ("地点", TOLD[2:])) if set(changes) & set(each)]
        told = _tell_everybody(session, desk, training, training_wording.changed(training, moved, _zone(desk)))
    fill_seats(session, desk, training)
    return told


def confirm(session: Session, desk: Desk, training: Training, by: Staff) -> None:
    """The lecturer has confirmed the courseware.

    Raises:
        TrainingRefusedError: It is over, or there is no courseware to confirm.
    """
    if not training.courseware:
        raise TrainingRefusedError(training_wording.lacks([training_wording.FIELDS["courseware"]]))
    trainings.confirm(session, training, by, desk.now())


def cancel(session: Session, desk: Desk, training: Training, reason: str, by: Staff) -> Told:
    """It does not take place; everybody who signed up or waits hears why.

    Raises:
        TrainingRefusedError: It was held, filed or cancelled.
    """
    was_open = training.state == "open"
    trainings.move(session, training, "cancelled", by, desk.now(), note=reason[:200])
    if not was_open:
        return Told()
    outbox.cancel_keys(session, f"training:{training.key}:")
    return _tell_everybody(session, desk, training, training_wording.cancelled(training, _zone(desk)), may_leave=False)


def hold_over(session: Session, desk: Desk, training: Training, by: Staff = SYSTEM) -> None:
    """It is over: noted as held, and whoever came is asked how it was, two hours after the end."""
    trainings.move(session, training, "held", by, desk.now())
    for each in attendances.of_training(session, training.key, "attended"):
        _ask(session, desk, training, each)


def file(session: Session, desk: Desk, training: Training, by: Staff) -> None:
    """The record is complete.

    Raises:
        TrainingRefusedError: It was not held, or the lecturer's confirmation is missing.
    """
    if training.state == "open" and training.ends_at <= desk.now():
        hold_over(session, desk, training)
    trainings.move(session, training, "filed", by, desk.now())


# --- people


def mark(session: Session, desk: Desk, training: Training, attendance: Attendance) -> None:
    """Somebody is there.

    Raises:
        TrainingRefusedError: Nobody is there yet, or it is over for good.
    """
    trainings.hold(session, training)
    is_early = desk.now() < training.starts_at - trainings.CODE_OPENS_BEFORE
    if training.state not in ("open", "held") or is_early:
        raise TrainingRefusedError(training_wording.NO_SIGN_IN)
    attendances.mark_attended(session, attendance, desk.now())
    if training.state == "held":
        _ask(session, desk, training, attendance)


def unmark(session: Session, desk: Desk, training: Training, attendance: Attendance) -> None:
    """Somebody was not there; a questionnaire that waits for them does not go out.

    Raises:
        TrainingRefusedError: It is over for good.
    """
    trainings.hold(session, training)
    if training.state not in ("open", "held"):
        raise TrainingRefusedError(training_wording.FILED_FOR_GOOD)
    attendances.unmark(session, attendance, desk.now())
    asking = surveys.find(session, SURVEY, occasion(training), attendance.contact_id or 0)
    if asking is not None:
        surveys.call_off(session, asking)


def leave(session: Session, desk: Desk, training: Training, attendance: Attendance) -> None:
    """Somebody gives their place up, and whoever waits longest has it.

    Raises:
        TrainingRefusedError: It is not open, or has begun.
    """
    attendances.withdraw(session, training, attendance, desk.now())
    outbox.cancel_keys(session, f"training:{training.key}:seat:{attendance.key}:")
    fill_seats(session, desk, training)


def fill_seats(session: Session, desk: Desk, training: Training) -> int:
    """How many moved up to a free seat; each is told, staff are told of those without chat."""

    def can_be_told(attendance: Attendance) -> bool:
        return attendance.contact_id is None or welcome(session, attendance) is not None

    moved = attendances.move_up(session, training, can_be_told, desk.now())
    for each in moved:
        text, key = training_wording.moved_up(training, _zone(desk)), f"seat:{each.key}:{each.turn}"
        tell(session, desk, training, each, text, key=key)
    named = [each.name for each in moved if each.contact_id is None]
    if named:
        _tell_rooms(session, desk, training_wording.staff_moved_up(training.number, named))
    return len(moved)


def welcome(session: Session, attendance: Attendance) -> Contact | None:
    """The contact who may be written to; ``None`` for whoever has no chat, stopped it or wants nothing unasked."""
    contact = session.get(Contact, attendance.contact_id) if attendance.contact_id else None
    return contact if contact is not None and contact.is_welcome_to_unasked else None


def names_of(session: Session, rows: Sequence[Attendance]) -> dict[int, str]:
    """What people are called in the list, by the id of their row; nobody by name who asks in confidence (保密)."""
    found: dict[int, str] = {}
    for each in rows:
        contact = session.get(Contact, each.contact_id) if each.contact_id else None
        is_secret = contact is not None and contact.is_secret
        found[each.key] = "" if is_secret else each.name
    return {key: name or training_wording.UNNAMED for key, name in found.items()}


def hidden(name: str) -> str:
    """A name as whoever may not know it reads it."""
    return name if name == training_wording.UNNAMED else f"{name[0]}**"


def invite(session: Session, desk: Desk, training: Training, by: Staff) -> Broadcast:
    """The draft of a push to whoever chose the topic; somebody else approves it.

    Raises:
        TrainingRefusedError: Nobody can sign up.
        BroadcastRefusedError: The text can't be sent as it is.
    """
    if not training.takes_sign_ups(desk.now()):
        raise TrainingRefusedError(training_wording.NO_INVITATION)
    text = training_wording.invitation(training, _zone(desk))
    segment, rule = f"{training.topic}订阅者", {"topic": [training.topic]}
    content = Content(text, title=training.title[:30], segment=segment, rule=rule)
    return broadcasts.draft(session, content, by, desk.now(), about=f"training:{training.key}")


def occasion(training: Training) -> str:
    """What the questionnaire of a training is known by."""
    return f"training:{training.key}"


def tell(  # noqa: PLR0913  whom, of what, in which words
    session: Session,
    desk: Desk,
    training: Training,
    attendance: Attendance,
    text: str,
    *,
    key: str,
    may_leave: bool = True,
) -> bool:
    """Whether somebody is written to about a training, after the quiet hours and once for that key."""
    contact = welcome(session, attendance)
    if contact is None:
        return False
    choices: Rows = (leave_row(training),) if may_leave else ()
    message = Outbound(contact.address, (Block("text", text),), choices, kind="follow_up")
    due_at = office_time(desk.settings).after_quiet(desk.now())
    outbox.enqueue(
        *(session, message),
        now=desk.now(),
        due_at=due_at,
        dedupe_key=f"training:{training.key}:{key}",
        priority=AFTERCARE_PRIORITY,
    )
    return True


def leave_row(training: Training) -> Any:  # noqa: ANN401  one row of buttons
    """The button to give a place up."""
    return row((training_wording.LEAVE, f"training:{training.key}:leave"))


def _tell_everybody(session: Session, desk: Desk, training: Training, text: str, *, may_leave: bool = True) -> Told:
    """Everybody who comes or waits; what still waits of an earlier notice or reminder does not go out any more."""
    training.notices += 1
    for each in ("notice", "remind"):
        outbox.cancel_keys(session, f"training:{training.key}:{each}:")
    rows = attendances.of_training(session, training.key, *COMING)
    written: Callable[[Attendance], bool] = lambda each: tell(  # noqa: E731
        session, desk, training, each, text, key=f"notice:{training.notices}:{each.key}", may_leave=may_leave
    )
    n_told = sum(written(each) for each in rows)
    return Told(n_told, len(rows) - n_told)


def _ask(session: Session, desk: Desk, training: Training, attendance: Attendance) -> None:
    """Plan the questionnaire for somebody who came; once."""
    contact = welcome(session, attendance)
    if contact is None:
        return
    due_at = office_time(desk.settings).after_quiet(training.ends_at + ASKED_AFTER)
    if surveys.plan(session, SURVEY, occasion(training), contact.key, due_at):
        return
    known = surveys.find(session, SURVEY, occasion(training), contact.key)
    if known is not None and known.state == "cancelled" and known.sent_at is None:
        known.state, known.due_at = "waiting", due_at


def _tell_rooms(session: Session, desk: Desk, text: str) -> None:
    due_at = office_time(desk.settings).after_quiet(desk.now())
    for room in desk.settings.staff_rooms:
        message = Outbound(room, (Block("text", text),), kind="staff")
        outbox.enqueue(session, message, now=desk.now(), due_at=due_at, priority=STAFF_PRIORITY)


def _zone(desk: Desk) -> ZoneInfo:
    return ZoneInfo(desk.settings.time_zone)
