"""Take tickets back (收回) from people who have left, may answer nobody or are silent, and give them to others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from consultations import caseload, outbox, tickets
from consultations.messages import Block, Outbound
from consultations.permissions import reach_of
from consultations.tickets import Ticket
from handlers import ticket_wording
from handlers.desk import Desk
from handlers.escalate import STAFF_PRIORITY, tell_staff
from handlers.give_out import DUTY, claim_row, give_out, is_gone, told
from handlers.promises import promise_again, roster_of
from handlers.talk import office_time


class Leavers:
    """Puts tickets of people who are no longer staff, or whose roles answer nobody, back and gives them out anew; looks
    when the book changed, and once a day.
    """

    def __init__(self) -> None:
        self._looked: tuple[int, str] | None = None

    def send_due(self, desk: Desk) -> int:
        """How many tickets were put back."""
        now = desk.now()
        stamp = (desk.duty.version, str(office_time(desk.settings).day(now)))
        if stamp == self._looked or not desk.duty.book.members:
            return 0
        with desk.writing() as session:
            whys = [(each, _why_not_theirs(desk, each, now)) for each in caseload.with_people(session)]
            lost = [(each, why) for each, why in whys if why]
            for each, why in lost:
                take_back(session, desk, each, now, why)
        self._looked = stamp
        return len(lost)


def _why_not_theirs(desk: Desk, ticket: Ticket, now: datetime) -> str:
    """Why whoever has a ticket can't have it any more; empty when they can."""
    key, name = ticket.holder or ticket.assignee, ticket.holder_name or ticket.assignee_name
    if is_gone(desk, key, now):
        return ticket_wording.has_left(name)
    member = desk.duty.book.member_of(key)
    is_able = member is None or reach_of(desk.duty.book.person(member), "ticket.reply") != "none"
    return "" if is_able else ticket_wording.answers_nobody(name)


def take_back(session: Session, desk: Desk, ticket: Ticket, now: datetime, why: str) -> None:
    """A ticket that is put back, given out anew to somebody else, and told to staff and leaders."""
    whose = frozenset(filter(None, (ticket.holder, ticket.assignee)))
    number = ticket.number
    ticket = tickets.put_back(session, ticket.key, DUTY, now, why)
    promise_again(session, desk, ticket, now)
    found = give_out(session, desk, ticket, now, excluded=whose)
    text = Block("text", ticket_wording.taken_back(number, why))
    tell_room(session, desk, ticket, (text, *told(desk, found, now), *leaders_named(desk, now)), now)


def leaders_named(desk: Desk, now: datetime) -> tuple[Block, ...]:
    """The duty leaders by name: those on duty, else all."""
    leaders = [each for each in desk.duty.book.members.values() if each.is_leader and not is_gone(desk, each.key, now)]
    there = [each for each in leaders if each in roster_of(desk).on_duty(now)]
    names = [each.name for each in there or leaders]
    return (Block("note", ticket_wording.leaders_please(names)),) if names else ()


def tell_room(session: Session, desk: Desk, ticket: Ticket, blocks: tuple[Block, ...], now: datetime) -> None:
    """A message in the ticket's thread that waits for the end of the quiet hours."""
    due_at = office_time(desk.settings).after_quiet(now)
    tell_staff(session, desk, ticket, blocks, now, choices=claim_row(ticket), due_at=due_at)


def tell_everybody(session: Session, desk: Desk, blocks: Sequence[Block], now: datetime, key: str) -> None:
    """A message to every staff room outside the threads, where nobody can overlook it; once for each key."""
    due_at = office_time(desk.settings).after_quiet(now)
    for room in desk.settings.staff_rooms:
        message = Outbound(room, tuple(blocks), kind="staff")
        outbox.enqueue(session, message, now=now, due_at=due_at, dedupe_key=f"{key}:{room}", priority=STAFF_PRIORITY)
