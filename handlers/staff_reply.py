"""What staff do with a ticket: claim, reply, note, close, from their chat or from any screen.

The functions that take a session serve every door; those that take a `StaffTalk` read them out of a chat message.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from consultations import checks, dialogue, second_check, ticket_messages, tickets
from consultations.contacts import Contact
from consultations.messages import Block, Outbound
from consultations.tickets import STATE_NAMES, WAITING, IllegalMoveError, Staff, Ticket
from handlers import (
    absent_wording,
    archive_wording,
    case_wording,
    check_wording,
    entry_wording,
    opinion_wording,
    opinions,
    questionnaire,
    quick_wording,
    referral_wording,
    ticket_wording,
    training_wording,
    wording,
)
from handlers.ask_colleague import ask_afterwards, ask_colleague
from handlers.close import about_poll, close_ticket, make_card_row
from handlers.desk import Desk
from handlers.escalate import for_staff, tell_staff
from handlers.promises import plan_silence
from handlers.talk import Replies, Rows, StaffTalk, office_time, row, say, tell
from handlers.whose import NUMBER, in_sight, of_ticket, sees
from handlers.wish import identity
from knowledge.proofread import Flaw

LISTED = 20
LINES_ADDED = 3  # of the asker's later messages in the list of tickets; all of them are in the thread and the archive


# For every door


def claim_ticket(session: Session, desk: Desk, ticket_id: int, staff: Staff, now: datetime) -> Ticket:
    """The ticket, held by this member of staff; colleagues read it in the thread.

    Raises:
        IllegalMoveError: Somebody was faster, or it is closed.
        LookupError: There is no such ticket.
    """
    ticket = tickets.claim(session, ticket_id, staff, now)
    plan_silence(session, desk, ticket, now)
    closing = (row((wording.CLOSE, f"close:{ticket.id}")),)
    note = Block("text", wording.staff_claimed(ticket.number, staff.name))
    tell_staff(session, desk, ticket, (note,), now, choices=closing)
    return ticket


def reply_to_asker(  # noqa: PLR0913  who says what to whom, when, with which file
    session: Session, ticket_id: int, staff: Staff, text: str, now: datetime, *, file_of: str = ""
) -> Ticket:
    """The ticket, replied; the asker gets the text, with a way to say that it is done. Whether a second person had to
    see it first (二次复核) is settled by then.

    Raises:
        IllegalMoveError: It is not claimed, or closed.
    """
    ticket = tickets.reply(session, ticket_id, staff, text, now)
    for each in (ticket, *tickets.followers_of(session, ticket_id)):
        opinions.reply_of_ticket(session, each, staff, text, now)
        contact = session.get_one(Contact, each.contact_id)
        blocks = (Block("note", wording.staff_replied(each.number)), Block("text", text))
        tell(session, contact, blocks, now, choices=(row((wording.DONE, f"done:{each.id}")),), file_of=file_of)
        _listen(session, contact, now)
    return ticket


def _listen(session: Session, contact: Contact, now: datetime) -> None:
    """What the asker types next answers the reply just sent, no longer the questionnaire above it."""
    state = dialogue.of_contact(session, contact.key)
    if state.awaiting.startswith(questionnaire.AWAITED):
        dialogue.await_words(state, "", now)


# In a staff chat


def claim(talk: StaffTalk) -> Replies:
    """接单: the first one wins, the second reads who it is."""
    if talk.ticket is None:
        return (which(talk),)
    try:
        claim_ticket(talk.session, talk.desk, talk.ticket.key, talk.staff, talk.now)
    except IllegalMoveError as error:
        return (say(talk, refusal(error)),)
    return ()


def speak(talk: StaffTalk) -> Replies:
    """Plain words in a ticket's thread: a reply, or a note from somebody who may only write those."""
    may_reply = talk.ticket is not None and sees(talk, "ticket.reply", of_ticket(talk.ticket))
    return reply(talk) if may_reply or talk.ticket is None else note(talk)


def reply(talk: StaffTalk) -> Replies:
    """A reply to the asker, only from the one who holds the ticket."""
    if talk.ticket is None:
        return (which(talk),)
    if not talk.text:
        return (say(talk, wording.REPLY_EMPTY),)
    if talk.ticket.state in ("claimed", "replied") and talk.ticket.holder != talk.staff.key:
        return _keep_as_note(talk, talk.ticket, wording.staff_held_by(talk.ticket.number, talk.ticket.holder_name))
    if talk.ticket.state in WAITING:
        return _keep_as_note(talk, talk.ticket, wording.CLAIM_FIRST)
    if wrong := [each.sentence for each in _flaws(talk) if each.holds_back]:
        return _hold(talk, talk.ticket, wrong)
    return _send(talk, talk.ticket, talk.text)


