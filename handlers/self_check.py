"""The nightly self-check (自检): cards that disagree are recorded; staff hear of new ones when they come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from sqlmodel import Session

from consultations import outbox, self_checks
from consultations.messages import Block, Outbound
from handlers import wording
from handlers.desk import Desk
from handlers.talk import office_time
from knowledge.contradictions import Contradiction

# After midnight, when a new law or figure has taken over, and before anybody asks.
CHECKED_FROM = time(2, 0)
_PRIORITY = 5  # nobody waits for it


def run_due(desk: Desk, look: Callable[[date], Sequence[Contradiction]]) -> int:
    """How many messages to staff rooms came of tonight's check; 0 when it is not time yet or was done.

    Looking takes seconds and happens outside the writing session; the result and its messages are one transaction.
    """
    now = desk.now()
    office = office_time(desk.settings)
    day = office.day(now)
    if now.astimezone(office.zone).time() < CHECKED_FROM or _is_done(desk, day):
        return 0
    found = {each.key: each.reason for each in look(day)}
    with desk.writing() as session:
        before = self_checks.latest(session)
        known = before.findings if before else {}
        if not self_checks.record(session, day, found, now):
            return 0
        fresh = [reason for key, reason in found.items() if key not in known]
        return _tell(session, desk, fresh, len(found), now) if fresh else 0


def _is_done(desk: Desk, day: date) -> bool:
    with desk.reading() as session:
        last = self_checks.latest(session)
        return last is not None and last.day >= day


def _tell(session: Session, desk: Desk, fresh: Sequence[str], n_all: int, now: datetime) -> int:
    """One message to every staff room, due when somebody is there to act."""
    due_at = office_time(desk.settings).next_open(now)
    text = Block("text", wording.staff_self_check(fresh, n_all))
    for room in desk.settings.staff_rooms:
        key = f"self_check:{room}:{office_time(desk.settings).day(now)}"
        outbox.enqueue(
            session, Outbound(room, (text,), kind="staff"), now=now, due_at=due_at, dedupe_key=key, priority=_PRIORITY
        )
    return len(desk.settings.staff_rooms)
