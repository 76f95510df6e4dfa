"""Remind people of application windows (申报窗口): when one opens, and 30, 7 and 1 days before it closes.

Only who asked for it hears of one. What is told and the message are one transaction; after an outage what counts now is
told once. Whoever watches a programme watches what replaces it: a later version of the policy, or a policy that names
it under 替代. A programme that was repealed and replaced by none is told no more.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from policies.compilation import Policy, Revision
from policies.matching import programmes_on
from policies.profile import Programme, programme_of


def run_due(desk: Desk) -> int:
    """How many people were reminded of a window now; two processes may call it."""
    now, office = desk.now(), office_time(desk.settings)
    if office.is_quiet(now):
        return 0
    today = office.day(now)
    with desk.reading() as session:
        if not _due(session, today) and not _replaced(session, today):
            return 0
    with desk.writing() as session:
        for reminder, old, new in _replaced(session, today):
            _carry_over(session, reminder, old, new)
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
    found = [(each, *known[key]) for each in waiting if (key := _revision_of(each)) in known]
    return [each for each in found if window_rank(each[1].opens_on, each[1].closes_on, today) > each[0].told]


Replaced = tuple[Reminder, Revision, Revision]


def _replaced(session: Session, today: date) -> list[Replaced]:
    """The reminders of programmes that are over, each with its revision and the one in force that replaces it."""
    waiting = reminders.waiting(session, reminders.PROGRAMME)
    if not waiting:
        return []
    current = [revision for _, revision, _ in programmes_on(session, today)]
    in_force = {each.id for each in current}
    over = [(each, old) for each in waiting if (old := session.get(Revision, _revision_of(each))) is not None]
    return [
        (each, old, new)
        for each, old in over
        if old.id not in in_force and (new := _successor(session, old, current)) is not None
    ]


def _successor(session: Session, old: Revision, current: Sequence[Revision]) -> Revision | None:
    """The newest of the current programmes that stands in the same policy, or in one that replaces it."""
    title = session.get_one(Policy, old.policy_id).title
    found = [each for each in current if each.policy_id == old.policy_id or title in each.repeals.split("\n")]
    return found[-1] if found else None


def _carry_over(session: Session, reminder: Reminder, old: Revision, new: Revision) -> None:
    """The reminder is one of the new programme; what was told of the same window is not told again."""
    before, after = programme_of(old), programme_of(new)
    assert before is not None
    assert after is not None
    is_same = (before.opens_on, before.closes_on) == (after.opens_on, after.closes_on)
    key = f"{reminder.key.rpartition(':')[0]}:{new.id}"
    reminders.carry_over(session, reminder, key, told=reminder.told if is_same else 0)


def _revision_of(reminder: Reminder) -> int:
    return int(reminder.key.rpartition(":")[2])


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
