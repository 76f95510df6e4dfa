"""Send what is due of surveys (问卷), and the satisfaction survey (满意度评价) after a ticket is closed: one tap, then
whether it was solved, then words if one likes. Every other questionnaire is asked by `questionnaire.py`.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from consultations import dialogue, follow_ups, outbox, surveys
from consultations.contacts import Contact
from consultations.messages import Block, Outbound, OutboundKind
from consultations.questionnaires import SATISFACTION
from consultations.surveys import SurveyAsking
from consultations.tickets import Ticket
from handlers import questionnaire, wording
from handlers.desk import Desk
from handlers.follow_up_tasks import LOW_SCORE, contact_again
from handlers.talk import AFTERCARE_PRIORITY, Replies, Talk, everyday_choices, human_row, office_time, row, say
from handlers.wish import identity

REMINDER_AFTER = timedelta(hours=24)


def send_due(desk: Desk) -> int:
    """How many surveys and reminders went into the outbox. In quiet hours none: they wait for the morning.

    A survey's state, its outbox row and its reminder change in one transaction, so it is sent once, whoever ticks.
    """
    now, office = desk.now(), office_time(desk.settings)
    if office.is_quiet(now):
        return 0
    with desk.writing() as session:
        sent = 0
        for asking in surveys.list_due(session, now):
            contact = session.get_one(Contact, asking.contact_id)
            if not contact.is_welcome_to_unasked:
                surveys.cancel(session, contact.key)
            elif asking.survey == SATISFACTION:
                sent += _send_satisfaction(session, desk, asking, contact)
            else:
                sent += questionnaire.send(session, desk, asking, contact, now)
        return sent + questionnaire.send_reminders(session, desk, now)


def _send_satisfaction(session: Session, desk: Desk, asking: SurveyAsking, contact: Contact) -> bool:
    now, ticket = desk.now(), session.get_one(Ticket, asking.ticket_id)
    if ticket.is_alive:  # 重新办理: it is asked about when it is closed again
        surveys.call_off(session, asking)
        return False
    if not surveys.mark_sent(session, asking, contact.channel, now=now):
        return False
    key = f"survey:{ticket.id}" if asking.turn == 1 else f"survey:{ticket.id}:{asking.turn}"
    outbox.enqueue(session, invitation(contact, ticket), now=now, dedupe_key=key, priority=AFTERCARE_PRIORITY)
    remind_at = office_time(desk.settings).after_quiet(now + REMINDER_AFTER)
    rule = desk.settings.follow_up_rules.rule_for(ticket.service_item, ticket.reason)
    seq = follow_ups.call_off(session, ticket.key, "score_reminder", now) + 1
    follow_ups.plan(session, ticket.key, contact.key, "score_reminder", remind_at, seq=seq, rule=rule.rule_id)
    return True


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
    ticket_id, score = _mine(talk, ticket), _score(level, talk.inbound.votes)
    if ticket_id is None or score is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    _keep(talk, ticket_id, "score", dict(wording.SCORES)[score])
    follow_ups.call_off(talk.session, ticket_id, "score_reminder", talk.now)
    if score <= LOW_SCORE:
        contact_again(talk.session, talk.desk, ticket_id, wording.low_score(score), talk.now)
    solved = row((wording.SOLVED_YES, f"solved:{ticket_id}:yes"), (wording.SOLVED_NO, f"solved:{ticket_id}:no"))
    return (say(talk, wording.SURVEY_THANKS + wording.SOLVED_QUESTION, choices=(solved,)),)


def take_solved(talk: Talk) -> Replies:
    """Whether the question was solved; if not, a person is one tap away."""
    ticket, _, given = talk.wish.argument.partition(":")
    ticket_id = _mine(talk, ticket)
    if ticket_id is None or given not in ("yes", "no"):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    _keep(talk, ticket_id, "solved", wording.SOLVED_YES if given == "yes" else wording.SOLVED_NO)
    words = row((wording.WORDS, f"words:{ticket_id}"))
    if given == "yes":
        return (say(talk, wording.SOLVED_THANKS, choices=(words,)),)
    contact_again(talk.session, talk.desk, ticket_id, wording.SAID_UNSOLVED, talk.now)
    return (say(talk, wording.UNSOLVED, choices=(words, human_row())),)


def ask_for_words(talk: Talk) -> Replies:
    """The next message is what the asker wants to say about the service."""
    ticket_id = _mine(talk, talk.wish.argument)
    if ticket_id is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    dialogue.await_words(talk.dialogue, f"words:{ticket_id}", talk.now)
    return (say(talk, wording.WORDS_PROMPT),)


def take_words(talk: Talk) -> Replies:
    """The words, kept with the survey they belong to."""
    ticket_id = _mine(talk, talk.dialogue.awaiting.removeprefix("words:"))
    dialogue.await_words(talk.dialogue, "", talk.now)
    if ticket_id is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    _keep(talk, ticket_id, "words", talk.inbound.text)
    return (say(talk, wording.WORDS_THANKS),)


def _keep(talk: Talk, ticket_id: int, question: str, answer: str) -> None:
    """One answer about a ticket; it is kept where every other survey's is."""
    asking = surveys.of_ticket(talk.session, ticket_id)
    assert asking is not None
    surveys.put_about_ticket(talk.session, asking, question, answer, channel=talk.contact.channel, now=talk.now)


def _mine(talk: Talk, ticket: str) -> int | None:
    """The ticket of this very person that was asked about; ``None`` for anybody else's."""
    ticket_id = identity(ticket)
    asking = surveys.of_ticket(talk.session, ticket_id) if ticket_id else None
    return ticket_id if asking is not None and asking.contact_id == talk.contact.key else None


def _score(level: str, votes: tuple[int, ...]) -> int | None:
    if votes and votes[0] in range(len(wording.SCORES)):
        return wording.SCORES[votes[0]][0]
    return int(level) if level in ("1", "2", "3", "4", "5") else None
