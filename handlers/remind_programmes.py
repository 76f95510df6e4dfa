"""Remind people of application windows (申报窗口): when one opens, and 30, 7 and 1 days before it closes.

Only who asked for it hears of one. What is told and the message are one transaction; after an outage what counts now is
told once. A programme that was repealed or replaced is told no more.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from consultations import outbox, reminders
from consultations.asset_dates import window_rank
from consultations.contacts import Contact
from consultations.messages import Block, Outbound
from consultations.reminders import Reminder
from handlers import asset_wording, match_wording
from handlers.desk import Desk
from handlers.talk import AFTERCARE_PRIORITY, human_row, office_time, row
from policies.matching import programmes_on
from policies.profile import Programme


def run_due(desk: Desk) -> int:
    """How many people were reminded of a window now; two processes may call it."""
    now, office = desk.now(), office_time(desk.settings)
    if office.is_quiet(now):
        return 0
    today = office.day(now)
    with desk.reading() as session:
        if not _due(session, today):
            return 0
    with desk.writing() as session:
        return sum(_tell(session, *each, today=today, now=now) for each in _due(session, today))


Found = tuple[Reminder, Programme, tuple[str, str]]


def _due(session: Session, today: date) -> list[Found]:
    """The reminders to send, each with its programme, and title and version of what it stands in."""
    waiting = reminders.waiting(session, reminders.PROGRAMME)
    if not waiting:
        return []
    known = {
        revision.id: (programme, (title, revision.version))
        for title, revision, programme in programmes_on(session, today)
    }
    found = [(each, *known[key]) for each in waiting if (key := int(each.key.rpartition(":")[2])) in known]
    return [each for each in found if window_rank(each[1].opens_on, each[1].closes_on, today) > each[0].told]


def _tell(  # noqa: PLR0913  a reminder, what it is of, when
    session: Session, reminder: Reminder, programme: Programme, named: tuple[str, str], *, today: date, now: datetime
) -> bool:
    contact = session.get(Contact, reminder.contact_id) if reminder.contact_id else None
    if contact is None or not contact.is_welcome_to_unasked:
        return False
    if not reminders.tell(session, reminder, window_rank(programme.opens_on, programme.closes_on, today), now):
        return False
    blocks = (
        Block("text", match_wording.reminder(programme, *named, today)),
        Block("note", match_wording.NO_PROMISE),
    )
    choices = (row((asset_wording.DONE, f"asset:done:{reminder.number}")), human_row())
    message = Outbound(contact.address, blocks, choices, kind="follow_up")
    outbox.enqueue(session, message, now=now, priority=AFTERCARE_PRIORITY)
    return True
