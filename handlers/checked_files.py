"""The file of a reply that waits for a second person (二次复核).

The checker gets a copy of it in the ticket's thread, and what then goes to the asker is that very copy: the author can
still exchange the file of their own message, as Telegram lets everybody edit, but not one that we sent.
"""

from __future__ import annotations

from sqlmodel import Session, select

from consultations import outbox
from consultations.checks import ReplyCheck
from consultations.messages import Block, Outbound, stored_number
from consultations.outbox import OutboxMessage
from consultations.tickets import Ticket
from handlers import check_wording
from handlers.escalate import STAFF_PRIORITY
from handlers.talk import StaffTalk


def show_file(talk: StaffTalk, ticket: Ticket, check: ReplyCheck) -> None:
    """The copy for whoever is to decide, where the file came from."""
    head = Block("note", check_wording.file_to_check(ticket.number))
    shown = Outbound(talk.inbound.address, (head,), kind="staff", thread_key=ticket.thread_key, file_of=check.file_of)
    outbox.enqueue(talk.session, shown, now=talk.now, dedupe_key=_key(check), priority=STAFF_PRIORITY)


def shown_as(session: Session, check: ReplyCheck) -> str:
    """Which message holds the copy; empty while it has not arrived, so that nobody can have seen it. A file of our own
    folder is known by its hash: nobody can exchange it.
    """
    if not check.file_of or stored_number(check.file_of) is not None:
        return check.file_of
    arrived = select(OutboxMessage.foreign_id).where(
        OutboxMessage.dedupe_key == _key(check), OutboxMessage.state == "sent"
    )
    return session.exec(arrived).first() or ""


def _key(check: ReplyCheck) -> str:
    return f"check_file:{check.key}"
