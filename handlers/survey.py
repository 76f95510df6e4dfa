"""Ask how it was (满意度评价) after a ticket is closed, and keep what people say."""

from __future__ import annotations

from datetime import timedelta

from consultations import dialogue, follow_ups, outbox, surveys
from consultations.contacts import Contact
from consultations.messages import Block, Outbound, OutboundKind
from consultations.surveys import Survey
from consultations.tickets import Ticket
from handlers import wording
from handlers.desk import Desk
from handlers.follow_up_tasks import LOW_SCORE, contact_again
from handlers.talk import Replies, Talk, everyday_choices, human_row, office_time, row, say
from handlers.wish import identity

AFTERCARE_PRIORITY = 5  # after replies and staff messages, before broadcasts
REMINDER_AFTER = timedelta(hours=24)


def send_due(desk: Desk) -> int:
    """How many surveys went into the outbox. In quiet hours none: they wait for the morning.

    A survey's state, its outbox row and its reminder change in one transaction, so it is sent once, whoever ticks.
    """
    now, office = desk.now(), office_time(desk.settings)
    if office.is_quiet(now):
        return 0
    with desk.writing() as session:
        sent = 0
        for survey in surveys.list_due(session, now):
            contact = session.get_one(Contact, survey.contact_id)
            if not contact.is_welcome_to_unasked:
                surveys.cancel(session, contact.key)
                continue
            if not surveys.mark_sent(session, survey, now):
                continue
            ticket = session.get_one(Ticket, survey.ticket_id)
            key = f"survey:{ticket.id}" if survey.turn == 1 else f"survey:{ticket.id}:{survey.turn}"
            outbox.enqueue(session, invitation(contact, ticket), now=now, dedupe_key=key, priority=AFTERCARE_PRIORITY)
            remind_at = office.after_quiet(now + REMINDER_AFTER)
            rule = desk.settings.follow_up_rules.rule_for(ticket.service_item, ticket.reason)
            seq = follow_ups.call_off(session, ticket.key, "score_reminder", now) + 1
            follow_ups.plan(session, ticket.key, contact.key, "score_reminder", remind_at, seq=seq, rule=rule.rule_id)
            sent += 1
    return sent


def invitation(contact: Contact, ticket: Ticket) -> Outbound:
    """The request for a score, one tap."""
    return score_poll(contact, ticket, wording.survey(ticket.number), "survey")


def score_poll(contact: Contact, ticket: Ticket, words: str, kind: OutboundKind) -> Outbound:
    """Five levels, best first: a poll where the channel has polls, buttons elsewhere."""
    levels = tuple(label for _, label in wording.SCORES)
    key = f"score:{ticket.id}"
    return Outbound(contact.address, (Block("text", words),), kind=kind, poll_options=levels, poll_key=key)


def take_score(talk: Talk) -> Replies:
    """The score: a vote in the poll, whose options stand best first, or a pressed ``score:<ticket>:<level>``.

    A vote taken back leaves the answer as it was.
    """
    if talk.inbound.kind == "vote" and not talk.inbound.votes:
        return ()
    ticket, _, level = talk.wish.argument.partition(":")
    survey = _mine(talk, ticket)
    score = _score(level, talk.inbound.votes)
    if survey is None or score is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    surveys.answer_score(talk.session, survey, score, talk.now)
    follow_ups.call_off(talk.session, survey.ticket_id, "score_reminder", talk.now)
    if score <= LOW_SCORE:
        contact_again(talk.session, talk.desk, survey.ticket_id, wording.low_score(score), talk.now)
    solved = row(
        (wording.SOLVED_YES, f"solved:{survey.ticket_id}:yes"), (wording.SOLVED_NO, f"solved:{survey.ticket_id}:no")
    )
    return (say(talk, wording.SURVEY_THANKS + wording.SOLVED_QUESTION, choices=(solved,)),)


def take_solved(talk: Talk) -> Replies:
    """Whether the question was solved; if not, a person is one tap away."""
    ticket, _, given = talk.wish.argument.partition(":")
    survey = _mine(talk, ticket)
    if survey is None or given not in ("yes", "no"):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    surveys.answer_solved(talk.session, survey, talk.now, is_solved=given == "yes")
    words = row((wording.WORDS, f"words:{survey.ticket_id}"))
    if given == "yes":
        return (say(talk, wording.SOLVED_THANKS, choices=(words,)),)
    contact_again(talk.session, talk.desk, survey.ticket_id, wording.SAID_UNSOLVED, talk.now)
    return (say(talk, wording.UNSOLVED, choices=(words, human_row())),)


def ask_for_words(talk: Talk) -> Replies:
    """The next message is what the asker wants to say about the service."""
    survey = _mine(talk, talk.wish.argument)
    if survey is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    dialogue.await_words(talk.dialogue, f"words:{survey.ticket_id}", talk.now)
    return (say(talk, wording.WORDS_PROMPT),)


def take_words(talk: Talk) -> Replies:
    """The words, kept with the survey they belong to."""
    survey = _mine(talk, talk.dialogue.awaiting.removeprefix("words:"))
    dialogue.await_words(talk.dialogue, "", talk.now)
    if survey is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    surveys.answer_words(talk.session, survey, talk.inbound.text, talk.now)
    return (say(talk, wording.WORDS_THANKS),)


def _mine(talk: Talk, ticket_id: str) -> Survey | None:
    return surveys.owned(talk.session, identity(ticket_id), talk.contact.key)


def _score(level: str, votes: tuple[int, ...]) -> int | None:
    if votes and votes[0] in range(len(wording.SCORES)):
        return wording.SCORES[votes[0]][0]
    return int(level) if level in ("1", "2", "3", "4", "5") else None
