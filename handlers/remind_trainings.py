"""What comes due of trainings (培训): they are over, they are tomorrow, a seat is free.

A reminder goes out on the day before from the opening hour on, never in the quiet hours; after an outage still on the
day itself, until it begins. What is told and that it was told are one transaction, so two processes may call it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations import attendances, trainings
from consultations.trainings import Training
from consultations.working_time import OfficeTime
from handlers import training_wording
from handlers.desk import Desk
from handlers.organise_training import fill_seats, hold_over, tell
from handlers.talk import office_time


def run_due(desk: Desk) -> int:
    """How many trainings were noted as held, people reminded and moved up."""
    now = desk.now()
    with desk.reading() as session:
        if not trainings.over_at(session, now) and not trainings.open_at(session, now):
            return 0
        if not _has_work(session, desk, now):
            return 0
    with desk.writing() as session:
        over = trainings.over_at(session, now)
        for each in over:
            hold_over(session, desk, each)
        coming = trainings.open_at(session, now)
        n_moved = sum(fill_seats(session, desk, each) for each in coming)
        return len(over) + n_moved + sum(_remind(session, desk, each, now) for each in coming)


def remind_at(office: OfficeTime, training: Training) -> datetime:
    """The opening hour of the day before."""
    return office.at(office.day(training.starts_at) - timedelta(days=1), office.hours[0])


def _has_work(session: Session, desk: Desk, now: datetime) -> bool:
    """Whether anything is due; most ticks find nothing and write nothing."""
    if trainings.over_at(session, now):
        return True
    for each in trainings.open_at(session, now):
        is_free = attendances.seats_left(session, each) != 0
        if is_free and attendances.of_training(session, each.key, "waiting"):
            return True
        if _to_remind(session, desk, each, now):
            return True
    return False


def _to_remind(session: Session, desk: Desk, training: Training, now: datetime) -> list[attendances.Attendance]:
    office = office_time(desk.settings)
    at = remind_at(office, training)
    if now < at or office.is_quiet(now):
        return []
    return list(attendances.to_remind(session, training, office.day(training.starts_at), at))


def _remind(session: Session, desk: Desk, training: Training, now: datetime) -> int:
    office = office_time(desk.settings)
    day = office.day(training.starts_at)
    text = training_wording.reminder(training, (day - office.day(now)).days, ZoneInfo(desk.settings.time_zone))
    return sum(
        attendances.mark_reminded(session, each, day)
        and tell(session, desk, training, each, text, key=f"remind:{each.key}:{day}")
        for each in _to_remind(session, desk, training, now)
    )
