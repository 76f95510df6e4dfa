"""Who may see that somebody is writing to them (正在输入). No channel tells a bot what staff type; what they do tells.

Whoever takes a ticket, looks at a reply that is prepared or held back, or is about to rewrite one, writes to its asker;
so does whoever types in the field for the reply in the console. Nothing of it is kept.
"""

from __future__ import annotations

from consultations import checks, ticket_messages, tickets
from consultations.contacts import Contact
from consultations.messages import Address
from consultations.tickets import Ticket
from handlers.talk import StaffTalk

BEGINS = frozenset({"claim", "revise"})
MAY_LEAVE_A_DRAFT = frozenset({"insert", "quick", "reply", "words"})


def askers_of(talk: StaffTalk, route: str) -> tuple[Address, ...]:
    """Everybody to whom this member of staff is writing after that turn; nobody when the words are on their way."""
    ticket = talk.ticket
    if ticket is None or not _is_worked_on(talk, ticket):
        return ()
    if route not in BEGINS and not (route in MAY_LEAVE_A_DRAFT and _is_before_a_draft(talk, ticket.key)):
        return ()
    return _all_askers(talk, ticket)


def askers_typed_to(talk: StaffTalk, ticket: Ticket) -> tuple[Address, ...]:
    """Everybody whose reply this member of staff is typing; nobody while it waits for a second person."""
    is_theirs = _is_worked_on(talk, ticket) and not checks.draft_waits(talk.session, ticket.key)
    return _all_askers(talk, ticket) if is_theirs else ()


def _is_worked_on(talk: StaffTalk, ticket: Ticket) -> bool:
    return ticket.holder == talk.staff.key and ticket.state in {"claimed", "replied"}


def _all_askers(talk: StaffTalk, ticket: Ticket) -> tuple[Address, ...]:
    all_of_them = (ticket, *tickets.followers_of(talk.session, ticket.key))
    people = [talk.session.get_one(Contact, each.contact_id) for each in all_of_them]
    return tuple(each.address for each in people if not each.is_blocked and each.erased_at is None)


def _is_before_a_draft(talk: StaffTalk, ticket_id: int) -> bool:
    """Whether a reply is written and not sent; one that waits for a second person is out of its author's hands."""
    is_written = any(each.author == "draft" for each in ticket_messages.of_ticket(talk.session, ticket_id))
    return is_written and not checks.draft_waits(talk.session, ticket_id)
