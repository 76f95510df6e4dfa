"""Absences (请假) told in chat or at the command line; they hold beside those written in the files of the duty book.

A row is never removed: who is back early takes it back (销假), and it stays as what was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.duty_book import Absence

_TELLING = 2  # a name of one character stands in other words too


class StaffAbsence(SQLModel, table=True):
    """One absence: both days included, in the time zone of the outlet. `member` is an id of the duty book, `entered_by`
    and `taken_back_by` are keys of staff.
    """

    __tablename__ = "staff_absence"

    id: int | None = Field(default=None, primary_key=True)
    member: str
    first: date
    last: date = Field(index=True)
    reason: str = ""
    entered_by: str
    entered_at: datetime
    taken_back_by: str = ""
    taken_back_at: datetime | None = None


def enter(session: Session, absence: Absence, actor: str, now: datetime) -> tuple[Absence, bool]:
    """``(the absence with its number, whether it is new)``: the same days of the same person are one absence."""
    for each in current(session, absence.first):
        if (each.member, each.first, each.last) == (absence.member, absence.first, absence.last):
            return each, False
    row = StaffAbsence(
        member=absence.member,
        first=absence.first,
        last=absence.last,
        reason=absence.reason,
        entered_by=actor,
        entered_at=now,
    )
    session.add(row)
    session.flush()
    return _plain(row), True


def take_back(session: Session, number: int, actor: str, now: datetime) -> bool:
    """Whether this caller took it back; of two one does."""
    mine = update(StaffAbsence).where(col(StaffAbsence.id) == number, col(StaffAbsence.taken_back_at).is_(None))
    return bool(session.connection().execute(mine.values(taken_back_by=actor, taken_back_at=now)).rowcount)


def forget_name(session: Session, name: str) -> None:
    """Take the reasons out in which a person of that name stands; that somebody was away, and when, stays."""
    if len(name) < _TELLING:
        return
    named = update(StaffAbsence).where(col(StaffAbsence.reason).contains(name, autoescape=True))
    session.connection().execute(named.values(reason=""))


def current(session: Session, today: date) -> Sequence[Absence]:
    """Those that are not over on that day and not taken back, by their first day."""
    rows = select(StaffAbsence).where(col(StaffAbsence.last) >= today, col(StaffAbsence.taken_back_at).is_(None))
    return [_plain(each) for each in session.exec(rows.order_by(col(StaffAbsence.first), col(StaffAbsence.id)))]


def _plain(row: StaffAbsence) -> Absence:
    return Absence(row.member, row.first, row.last, row.reason, row.id or 0)
