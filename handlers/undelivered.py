"""What did not reach an asker (没有送到) is told to staff in the ticket's thread, with the reason and what to do; once.

Channels tell why in Chinese (`consultations.outbox`, `reason`). What no ticket is about is nobody's business: an answer
to somebody who stopped the bot meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlmodel import Session

from consultations import contacts, tickets, undelivered
from consultations.contacts import Contact
from consultations.messages import Block
from consultations.outbox import OutboxMessage
from consultations.tickets import Ticket
from handlers import ticket_wording
from handlers.desk import Desk
from handlers.escalate import for_staff, tell_staff
from handlers.talk import office_time
from handlers.wish import identity

SHOWN = 200  # characters of the message that did not arrive


def send_due(desk: Desk) -> int:
    """How many tickets staff were told about."""
    with desk.reading() as session:
        if not undelivered.failed_untold(session):
            return 0
    now = desk.now()
    with desk.writing() as session:
        failed = undelivered.failed_untold(session)
        by_ticket: dict[int, list[OutboxMessage]] = defaultdict(list)
        for each in failed:
            if ticket := _ticket_of(session, each):
                by_ticket[ticket.key].append(each)
        for ticket_id, rows in by_ticket.items():
            _tell(session, desk, session.get_one(Ticket, ticket_id), rows, now)
        undelivered.mark_told(session, [each.id for each in failed if each.id], now)
    return len(by_ticket)


def _tell(session: Session, desk: Desk, ticket: Ticket, rows: list[OutboxMessage], now: datetime) -> None:
    reason, words = rows[-1].reason, for_staff(rows[-1].message.plain_text)[:SHOWN]
    is_blocked = session.get_one(Contact, ticket.contact_id).is_blocked
    told = ticket_wording.not_delivered(ticket.number, len(rows), reason, is_blocked=is_blocked)
    tickets.record(session, ticket, "", now, ticket_wording.not_delivered_event(len(rows), reason))
    due_at = office_time(desk.settings).after_quiet(now)
    tell_staff(session, desk, ticket, (Block("text", told), Block("quote", words)), now, due_at=due_at)


def _ticket_of(session: Session, row: OutboxMessage) -> Ticket | None:
    """The ticket a message is about: named by its button, else the one that is worked on for this person."""
    contact = contacts.find(session, row.message.address)
    if contact is None or contact.erased_at is not None:
        return None
    actions = [each.action for line in row.message.choices for each in line if each.action.startswith("done:")]
    named = tickets.get(session, identity(actions[0].removeprefix("done:"))) if actions else None
    is_theirs = named is not None and named.contact_id == contact.key
    return named if is_theirs else tickets.alive_of(session, contact.key)
