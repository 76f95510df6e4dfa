"""Remind staff of opinions and complaints (意见建议、投诉) that wait for a reply: a workday ahead, and when late.

Once each, however long the house was dark; of both only the graver when it was dark for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import opinions, outbox
from consultations.messages import Block, Outbound
from consultations.opinions import KINDS, Opinion
from consultations.working_time import OfficeTime
from handlers import opinion_wording, wording
from handlers.desk import Desk
from handlers.escalate import STAFF_PRIORITY
from handlers.take_back import leaders_named
from handlers.talk import office_time

SHOWN = 20


def send_due(desk: Desk) -> int:
    """How many opinions staff were reminded of now; two processes may call it."""
    now, office = desk.now(), office_time(desk.settings)
    with desk.reading() as session:
        if not _due(session, office, now):
            return 0
    with desk.writing() as session:
        due = _due(session, office, now)
        late = [each for each in due if each.due_at <= now and opinions.warn(session, each, "over")]
        soon = [each for each in due if each.due_at > now and opinions.warn(session, each, "soon")]
        _tell(session, desk, opinion_wording.overdue, late, now)
        _tell(session, desk, opinion_wording.due_soon, soon, now)
        return len(late) + len(soon)


def remind_at(office: OfficeTime, opinion: Opinion) -> datetime:
    """The opening hour of the workday before the one on which it is due; of that day itself when it came later."""
    due_on = office.day(opinion.due_at)
    before = due_on - timedelta(days=1)
    while not office.is_workday(before):
        before -= timedelta(days=1)
    at = office.at(before, office.hours[0])
    return at if at > opinion.created_at else office.at(due_on, office.hours[0])


def _due(session: Session, office: OfficeTime, now: datetime) -> list[Opinion]:
    """What staff are to be reminded of and were not yet."""
    waiting = opinions.listed(session, state="open", limit=None)
    late = [each for each in waiting if each.due_at <= now and each.warned != "over"]
    soon = [each for each in waiting if each.due_at > now and not each.warned and remind_at(office, each) <= now]
    return late + soon


def _tell(session: Session, desk: Desk, head: opinion_wording.Head, rows: Sequence[Opinion], now: datetime) -> None:
    """One message to every staff room outside the threads, with the duty leaders by name; not in the quiet hours."""
    if not rows:
        return
    office = office_time(desk.settings)
    lines = [
        opinion_wording.waiting(each.number, KINDS[each.kind], wording.moment_name(each.due_at, office.zone))
        for each in rows[:SHOWN]
    ]
    blocks = (Block("text", head(len(rows), lines)), *leaders_named(desk, now))
    for room in desk.settings.staff_rooms:
        message = Outbound(room, blocks, kind="staff")
        outbox.enqueue(session, message, now=now, due_at=office.after_quiet(now), priority=STAFF_PRIORITY)
