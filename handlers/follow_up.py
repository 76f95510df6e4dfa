"""Follow up (回访) after closing: due rows climb from chat to the other chat to a task for staff, each rung once.

A follow-up goes into the chat the ticket came from. Where that window is closed (the website page is shut), where the
bot is blocked, where the message failed or nobody answered within a day, it goes on: to another channel the same
person linked (关联), then to staff as a task with a script. What is answered late, in any chat, still counts.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import contacts, follow_ups, outbox
from consultations.contacts import Contact
from consultations.follow_up_rules import Rule
from consultations.follow_ups import Cause, FollowUp
from consultations.messages import Block, Outbound
from consultations.tickets import Ticket
from handlers import refer, wording
from handlers.desk import Desk
from handlers.escalate import ask_for_person
from handlers.follow_up_tasks import give_to_staff, note_improvement, remind_staff
from handlers.survey import score_poll
from handlers.talk import AFTERCARE_PRIORITY, Replies, Talk, everyday_choices, office_time, row, say
from handlers.wish import identity

UNANSWERED_AFTER = timedelta(hours=24)
GENERAL_REPLIES = ((wording.FOLLOW_OK, "ok"), (wording.FOLLOW_MORE, "more"))


def send_due(desk: Desk) -> int:
    """How many follow-ups went a rung further. In quiet hours none: they wait for the morning.

    A follow-up's state and its outbox row change in one transaction. One that is more than an hour late is marked so.
    """
    now = desk.now()
    if office_time(desk.settings).is_quiet(now):
        return 0
    with desk.writing() as session:
        moved = sum(_send(session, desk, each, now) for each in follow_ups.list_due(session, now))
        stuck = follow_ups.list_stuck(session, now)
        moved += sum(_climb(session, desk, each, cause, now) for each, cause in stuck)
        return moved + sum(remind_staff(session, desk, each, now) for each in follow_ups.list_overdue(session, now))


def take_answer(talk: Talk) -> Replies:
    """``ok`` and ``going`` are noted; ``more`` opens a ticket at once."""
    which, _, result = talk.wish.argument.partition(":")
    follow_up = follow_ups.owned(talk.session, identity(which), talk.contact.key)
    if follow_up is None or result not in ("ok", "going", "more"):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    if not follow_ups.answer(talk.session, follow_up, result, talk.now):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    refer.heard(talk.session, talk.desk, follow_up, result, f"contact:{talk.contact.id}")
    if result != "more":
        return (say(talk, wording.FOLLOW_UP_OK if result == "ok" else wording.FOLLOW_UP_GOING),)
    note_improvement(talk.session, talk.desk, follow_up.ticket_id, "follow_up", wording.SAID_MORE, now=talk.now)
    return (say(talk, wording.FOLLOW_UP_MORE), *ask_for_person(talk))


def _send(session: Session, desk: Desk, follow_up: FollowUp, now: datetime) -> bool:
    """The first rung: the chat the ticket came from, and further at once when nobody can be there."""
    contact = session.get_one(Contact, follow_up.contact_id)
    if not contact.may_be_followed_up:
        follow_ups.cancel(session, contact.key, now)
        return False
    is_alive = session.get_one(Ticket, follow_up.ticket_id).is_alive
    if is_alive and follow_up.kind != "referral":  # 重新办理: it is asked about when it is closed again
        return follow_ups.drop(session, follow_up, "reopened", now)
    if contact.is_blocked:
        return _climb(session, desk, follow_up, "blocked", now)
    if not follow_ups.mark_sent(session, follow_up, now, _escalate_at(desk, follow_up, now)):
        return False
    _enqueue(session, desk, follow_up, contact, now)
    if not contact.is_reachable(now):
        _climb(session, desk, follow_up, "closed", now)
    return True


def _climb(session: Session, desk: Desk, follow_up: FollowUp, cause: Cause, now: datetime) -> bool:
    """The next rung: the person's other chat if there is one, else a task for staff."""
    contact = session.get_one(Contact, follow_up.contact_id)
    if not contact.may_be_followed_up:
        follow_ups.cancel(session, contact.key, now)
        return False
    if follow_up.kind == "score_reminder" and not _rule(desk, follow_up).phone_for_score:
        return follow_ups.drop(session, follow_up, "unreachable", now)  # a reminder alone is not worth a call
    other = _other_chat(session, contact, follow_up, now)
    if other is None:
        return give_to_staff(session, desk, follow_up, cause, now)
    escalate_at = _escalate_at(desk, follow_up, now)
    if not follow_ups.mark_sent_on(session, follow_up, other.key, now=now, escalate_at=escalate_at):
        return False
    _enqueue(session, desk, follow_up, other, now)
    return True


def _other_chat(session: Session, contact: Contact, follow_up: FollowUp, now: datetime) -> Contact | None:
    """Another channel of the same person that is open and was not tried yet."""
    if follow_up.sent_to not in (None, contact.key):
        return None
    others = contacts.others_of(session, contact)
    return next((each for each in others if each.is_welcome_to_unasked and each.is_reachable(now)), None)


def _escalate_at(desk: Desk, follow_up: FollowUp, now: datetime) -> datetime | None:
    """When it climbs if nobody answers: after a day, and when somebody is at work to take it up."""
    if follow_up.kind == "score_reminder" and not _rule(desk, follow_up).phone_for_score:
        return None
    return office_time(desk.settings).next_open(now + UNANSWERED_AFTER)


def _enqueue(session: Session, desk: Desk, follow_up: FollowUp, contact: Contact, now: datetime) -> None:
    ticket = session.get_one(Ticket, follow_up.ticket_id)
    key = follow_up.occasion if contact.key == follow_up.contact_id else f"{follow_up.occasion}:{contact.key}"
    message = _message(desk, follow_up, contact, ticket, refer.question(session, follow_up))
    sent = outbox.enqueue(session, message, now=now, dedupe_key=key, priority=AFTERCARE_PRIORITY)
    follow_up.outbox_id = sent.outbox_id


def _message(desk: Desk, follow_up: FollowUp, contact: Contact, ticket: Ticket, asked: str) -> Outbound:
    if follow_up.kind == "score_reminder":
        return score_poll(contact, ticket, wording.score_reminder(ticket.number), "follow_up")
    rule = _rule(desk, follow_up)
    replies = [(each.label, each.result) for each in rule.replies] or GENERAL_REPLIES
    buttons = row(*((label, f"follow:{follow_up.id}:{result}") for label, result in replies))
    closed_on = office_time(desk.settings).day(ticket.closed_at or follow_up.due_at)
    text = asked or wording.follow_up(ticket.number, closed_on, rule.question)
    return Outbound(contact.address, (Block("text", text),), (buttons,), kind="follow_up")


def _rule(desk: Desk, follow_up: FollowUp) -> Rule:
    return desk.settings.follow_up_rules.by_id(follow_up.rule)
