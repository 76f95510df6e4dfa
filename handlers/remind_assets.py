"""Remind people of what falls due for their assets (期限提醒): 30, 7 and 1 days ahead, when it may be done, when late.

Each ledger is looked through once a day, after the quiet hours, in one transaction with its reminders and messages:
whoever dies in between goes on, whatever was missed while the house was dark is told once, by its latest rank. Who said
no or nothing is not reminded; who can't be reached in chat is told to staff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from consultations import assets, outbox, reminders
from consultations.asset_dates import AHEAD, Deadline, deadlines_of, rank
from consultations.assets import Asset, AssetLedger, Row
from consultations.contacts import Contact
from consultations.messages import Block, Outbound
from handlers import asset_wording
from handlers.desk import Desk
from handlers.escalate import STAFF_PRIORITY
from handlers.talk import AFTERCARE_PRIORITY, human_row, office_time, row

AT_ONCE = 20  # ledgers in one transaction: of 2,000 assets each it takes about a second
_IN_ONE_MESSAGE = 5  # each with a button


@dataclass(frozen=True)
class Due:
    """One thing due for an asset, with the rank it is told by today."""

    asset: Asset
    deadline: Deadline
    rank: int

    @property
    def key(self) -> str:
        """What its reminder is called."""
        return f"{self.asset.due_key}:{self.deadline.rule_id}:{self.deadline.due_on}"


def run_due(desk: Desk) -> int:
    """How many things people were reminded of now; two processes may call it."""
    now, office = desk.now(), office_time(desk.settings)
    today = office.day(now)
    if office.is_quiet(now):
        return 0
    with desk.reading() as session:
        if not assets.unchecked(session, today, 1):
            return 0
    with desk.writing() as session:
        return sum(_check(session, desk, each, today, now) for each in assets.unchecked(session, today, AT_ONCE))


def foreseen(desk: Desk, rows: Sequence[Row], today: date, days: int) -> list[tuple[Row, Deadline]]:
    """What would fall due within that many days for assets that are not stored yet, the most urgent first."""
    rules, is_workday, until = (
        desk.settings.asset_rules,
        desk.settings.calendar.is_workday,
        today + timedelta(days=days),
    )
    found = [
        (each, due)
        for each in rows
        if each.state == "live"
        for due in deadlines_of(each.kind, each.days, rules, is_workday, since=today, until=until)
    ]
    return sorted(found, key=lambda each: each[1].ends_on(today))


def upcoming(session: Session, desk: Desk, ledger: AssetLedger, today: date, days: int) -> list[Due]:
    """What of a ledger can be done, or ends within that many days, the most urgent first; what is done is left out."""
    found: list[Due] = []
    rules, is_workday = desk.settings.asset_rules, desk.settings.calendar.is_workday
    until = today + timedelta(days=days)
    for asset in assets.holdings(session, ledger.key):
        if asset.state == "live":
            due = deadlines_of(asset.kind, asset.days, rules, is_workday, since=today, until=until)
            found += [Due(asset, each, rank(each, today)) for each in due]
    done = reminders.done_keys(session, [each.key for each in found])
    return sorted((each for each in found if each.key not in done), key=lambda each: each.deadline.ends_on(today))


def _check(session: Session, desk: Desk, ledger: AssetLedger, today: date, now: datetime) -> int:
    ledger.checked_on = today
    contact = session.get(Contact, ledger.contact_id) if ledger.contact_id else None
    is_theirs = contact is not None and not contact.is_blocked
    is_wanted = ledger.reminders == "yes" or (contact is None and ledger.reminders != "no")
    if not is_wanted or (contact is not None and not contact.may_be_followed_up):
        return 0
    due = [each for each in upcoming(session, desk, ledger, today, AHEAD[0]) if each.rank]
    rows = [(each, reminders.of_key(session, each.key, ledger.contact_id)) for each in due]
    told = [(each, row.number) for each, row in rows if reminders.tell(session, row, each.rank, now)]
    if contact is not None and is_theirs:
        for at in range(0, len(told), _IN_ONE_MESSAGE):
            _tell(session, contact, told[at : at + _IN_ONE_MESSAGE], today, now)
    elif told:
        _tell_staff(session, desk, ledger, [each for each, _ in told], now)
    return len(told)


def _tell(session: Session, contact: Contact, told: Sequence[tuple[Due, int]], today: date, now: datetime) -> None:
    lines = [asset_wording.due_line(each.asset, each.deadline, today) for each, _ in told]
    numbered = len(told) > 1
    done = [
        (f"{asset_wording.DONE} {n}" if numbered else asset_wording.DONE, f"asset:done:{number}")
        for n, (_, number) in enumerate(told, start=1)
    ]
    blocks = (Block("text", asset_wording.reminder(lines)), Block("note", asset_wording.OFFICIAL))
    choices = (row(*done), human_row(), row((asset_wording.OFF, "asset:off")))
    outbox.enqueue(
        session, Outbound(contact.address, blocks, choices, kind="follow_up"), now=now, priority=AFTERCARE_PRIORITY
    )


def _tell_staff(session: Session, desk: Desk, ledger: AssetLedger, due: Sequence[Due], now: datetime) -> None:
    office = office_time(desk.settings)
    today = office.day(now)
    lines = [asset_wording.due_line(each.asset, each.deadline, today) for each in due[: asset_wording.SHOWN]]
    if len(due) > asset_wording.SHOWN:
        lines.append(asset_wording.more(len(due) - asset_wording.SHOWN))
    blocks = (
        Block("text", asset_wording.STAFF_LEAD),
        Block("text", asset_wording.staff_due(ledger.enterprise, lines)),
        Block("note", asset_wording.OFFICIAL),
    )
    for room in desk.settings.staff_rooms:
        message = Outbound(room, blocks, kind="staff")
        outbox.enqueue(session, message, now=now, due_at=office.next_open(now), priority=STAFF_PRIORITY)