def proofread(desk: Desk, text: str) -> tuple[Flaw, ...]:
    """What is wrong with the citations of a reply; looked up before the session opens."""
    return desk.answerer.flaws(text, office_time(desk.settings).day(desk.now()))


def send_anyway(talk: StaffTalk) -> Replies:
    """仍然发送: a reply held back goes out after all; once, and only from the one who holds the ticket."""
    if talk.ticket is None:
        return (which(talk),)
    if talk.ticket.holder != talk.staff.key:
        return (say(talk, wording.draft_of_another(talk.ticket.number, talk.ticket.holder_name)),)
    draft = ticket_messages.take_draft(talk.session, talk.ticket.key, _draft_id(talk))
    if draft is None or not draft.text:
        gone = wording.DRAFT_GONE if talk.ticket.is_alive else refusal(IllegalMoveError(talk.ticket, "replied"))
        return (say(talk, gone),)
    ticket_messages.add(talk.session, talk.ticket.key, "note", wording.SENT_ANYWAY, talk.now, actor=talk.staff.key)
    return _send(talk, talk.ticket, draft.text, is_insisted=True)


def revise(talk: StaffTalk) -> Replies:
    """改一改: a reply held back is dropped."""
    if talk.ticket is None:
        return (which(talk),)
    if talk.ticket.holder != talk.staff.key:
        return (say(talk, wording.draft_of_another(talk.ticket.number, talk.ticket.holder_name)),)
    draft = ticket_messages.take_draft(talk.session, talk.ticket.key, _draft_id(talk))
    return (say(talk, wording.REVISE_HOW if draft else wording.DRAFT_GONE),)


def _hold(talk: StaffTalk, ticket: Ticket, wrong: list[str]) -> Replies:
    """Keep a reply whose citations are wrong until its author insists or writes another."""
    if not ticket.is_alive:
        return (say(talk, refusal(IllegalMoveError(ticket, "replied"))),)
    draft_id = tickets.hold(talk.session, ticket, talk.staff, talk.text, talk.now)
    buttons = row(
        (wording.SEND_ANYWAY, f"send:{ticket.id}:{draft_id}"), (wording.REVISE, f"revise:{ticket.id}:{draft_id}")
    )
    return (say(talk, wording.reply_held(wrong), choices=(buttons,)),)


def _flaws(talk: StaffTalk) -> tuple[Flaw, ...]:
    """What `proofread` found."""
    found: tuple[Flaw, ...] = talk.found or ()
    return found


def _draft_id(talk: StaffTalk) -> int | None:
    return identity(talk.wish.argument.partition(":")[2])


def _send(talk: StaffTalk, ticket: Ticket, text: str, *, is_insisted: bool = False) -> Replies:
    risk = second_check.needed(talk.session, talk.desk.duty.book, ticket)
    try:
        if risk is not None and not risk.is_after:
            return ask_colleague(talk, ticket, text, risk, is_insisted=is_insisted)
        ticket = reply_to_asker(talk.session, ticket.key, talk.staff, text, talk.now)
    except IllegalMoveError as error:
        return (say(talk, refusal(error)),)
    if risk is not None:
        ask_afterwards(talk, ticket, risk)
    is_blocked = talk.session.get_one(Contact, ticket.contact_id).is_blocked
    return (
        say(
            talk,
            wording.staff_sent(ticket.number),
            wording.not_verified([each.sentence for each in _flaws(talk) if not each.holds_back]),
            wording.WAS_BLOCKED if is_blocked else "",
            choices=closing_row(ticket),
        ),
    )


def note(talk: StaffTalk) -> Replies:
    """备注: for colleagues only."""
    if talk.ticket is None:
        return (which(talk),)
    return _keep_as_note(talk, talk.ticket, wording.NOTE_KEPT)


