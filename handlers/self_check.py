"""The nightly look (夜间自检): cards that disagree, records that do not agree with their seals (封存), and messages
that did not reach the archive are recorded; staff hear of new ones when they come in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from consultations import completeness, outbox, self_checks
from consultations.messages import Block, Outbound
from consultations.seal_check import Fault
from handlers import wording
from handlers.desk import Desk
from handlers.talk import office_time
from handlers.vouch import in_words
from knowledge.contradictions import Contradiction

# After midnight, when a new law or figure has taken over, and before anybody asks.
CHECKED_FROM = time(2, 0)
LOOKED_BACK = timedelta(days=2)  # over what came since the last nights
_PRIORITY = 5  # nobody waits for it


def run_due(
    desk: Desk, look: Callable[[date], Sequence[Contradiction]], faults: Callable[[], Sequence[Fault]] = tuple
) -> int:
    """How many messages to staff rooms came of tonight's look; 0 when it is not time yet or was done.

    Looking takes seconds and happens outside the writing session; the result and its messages are one transaction.
    """
    now = desk.now()
    office = office_time(desk.settings)
    day = office.day(now)
    if now.astimezone(office.zone).time() < CHECKED_FROM or _is_done(desk, day):
        return 0
    cards = {each.key: each.reason for each in look(day)}
    records = {each.key: in_words(each, office.zone) for each in faults()}
    with desk.writing() as session:
        lost = {f"unfiled:{each}": wording.unfiled(each) for each in completeness.unfiled(session, now - LOOKED_BACK)}
        before = self_checks.latest(session)
        known = before.findings if before else {}
        if not self_checks.record(session, day, cards | records | lost, now):
            return 0
        fresh = [reason for key, reason in cards.items() if key not in known]
        broken = [reason for key, reason in records.items() if key not in known]
        n_told = _tell(session, desk, "self_check", wording.staff_self_check(fresh, len(cards)), now) if fresh else 0
        n_told += _tell(session, desk, "seals", wording.staff_seals(broken), now) if broken else 0
        missing = [reason for key, reason in lost.items() if key not in known]
        return n_told + (_tell(session, desk, "unfiled", wording.staff_unfiled(missing), now) if missing else 0)


def _is_done(desk: Desk, day: date) -> bool:
    with desk.reading() as session:
        last = self_checks.latest(session)
        return last is not None and last.day >= day


def _tell(session: Session, desk: Desk, what: str, text: str, now: datetime) -> int:
    """One message to every staff room, due when somebody is there to act."""
    due_at = office_time(desk.settings).next_open(now)
    for room in desk.settings.staff_rooms:
        key = f"{what}:{room}:{office_time(desk.settings).day(now)}"
        message = Outbound(room, (Block("text", text),), kind="staff")
        outbox.enqueue(session, message, now=now, due_at=due_at, dedupe_key=key, priority=_PRIORITY)
    return len(desk.settings.staff_rooms)
