"""Follow up (回访) some days after closing: due rows moved into the outbox, once, however long the house was dark."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from consultations import follow_ups, outbox
from consultations.contacts import Contact
from consultations.follow_ups import FollowUp
from consultations.messages import Block, Outbound
from consultations.tickets import Ticket
from handlers import wording
from handlers.desk import Desk
from handlers.escalate import ask_for_person
from handlers.survey import AFTERCARE_PRIORITY, score_poll
from handlers.talk import Replies, Talk, everyday_choices, office_time, row, say
from handlers.wish import identity


def send_due(desk: Desk) -> int:
    """How many follow-ups went into the outbox. In quiet hours none: they wait for the morning.

    A follow-up's state and its outbox row change in one transaction. One that is more than an hour late is marked so.
    """
    now = desk.now()
    if office_time(desk.settings).is_quiet(now):
        return 0
    with desk.writing() as session:
        return sum(_send(session, desk, each, now) for each in follow_ups.list_due(session, now))


def take_answer(talk: Talk) -> Replies:
    """``ok`` is noted; ``more`` opens a ticket at once."""
    which, _, result = talk.wish.argument.partition(":")
    follow_up = follow_ups.owned(talk.session, identity(which), talk.contact.key)
    if follow_up is None or result not in ("ok", "more"):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    follow_ups.answer(follow_up, result, talk.now)
    if result == "ok":
        return (say(talk, wording.FOLLOW_UP_OK),)
    return (say(talk, wording.FOLLOW_UP_MORE), *ask_for_person(talk))


def _send(session: Session, desk: Desk, follow_up: FollowUp, now: datetime) -> bool:
    contact = session.get_one(Contact, follow_up.contact_id)
    if not contact.is_welcome_to_unasked:
        follow_ups.cancel(session, contact.key)
        return False
    if not follow_ups.mark_sent(session, follow_up, now):
        return False
    ticket = session.get_one(Ticket, follow_up.ticket_id)
    key = f"follow_up:{follow_up.ticket_id}:{follow_up.kind}:{follow_up.seq}"
    message = _message(desk, follow_up, contact, ticket)
    outbox.enqueue(session, message, now=now, dedupe_key=key, priority=AFTERCARE_PRIORITY)
    return True


def _message(desk: Desk, follow_up: FollowUp, contact: Contact, ticket: Ticket) -> Outbound:
    if follow_up.kind == "score_reminder":
        return score_poll(contact, ticket, wording.score_reminder(ticket.number), "follow_up")
    closed_on = office_time(desk.settings).day(ticket.closed_at or follow_up.due_at)
    answers = row(
        (wording.FOLLOW_OK, f"follow:{follow_up.id}:ok"), (wording.FOLLOW_MORE, f"follow:{follow_up.id}:more")
    )
    text = Block("text", wording.follow_up(ticket.number, closed_on))
    return Outbound(contact.address, (text,), (answers,), kind="follow_up")