def close(talk: StaffTalk) -> Replies:
    """办结: the asker hears of it, and is asked how it was."""
    if talk.ticket is None:
        return (which(talk),)
    if checks.draft_waits(talk.session, talk.ticket.key):
        return (say(talk, check_wording.close_later(talk.ticket.number)),)
    with_it = tickets.followers_of(talk.session, talk.ticket.key)
    try:
        ticket = close_ticket(talk.session, talk.desk, talk.ticket.key, talk.staff.key, talk.now)
    except IllegalMoveError as error:
        return (say(talk, refusal(error)),)
    for each in (ticket, *with_it):
        contact = talk.session.get_one(Contact, each.contact_id)
        poll = about_poll(talk.session, talk.desk, each, talk.now)
        tell(talk.session, contact, (Block("text", wording.ticket_closed(each.number)), *poll), talk.now)
    tell_staff(
        talk.session,
        talk.desk,
        ticket,
        (
            Block("text", wording.staff_closed(ticket.number, talk.staff.name)),
            *about_poll(talk.session, talk.desk, ticket, talk.now, staff=True),
        ),
        talk.now,
        choices=make_card_row(ticket),
    )
    return ()


def list_tickets(talk: StaffTalk) -> Replies:
    """待办: what somebody must work on, the most urgent first."""
    zone = office_time(talk.desk.settings).zone
    alive = in_sight(talk, "ticket.list", tickets.list_alive(talk.session, limit=None), of_ticket)[:LISTED]
    checked = {each.ticket_id for each in checks.waiting(talk.session) if not each.is_after}
    lines = [
        wording.staff_ticket_line(
            each.number,
            f"{talk.desk.duty.book.kind_name(each.kind)} · {STATE_NAMES[each.state]}"
            + (check_wording.IN_LIST if each.id in checked else ""),
            wording.moment_name(each.due_at, zone),
            each.holder_name or each.assignee_name,
        )
        + f"\n  {for_staff(each.question)[:60]}"
        + _unanswered(talk.session, each)
        for each in alive
    ]
    choices = tuple(
        row((f"{wording.CLAIM} {each.number}", f"claim:{each.id}"))
        for each in in_sight(talk, "ticket.claim", alive, of_ticket)
        if each.state in WAITING
    )
    return (say(talk, "\n".join(lines) or wording.NO_TICKETS, choices=choices[:8]),)


def show_help(talk: StaffTalk) -> Replies:
    """What staff can do here."""
    tickets_too = (ticket_wording.TICKET_HELP, check_wording.CHECK_HELP, quick_wording.HELP)
    ledgers = (
        absent_wording.HELP,
        archive_wording.HELP,
        entry_wording.ENTRY_HELP,
        opinion_wording.STAFF_HELP,
        referral_wording.STAFF_HELP,
        case_wording.STAFF_HELP,
        training_wording.STAFF_HELP,
    )
    return (say(talk, wording.STAFF_HELP, *tickets_too, *ledgers),)


def stay_silent(talk: StaffTalk) -> Replies:
    """Staff talk among themselves; nothing to do."""
    del talk
    return ()


def refuse_press(talk: StaffTalk) -> Replies:
    """A button nobody knows."""
    return (say(talk, wording.STAFF_STALE),)


def refusal(error: IllegalMoveError) -> str:
    """Why a move was refused, in plain Chinese."""
    ticket = error.ticket
    return wording.refused_move(ticket.number, ticket.state, error.target, ticket.holder_name)


def _unanswered(session: Session, ticket: Ticket) -> str:
    """What the asker added since staff last replied, a line each; notes among staff answer nobody."""
    added: list[str] = []
    for each in ticket_messages.of_ticket(session, ticket.key):
        if each.author == "staff":
            added.clear()
        elif each.author == "unsaid" and added:
            added.pop()
        elif each.author == "asker" and each.text != ticket.question:  # whoever pressed 转人工 first, wrote it then
            added.append(f"\n  又说：{for_staff(each.text)[:60]}")
    return "".join(added[-LINES_ADDED:])


def _keep_as_note(talk: StaffTalk, ticket: Ticket, sentence: str) -> Replies:
    if ticket.state == "claimed" and ticket.holder == talk.staff.key:
        plan_silence(talk.session, talk.desk, ticket, talk.now)  # at work, if not yet done
    ticket_messages.add(talk.session, ticket.key, "note", talk.text, talk.now, actor=talk.staff.key)
    return (say(talk, sentence),)


def closing_row(ticket: Ticket) -> Rows:
    """The button to close it."""
    return (row((wording.CLOSE, f"close:{ticket.id}")),)


def which(talk: StaffTalk) -> Outbound:
    """That no ticket was meant, or one that is not there."""
    named = NUMBER.match(talk.wish.argument)
    return say(talk, ticket_wording.no_such_ticket(named[1]) if named else wording.WHICH_TICKET)
