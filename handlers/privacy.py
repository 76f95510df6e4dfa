"""Consent and one's own data (个人信息): see it, take it along, have it erased; say yes or no to being written to.

The first reply carries a short notice with 同意 / 不同意. The question itself is answered at once, whatever is pressed:
answering is the outlet's public duty. Without a yes nobody is subscribed to broadcasts; with a no (退订, 撤回同意)
surveys and follow-ups stop too, also those already waiting.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from consultations import (
    absences,
    archive,
    assets,
    attendances,
    audit,
    card_drafts,
    contacts,
    dialogue,
    enterprise_changes,
    enterprise_facts,
    erasures,
    follow_ups,
    improvements,
    links,
    merging,
    opinions,
    outbox,
    outbox_pruning,
    received,
    referrals,
    reminders,
    seals,
    shared_replies,
    signatures,
    subscriptions,
    surveys,
    ticket_messages,
    tickets,
    visitor_files,
    window_lines,
)
from consultations.contacts import Contact
from consultations.masking import mask
from consultations.messages import Block
from handlers import discuss_cases, promises, push_wording, refer, wording, write_case
from handlers.escalate import tell_staff
from handlers.own_data import own_data
from handlers.situation import Situation
from handlers.talk import Replies, Talk, row, say
from policies import review

ERASING = "erase"  # what the dialogue waits for when somebody was asked whether they are sure
_LISTED = 30  # characters of a question that every list shows at least
_TELLING = 4  # fewer are in everybody's words
UNASKED = ("survey", "follow_up", "broadcast")


def consent(talk: Talk) -> Replies:
    """同意 or 不同意, by button or word; both are kept with the version of the notice and the time."""
    if talk.wish.verb == "consent_yes" or talk.wish.argument == "yes":
        contacts.agree(talk.contact, talk.settings.consent_version, talk.now)
        return (say(talk, wording.AGREED),)
    _stop_unasked(talk)
    refer.withdraw_all(talk.session, talk.desk, talk.contact, talk.now)
    write_case.take_all_back(talk.session, talk.desk, talk.contact)
    return (say(talk, wording.DISAGREED, choices=(row((wording.RESUME, "consent:yes")),)),)


def stop(talk: Talk) -> Replies:
    """退订: nothing unasked any more."""
    _stop_unasked(talk)
    return (say(talk, wording.STOPPED, choices=(row((wording.RESUME, "consent:yes")),)),)


def show(talk: Talk) -> Replies:
    """What is stored and for how long, what was consented to, and what one can do about it."""
    state = wording.CONSENT_STATES[talk.contact.consent]
    change = (wording.RESUME, "consent:yes") if talk.contact.consent != "given" else (wording.WITHDRAW, "consent:no")
    secret = (wording.CONFIDENTIAL_END, "open") if talk.contact.is_secret else (wording.CONFIDENTIAL, "secret")
    buttons = (
        row((wording.EXPORT, "export"), (wording.ERASE, "erase")),
        row(change, (push_wording.SUBSCRIBE, "subscribe")),
        row((wording.LINK, "link"), secret),
    )
    is_on = wording.CONFIDENTIAL_IS_ON if talk.contact.is_secret else ""
    kept = wording.kept_for(talk.settings.consultation_days, talk.settings.message_days)
    told, withdraw = discuss_cases.own_cases(talk)
    return (say(talk, wording.PRIVACY_WHAT, kept, state, is_on, told, choices=(*buttons, *withdraw)),)


def export(talk: Talk) -> Replies:
    """Everything we store about this person, as JSON text; noted in the audit trail."""
    audit.note(talk.session, "export", talk.contact.key, f"contact:{talk.contact.id}", talk.now)
    text = json.dumps(own_data(talk.session, talk.contact), ensure_ascii=False, indent=1, default=str)
    return (say(talk, Block("lead", wording.EXPORT_LEAD), text),)


def erase(talk: Talk) -> Replies:
    """Asks once, by button or word, then takes the person out of every record; numbers and statistics stay."""
    if talk.wish.argument != "sure":
        buttons = row((wording.ERASE_SURE, "erase:sure"), (wording.KEEP, "privacy"))
        dialogue.await_words(talk.dialogue, ERASING, talk.now)
        linked = wording.ERASE_LINKED if talk.contact.person is not None else ""
        return (say(talk, wording.ERASE_ASK, linked, choices=(buttons,)),)
    return erase_for_good(talk)


def is_sure(situation: Situation) -> bool:
    """The words of the button, typed right after we asked: anywhere else they may mean something else."""
    is_text = situation.inbound.kind == "text" and situation.awaiting == ERASING
    return is_text and situation.text == wording.ERASE_SURE


def erase_for_good(talk: Talk) -> Replies:
    """The person is taken out of every record, and what is under way for them ends."""
    _stop_unasked(talk)
    refer.withdraw_all(talk.session, talk.desk, talk.contact, talk.now)
    forget(talk)
    if talk.ticket is not None:
        _withdraw_ticket(talk)
    return (replace(say(talk, wording.ERASED), is_fleeting=True),)


def forget(talk: Talk) -> None:
    """Every trace of the person in our tables, except what they are being told at this moment."""
    actor, key = f"contact:{talk.contact.id}", talk.settings.survey_key
    forget_person(talk.session, talk.contact, talk.now, actor=actor, key=key, keep_id=talk.received.key)


def forget_person(  # noqa: PLR0913  who is forgotten, who asked for it, and how that is written down
    session: Session, contact: Contact, now: datetime, *, actor: str, key: bytes, keep_id: int = 0
) -> None:
    """The same for any contact; `keep_id` is the received message that asks for it, if one does. `key` makes the digest
    in the ledger of erasures, so that no old backup brings the person back.
    """
    contact_id, address = contact.key, contact.address
    session.flush()
    outbox_pruning.forget_words(session, _words_in_lists(session, contact_id))
    card_drafts.forget(session, contact_id, now)
    write_case.forget(session, contact_id, now)
    received.forget(session, contact_id, keep_id=keep_id)
    visitor_files.forget(session, contact_id)
    archive.forget(session, contact_id)
    mine = tickets.of_contact(session, contact_id, limit=10_000)
    outbox_pruning.forget_threads(session, [each.thread_key for each in mine])
    improvements.forget(session, [each.key for each in mine])
    shared_replies.forget(session, [each.key for each in mine])
    tickets.forget(session, contact_id)
    opinions.forget(session, contact_id)
    referrals.forget(session, contact_id)
    seals.seal_erasure(session, contact_id)
    surveys.cancel(session, contact_id)
    surveys.forget(session, contact_id)
    follow_ups.forget(session, contact_id, now)
    assets.forget(session, contact_id)
    enterprise_facts.forget(session, contact_id)
    enterprise_changes.forget(session, contact_id, contact.name)
    reminders.forget(session, contact_id)
    attendances.forget(session, contact_id, now)
    links.forget(session, contact_id)
    subscriptions.forget(session, contact_id)
    window_lines.forget(session, address.chat_id)
    outbox_pruning.forget(session, address)
    state = dialogue.of_contact(session, contact_id)
    dialogue.start_clean(state)
    state.throttled_at = None
    absences.forget_name(session, contact.name)
    _forget_signed(session, contact, now)
    erasures.note(session, key, address, now)
    contacts.forget(contact, now)
    audit.note(session, "erase", contact_id, actor, now)


def _forget_signed(session: Session, contact: Contact, now: datetime) -> None:
    """Whoever works here and writes to us too: their name leaves reasons and notes. Nobody else's does: anybody may
    call themselves 专利.
    """
    names = signatures.names_of(session, str(contact.address)) | review.names_of(session, str(contact.address))
    if names:
        names |= {contact.name} if len(contact.name) >= signatures.TELLING else set()
        signatures.forget_names(session, names, now)
        review.forget_names(session, names, signatures.SOMEBODY)


def _words_in_lists(session: Session, contact_id: int) -> set[str]:
    """How the person's words begin in what staff were sent outside their threads (/tickets, /gaps, /drafts, opinions),
    and the numbers of their consultations, which stand beside a name where staff entered one by hand.
    """
    filed = archive.latest(session, contact_id, 10_000)
    asked = [words for each in filed for words in (each.edited_text or each.question, each.number)]
    asked += [words for each in opinions.of_contact(session, contact_id) for words in (each.text, each.reply)]
    for ticket in tickets.of_contact(session, contact_id, limit=10_000):
        asked.append(ticket.question)
        replies = [
            each for each in ticket_messages.of_ticket(session, ticket.key) if each.author in ticket_messages.REPLIES
        ]
        asked += [each.text for each in replies]  # /check shows those that wait for a second person
    said = [*(mask(each) for each in asked), *card_drafts.wordings_of(session, contact_id)]
    return {each[:_LISTED] for each in said if len(each) >= _TELLING}


def _stop_unasked(talk: Talk) -> None:
    contacts.withdraw(talk.contact, talk.settings.consent_version, talk.now)
    subscriptions.drop_all(talk.session, talk.contact.key, talk.now)
    surveys.cancel(talk.session, talk.contact.key)
    follow_ups.cancel(talk.session, talk.contact.key, talk.now)
    outbox.cancel_waiting(talk.session, talk.inbound.address, UNASKED)


def _withdraw_ticket(talk: Talk) -> None:
    assert talk.ticket is not None
    parted = merging.part(talk.session, talk.ticket, f"contact:{talk.contact.id}", talk.now)
    promises.resume(talk.session, talk.desk, parted, talk.now)
    ticket = tickets.withdraw(talk.session, talk.ticket.key, f"contact:{talk.contact.id}", talk.now)
    promises.plan_archive(talk.session, talk.desk, ticket, talk.now)
    tell_staff(talk.session, talk.desk, ticket, (Block("text", wording.staff_asker_left(ticket.number)),), talk.now)
