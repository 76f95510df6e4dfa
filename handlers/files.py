"""Files (文件) both ways between asker and staff: what may pass, and what is told when it does not.

A file never lies here: the channel copies the message it came in. So it passes within one channel only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import PurePath

from consultations import received, second_check, tickets
from consultations.contacts import Contact
from consultations.messages import Attachment, Block, Inbound
from consultations.tickets import WAITING, IllegalMoveError, Ticket
from handlers import file_wording, greet, wording
from handlers.ask_colleague import ask_afterwards, ask_colleague
from handlers.escalate import for_staff, tell_staff
from handlers.promises import expect_answer
from handlers.staff_reply import closing_row, refusal, reply_to_asker, which
from handlers.talk import Replies, StaffTalk, Talk, human_row, say

LARGEST_BYTES = 20 * 2**20  # Bot API, getFile: what is larger can be neither fetched nor kept by an outlet
MOST_A_DAY = 20  # of one asker
KINDS = frozenset(
    {
        *("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "wps", "et", "ofd", "txt", "md", "csv"),
        *("jpg", "jpeg", "png", "heic", "webp", "mp4", "mov", "ogg", "mp3", "m4a"),
    }
)


def from_asker(talk: Talk) -> Replies:
    """The file in the ticket's thread; without a ticket the asker is told what we can do with it."""
    if talk.ticket is None:
        greet.file_unanswered(talk, "file")
        return (say(talk, wording.FILE_RECEIVED, choices=(human_row(),)),)
    names = _names(talk.inbound)
    no = _why_not(talk.inbound.attachments) or _too_many(talk)
    words = f"{names} {talk.text}".strip()
    tickets.add_message(talk.session, talk.ticket, "asker", words, talk.now, received_id=talk.received.id)
    expect_answer(talk.session, talk.desk, tickets.lead_of(talk.session, talk.ticket), talk.now)
    shown = Block("text", wording.staff_asker_file(for_staff(words)))
    is_here = any(each.channel == talk.inbound.address.channel for each in talk.settings.staff_rooms)
    why = file_wording.not_passed_on(no) if no else "" if is_here else file_wording.STAYS_THERE
    note = (Block("note", why),) if why else ()
    file_of = "" if no else talk.inbound.message_id
    tell_staff(talk.session, talk.desk, talk.ticket, (shown, *note), talk.now, file_of=file_of)
    return (say(talk, file_wording.refused(no) if no else wording.added_to_ticket(talk.ticket.number)),)


def is_for_asker(inbound: Inbound) -> bool:
    """Whether this is a file in a ticket's thread."""
    return inbound.kind == "file" and inbound.thread_key.startswith("ticket:")


def to_asker(talk: StaffTalk) -> Replies:
    """A file of the holder to the asker, with the words under it."""
    if talk.ticket is None:
        return (which(talk),)
    askers = (talk.ticket, *tickets.followers_of(talk.session, talk.ticket.key))
    contacts = [talk.session.get_one(Contact, each.contact_id) for each in askers]
    risk = second_check.needed(talk.session, talk.desk.duty.book, talk.ticket)
    if no := _not_to_asker(talk, talk.ticket, contacts):
        return (say(talk, no),)
    words = f"{file_wording.file_named(_names(talk.inbound))}{talk.text}"
    file_of = talk.inbound.message_id
    try:
        if risk is not None and not risk.is_after:
            return ask_colleague(talk, talk.ticket, words, risk, file_of=file_of)
        ticket = reply_to_asker(talk.session, talk.ticket.key, talk.staff, words, talk.now, file_of=file_of)
    except IllegalMoveError as error:
        return (say(talk, refusal(error)),)
    if risk is not None:
        ask_afterwards(talk, ticket, risk, file_of=file_of)
    blocked = wording.WAS_BLOCKED if contacts[0].is_blocked else ""
    return (say(talk, file_wording.sent(ticket.number), blocked, choices=closing_row(ticket)),)


def _not_to_asker(talk: StaffTalk, ticket: Ticket, askers: Sequence[Contact]) -> str:
    """Why a file is not sent; empty when it is."""
    if ticket.state in WAITING:
        return file_wording.CLAIM_FIRST
    if not ticket.is_alive:
        return refusal(IllegalMoveError(ticket, "replied"))
    if ticket.holder != talk.staff.key:
        return file_wording.held_by(ticket.number, ticket.holder_name)
    if any(each.channel != talk.inbound.address.channel for each in askers):
        return file_wording.OTHER_CHANNEL
    if no := _why_not(talk.inbound.attachments):
        return file_wording.not_sent(no)
    wrong = [each.sentence for each in talk.found or () if each.holds_back]
    return file_wording.not_sent("".join(wrong)) if wrong else ""


def _why_not(attachments: tuple[Attachment, ...]) -> str:
    """Why files like these do not pass."""
    kinds = [PurePath(each.name).suffix.lower().removeprefix(".") for each in attachments]
    wrong = next((each for each in kinds if each not in KINDS), None)
    if wrong is not None:
        return file_wording.wrong_kind(wrong)
    return file_wording.TOO_LARGE if any(each.size_bytes > LARGEST_BYTES for each in attachments) else ""


def _too_many(talk: Talk) -> str:
    n_files = received.count_files(talk.session, talk.contact.key, talk.now - timedelta(days=1))
    return file_wording.too_many(MOST_A_DAY) if n_files > MOST_A_DAY else ""


def _names(inbound: Inbound) -> str:
    return "、".join(each.name or "未命名" for each in inbound.attachments) or "未命名"
