"""Close a ticket (办结): by staff or by the asker; afterwards come the survey and the follow-up, as due rows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import checks, dialogue, follow_ups, merging, referrals, surveys, tickets
from consultations.contacts import Contact
from consultations.messages import Block
from consultations.tickets import Ticket
from handlers import check_wording, promises, wording
from handlers.desk import Desk
from handlers.escalate import tell_staff
from handlers.opinions import close_of_ticket as close_opinions
from handlers.refer import RULE as REFERRAL_RULE
from handlers.talk import Replies, Rows, Talk, office_time, row, say

AT_ONCE = timedelta(minutes=30)  # a score asked for that soon needs no announcement


def close_ticket(session: Session, desk: Desk, ticket_id: int, actor: str, now: datetime) -> Ticket:
    """The ticket, closed; survey and follow-ups are planned, and the asker's next message starts clean.

    Raises:
        IllegalMoveError: Nobody claimed it, or it is closed already.
    """
    with_it = tickets.followers_of(session, ticket_id)
    ticket = tickets.close(session, ticket_id, actor, now)
    for each in (ticket, *(other for other in with_it if not other.is_alive)):
        promises.plan_archive(session, desk, each, now)
        close_opinions(session, each, actor, now)
        dialogue.start_clean(dialogue.of_contact(session, each.contact_id))
        if session.get_one(Contact, each.contact_id).may_be_followed_up:
            plan_aftercare(session, desk, each, now)
    return ticket


def plan_aftercare(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """The survey of a closed ticket and its follow-ups by the rule it falls under; due rows outside the quiet hours.

    Closed once more after 重新办理, it is asked about anew; what was planned before does not go out any more.
    """
    office, settings = office_time(desk.settings), desk.settings
    ask_at = office.after_quiet(now + timedelta(minutes=settings.survey_delay_minutes))
    surveys.plan_for_ticket(session, ticket.key, ticket.contact_id, ask_at)
    rule = settings.follow_up_rules.rule_for(ticket.service_item, ticket.reason)
    follow_ups.call_off(session, ticket.key, "score_reminder", now)
    before = follow_ups.call_off(session, ticket.key, "visit", now)
    referral = referrals.alive_of_ticket(session, ticket.key)
    if rule.rule_id == REFERRAL_RULE and referral is not None and referral.state != "offered":
        return  # a referral (对接) brings its own follow-ups
    for seq, days in enumerate(rule.days or (settings.follow_up_days,), start=before + 1):
        visit_at = office.after_quiet(now + timedelta(days=days))
        follow_ups.plan(session, ticket.key, ticket.contact_id, "visit", visit_at, seq=seq, rule=rule.rule_id)


def about_poll(
    session: Session, desk: Desk, ticket: Ticket, now: datetime, *, staff: bool = False
) -> tuple[Block, ...]:
    """When the asker, or staff, will see the score asked for: one block, none when it is asked for about now. Whoever
    wants nothing unasked is not told so anew; staff are.
    """
    if not session.get_one(Contact, ticket.contact_id).may_be_followed_up:
        return (Block("text", wording.STAFF_NO_POLL),) if staff else ()
    asking = surveys.of_ticket(session, ticket.key)
    if asking is None or asking.due_at - now <= AT_ONCE:
        return ()
    due = wording.moment_name(asking.due_at, office_time(desk.settings).zone)
    return (Block("text", wording.staff_poll_later(due) if staff else wording.poll_later(due)),)


def make_card_row(ticket: Ticket) -> Rows:
    """The one action that makes a card draft of a closed ticket; nothing to make where nobody replied."""
    is_card = ticket.replied_at and ticket.reason != "complaint"
    return (row((wording.MAKE_CARD, f"make_card:{ticket.id}")),) if is_card else ()


def finish(talk: Talk) -> Replies:
    """The asker says it is done: a claimed ticket is closed, one nobody took is withdrawn."""
    ticket = talk.ticket
    if ticket is None or str(ticket.id) != talk.wish.argument:
        return (say(talk, wording.STALE_PRESS),)
    actor = f"contact:{talk.contact.id}"
    parted = merging.part(talk.session, ticket, actor, talk.now)  # what others asked goes on without this asker
    promises.resume(talk.session, talk.desk, parted, talk.now)
    if ticket.state in tickets.WAITING:
        tickets.withdraw(talk.session, ticket.key, actor, talk.now)
        promises.plan_archive(talk.session, talk.desk, ticket, talk.now)
        tell_staff(talk.session, talk.desk, ticket, (Block("text", wording.staff_asker_left(ticket.number)),), talk.now)
        return (say(talk, wording.ticket_withdrawn(ticket.number)),)
    is_unsent = checks.draft_waits(talk.session, ticket.key)
    closed = close_ticket(talk.session, talk.desk, ticket.key, actor, talk.now)
    unsent = (Block("text", check_wording.not_sent_any_more(closed.number)),) if is_unsent else ()
    poll = about_poll(talk.session, talk.desk, closed, talk.now, staff=True)
    done = (Block("text", wording.staff_asker_done(closed.number)), *poll, *unsent)
    tell_staff(talk.session, talk.desk, closed, done, talk.now, choices=make_card_row(closed))
    return (say(talk, wording.ticket_closed(closed.number), *about_poll(talk.session, talk.desk, closed, talk.now)),)
