"""Midnight for policies: what ended is archived, what begins is announced once, staff hear what is to be reviewed.

Answers need none of this: they go by the days in the rows. Each step and its messages are one transaction, so a process
that dies repeats nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from consultations import broadcasts, outbox
from consultations.broadcasts import Content
from consultations.messages import Block, Outbound
from consultations.tickets import Staff
from handlers import policy_wording, write_broadcast
from handlers.desk import Desk
from handlers.review_policy import title_of
from handlers.send_broadcasts import about_revision
from handlers.talk import office_time
from policies.compilation import Revision, revisions_of
from policies.publication import archive_ended
from policies.review import Signature, note

SYSTEM = ("system", "系统")
_ANNOUNCED_WITHIN = timedelta(days=30)  # after that it is no news any more, whatever kept the service down
_PRIORITY = 5  # nobody waits for a reminder


def run_due(desk: Desk) -> int:
    """How many revisions were archived or announced, and how many reminders went to the staff rooms."""
    now = desk.now()
    today = office_time(desk.settings).day(now)
    with desk.reading() as session:
        is_quiet = not (_ended(session, today) or _beginning(session, desk, today) or _due(session, today))
    if is_quiet:
        return 0
    by = Signature(*SYSTEM, now)
    with desk.writing() as session:
        n_archived = archive_ended(session, today, by)
        n_announced = sum(_announce(session, desk, each, by) for each in _beginning(session, desk, today))
        return n_archived + n_announced + _remind(session, desk, _due(session, today), now)


def _ended(session: Session, today: date) -> bool:
    over = select(Revision.id).where(Revision.state == "published", col(Revision.effective_to) < today)
    back = select(Revision.id).where(
        Revision.state == "archived", col(Revision.effective_to).is_(None) | (col(Revision.effective_to) >= today)
    )
    return session.exec(over.limit(1)).first() is not None or session.exec(back.limit(1)).first() is not None


def _beginning(session: Session, desk: Desk, today: date) -> Sequence[Revision]:
    """The revisions that were let out before their first day, which has come, and nobody was told; an outlet tells of
    its own by itself.
    """
    recent = select(Revision).where(
        Revision.state == "published",
        col(Revision.announced_at).is_(None),
        col(Revision.published_at).is_not(None),
        col(Revision.effective_from) <= today,
        col(Revision.effective_from) > today - _ANNOUNCED_WITHIN,
        col(Revision.is_excerpt).is_(False),
        col(Revision.is_quotable).is_(True),
        Revision.outlet == "",
    )
    day = office_time(desk.settings).day
    found = session.exec(recent.order_by(col(Revision.id))).all()
    return [
        each
        for each in found
        if each.published_at and each.effective_from and day(each.published_at) < each.effective_from
    ]


def _announce(session: Session, desk: Desk, revision: Revision, by: Signature) -> int:
    """Tell the subscribers that a revision took effect; once, in the office's hours for messages nobody asked for.

    Whoever reviewed the revision approved what it says, so that the push needs nobody else; without a reviewer (an
    import by the administrator) it waits for approval like any other.
    """
    before = next((each for each in revisions_of(session, revision.policy_id) if each.version < revision.version), None)
    text = policy_wording.took_effect(title_of(session, revision), revision.version, before.version if before else "")
    author = Staff(revision.author, revision.author_name)
    draft = broadcasts.draft(session, Content(text), author, by.at, about=about_revision(revision))
    if revision.reviewer:
        broadcasts.submit(session, draft, author, by.at)
        broadcasts.approve(session, draft, draft.edition, Staff(revision.reviewer, revision.reviewer_name), by.at)
    elif write_broadcast.count(session, draft).total():
        write_broadcast.submit(session, desk, draft, author, by.at, is_insisted=True)
    revision.announced_at = by.at
    note(session, revision, by, policy_wording.announced(draft.key))
    return 1


def _due(session: Session, today: date) -> Sequence[Revision]:
    """The revisions in force that somebody is to look at again, and staff were not told."""
    due = select(Revision).where(
        Revision.state == "published",
        col(Revision.review_due) <= today,
        col(Revision.reminded_for).is_(None) | (col(Revision.reminded_for) != col(Revision.review_due)),
    )
    return session.exec(due.order_by(col(Revision.review_due), col(Revision.id))).all()


def _remind(session: Session, desk: Desk, due: Sequence[Revision], now: datetime) -> int:
    if not due:
        return 0
    names = [policy_wording.due_line(each.id or 0, title_of(session, each), each.version) for each in due]
    due_at = office_time(desk.settings).next_open(now)
    for room in desk.settings.staff_rooms:
        message = Outbound(room, (Block("text", policy_wording.review_is_due(names)),), kind="staff")
        outbox.enqueue(session, message, now=now, due_at=due_at, priority=_PRIORITY)
    for each in due:
        each.reminded_for = each.review_due
    return len(desk.settings.staff_rooms)
