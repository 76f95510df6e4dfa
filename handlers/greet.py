"""Greetings, help, and the messages we cannot use: each gets a clear sentence, none is lost."""

from __future__ import annotations

from consultations import contacts, dialogue, numbers, ticket_messages
from consultations.archive import Consultation, file_consultation
from consultations.permissions import may
from handlers import gate, wording
from handlers.talk import Replies, Talk, everyday_choices, human_row, say


def start(talk: Talk) -> Replies:
    """The welcome."""
    welcome = wording.welcome(talk.settings.outlet_name)
    return (say(talk, welcome + wording.WELCOME_HOW, wording.EXAMPLES, choices=everyday_choices()),)


def show_help(talk: Talk) -> Replies:
    """The commands and their Chinese words."""
    is_administrator = may(gate.asker_of(talk.desk, talk.inbound.address, talk.now), "broadcast.write")
    more = wording.HELP_ADMINISTRATOR if is_administrator else ""
    return (say(talk, wording.HELP, more, choices=everyday_choices()),)


def prompt(talk: Talk) -> Replies:
    """``/ask`` without a question."""
    return (say(talk, wording.ASK_PROMPT),)


def refuse_unreadable(talk: Talk) -> Replies:
    """Empty, or nothing but signs."""
    file_unanswered(talk, "refused")
    return (say(talk, wording.NO_WORDS if talk.text else wording.EMPTY, choices=(human_row(),)),)


def refuse_length(talk: Talk) -> Replies:
    """Longer than a question may be; the whole text is kept."""
    file_unanswered(talk, "refused")
    sentence = wording.too_long(len(talk.text), talk.settings.question_characters)
    return (say(talk, sentence, choices=(human_row(),)),)


def slow_down(talk: Talk) -> Replies:
    """Too many in a minute: said once, everything kept."""
    file_unanswered(talk, "throttled")
    if talk.ticket is not None:  # staff read it on the ticket; their room is spared the flood
        ticket_messages.add(
            talk.session, talk.ticket.key, "asker", talk.inbound.text, talk.now, received_id=talk.received.id
        )
    told = talk.dialogue.throttled_at
    if told is not None and (talk.now - told).total_seconds() < 60:
        return ()
    talk.dialogue.throttled_at = talk.now
    return (say(talk, wording.throttled(talk.settings.messages_per_minute), choices=(human_row(),)),)


def refuse_command(talk: Talk) -> Replies:
    """A command nobody knows."""
    return (say(talk, wording.UNKNOWN_COMMAND, choices=everyday_choices()),)


def refuse_press(talk: Talk) -> Replies:
    """A forged button, or one older than this release."""
    return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)


def note_blocked(talk: Talk) -> Replies:
    """The person stopped the bot, or let it in again; nobody is there to read a reply."""
    contacts.mark_blocked(talk.session, talk.contact.address, blocked=talk.inbound.kind == "blocked")
    dialogue.start_clean(talk.dialogue)
    return ()


def file_unanswered(talk: Talk, action: str) -> None:
    """The archive record of something we could not answer (``refused``, ``throttled``, ``file``)."""
    # The archive's question is cut to what a question may be; the message received keeps every character.
    number = numbers.next_number(talk.session, numbers.CONSULTATION, talk.office.day(talk.now))
    file_consultation(
        talk.session,
        Consultation(
            number=number,
            contact_id=talk.contact.key,
            received_id=talk.received.key,
            channel=talk.inbound.address.channel,
            question=talk.text[: talk.settings.question_characters],
            action=action,
            created_at=talk.now,
        ),
    )
