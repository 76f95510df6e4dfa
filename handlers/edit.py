"""An asker changes a message (修改) or takes one back (撤回): the archive keeps both wordings, staff see both, a new
question is answered.
"""

from __future__ import annotations

from consultations import archive, received, ticket_messages, tickets
from consultations.messages import Block
from consultations.received import ReceivedMessage
from handlers import ask, greet, wording
from handlers.escalate import for_staff, tell_staff
from handlers.promises import expect_answer
from handlers.talk import CONFIDENTIAL, Replies, Talk, say
from handlers.wish import has_words, readable


def take_edit(talk: Talk) -> Replies:
    """The reply to an edit; one that changes no word (a link preview) needs none."""
    original = received.original_of(talk.session, talk.contact.key, talk.inbound.foreign_message_id)
    if original is not None and original.action == CONFIDENTIAL:
        talk.received.text, talk.received.action = "", CONFIDENTIAL
        return (say(talk, wording.ANONYMOUS_EDIT),)
    if original is not None and readable(original.text) == talk.text:
        return ()
    first = archive.of_received(talk.session, original.key) if original is not None else None
    if first is not None:
        first.edited_text = talk.text
    if talk.ticket is not None:
        return _show_staff(talk, original)
    replies = _answer_anew(talk)
    second = archive.of_received(talk.session, talk.received.key)
    if first is not None and second is not None:
        second.edit_of = first.id
    return replies


def unsay(talk: Talk) -> Replies:
    """撤回: the last message to staff no longer counts. They see what it was, and the archive keeps it: somebody may
    have acted on it already.
    """
    last = ticket_messages.last_of_asker(talk.session, talk.ticket.key) if talk.ticket is not None else None
    if talk.ticket is None or last is None:
        return (say(talk, wording.NOTHING_TO_UNSAY),)
    ticket_messages.add(talk.session, talk.ticket.key, "unsaid", last.text, talk.now, received_id=talk.received.id)
    shown = wording.staff_asker_unsaid(for_staff(last.text))
    tickets.record(talk.session, talk.ticket, f"contact:{talk.contact.id}", talk.now, wording.UNSAID_EVENT)
    tell_staff(talk.session, talk.desk, talk.ticket, (Block("text", shown),), talk.now)
    return (say(talk, wording.UNSAID),)


def _answer_anew(talk: Talk) -> Replies:
    if talk.answer is not None:
        return ask.ask(talk)
    return greet.refuse_length(talk) if has_words(talk.text) else greet.refuse_unreadable(talk)


def _show_staff(talk: Talk, original: ReceivedMessage | None) -> Replies:
    assert talk.ticket is not None
    old, new = original.text if original is not None else "", talk.inbound.text
    both = wording.staff_asker_edited(old, new)
    ticket_messages.add(talk.session, talk.ticket.key, "asker", both, talk.now, received_id=talk.received.id)
    expect_answer(talk.session, talk.desk, tickets.lead_of(talk.session, talk.ticket), talk.now)
    shown = wording.staff_asker_edited(for_staff(old), for_staff(new))
    tell_staff(talk.session, talk.desk, talk.ticket, (Block("text", shown),), talk.now)
    return (say(talk, wording.EDIT_NOTED),)
