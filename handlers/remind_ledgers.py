"""Remind staff of what falls due in the ledgers of the outlet (台账): a certificate that ends, a rule to be reviewed, a
resource to be looked at again.

Once ahead and once when late, each by its day, whatever the house was dark for: what was missed is told by its latest
rank. Another day in the ledger is another thing due. What is told and the message are one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from consultations import ledger_sums, ledgers, outbox, reminders
from consultations.ledger_kinds import LedgerKind
from consultations.ledger_sums import Due
from consultations.messages import Block, Outbound
from handlers import ledger_wording
from handlers.desk import Desk
from handlers.escalate import STAFF_PRIORITY
from handlers.ledger_sheets import name_of
from handlers.take_back import leaders_named
from handlers.talk import office_time

Found = tuple[LedgerKind, Due]


def run_due(desk: Desk) -> int:
    """How many things staff were reminded of now; two processes may call it."""
    now, office = desk.now(), office_time(desk.settings)
    if office.is_quiet(now):
        return 0
    today = office.day(now)
    with desk.reading() as session:
        if not _untold(session, desk, today):
            return 0
    with desk.writing() as session:
        due = _untold(session, desk, today)
        told = [
            each
            for each in due
            if reminders.tell(session, reminders.of_key(session, each[1].key, None), each[1].rank(today), now)
        ]
        _tell(session, desk, told, today)
        return len(told)


def _untold(session: Session, desk: Desk, today: date) -> list[Found]:
    """What is due and was not told by the rank it has today, by ledger and day."""
    due = [
        (kind, each)
        for kind in desk.ledgers.kinds.values()
        if any(one.notice_days is not None for one in kind.fields)
        for entry in ledgers.listed(session, kind.kind_id)
        for each in ledger_sums.dues(kind, entry, today)
        if each.rank(today)
    ]
    told = reminders.ranks_told(session, [each.key for _, each in due])
    fresh = [(kind, each) for kind, each in due if told.get(each.key, 0) < each.rank(today)]
    return sorted(fresh, key=lambda found: (found[1].due_on, found[1].entry.number))


def _tell(session: Session, desk: Desk, told: Sequence[Found], today: date) -> None:
    """One message to every staff room, with the duty leaders by name."""
    if not told:
        return
    now, book = desk.now(), desk.duty.book
    lines = {each.key: ledger_wording.due_line(kind, each, name_of(book, each.entry.outlet)) for kind, each in told}
    soon, late = ([lines[each.key] for _, each in told if each.rank(today) == rank] for rank in (1, 2))
    blocks = (Block("text", ledger_wording.notice(soon, late)), *leaders_named(desk, now))
    for room in desk.settings.staff_rooms:
        outbox.enqueue(session, Outbound(room, blocks, kind="staff"), now=now, priority=STAFF_PRIORITY)
