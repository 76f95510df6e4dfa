"""Files (文件) both ways between asker and staff: what may pass, and what is told when it does not.

The channel copies the message a file came in, so it passes within one channel only. What visitors of the website
window send, and what staff send in the console, lies in the instance's folder (`handlers.stored_files`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePath

from sqlmodel import Session

from consultations import contacts, received, second_check, ticket_messages, tickets, visitor_files
from consultations.contacts import Contact
from consultations.messages import Address, Attachment, Block, Inbound, stored_file
from consultations.tickets import WAITING, IllegalMoveError, Ticket
from handlers import file_wording, greet, wording
from handlers.ask_colleague import ask_afterwards, ask_colleague
from handlers.escalate import for_staff, tell_staff
from handlers.promises import expect_answer
from handlers.staff_reply import closing_row, refusal, reply_to_asker, which
from handlers.talk import Replies, StaffTalk, Talk, human_row, say
from handlers.wish import file_name

LARGEST_BYTES = 20 * 2**20  # Bot API, getFile: what is larger can be neither fetched nor kept by an outlet
STORED_GO_TO = frozenset({"web", "telegram"})  # channels that bring a file of our folder to an asker
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
    ticket_messages.add(talk.session, talk.ticket.key, "asker", words, talk.now, received_id=talk.received.id)
    expect_answer(talk.session, talk.desk, tickets.lead_of(talk.session, talk.ticket), talk.now)
    shown = Block("text", wording.staff_asker_file(for_staff(words)))
    kept = () if no else _kept(talk, talk.ticket)
    is_here = any(each.channel == talk.inbound.address.channel for each in talk.settings.staff_rooms)
    why = file_wording.not_passed_on(no) if no else "" if is_here or kept else file_wording.STAYS_THERE
    note = (*((Block("note", why),) if why else ()), *kept)
    file_of = "" if no else talk.inbound.message_id
    tell_staff(talk.session, talk.desk, talk.ticket, (shown, *note), talk.now, file_of="" if kept else file_of)
    return (say(talk, file_wording.refused(no) if no else wording.added_to_ticket(talk.ticket.number)),)


def why_not_now(session: Session, address: Address, now: datetime) -> str:
    """Why this person can't send a file at the moment, whatever it is; empty when they can."""
    contact = contacts.find(session, address)
    if contact is None or tickets.alive_of(session, contact.key) is None:
        return file_wording.NO_TICKET
    n_files = received.count_files(session, contact.key, now - timedelta(days=1))
    return file_wording.too_many(MOST_A_DAY) if n_files >= MOST_A_DAY else ""


def why_not_like(name: str, size_bytes: int) -> str:
    """Why a file of that name and size does not pass; empty when it does."""
    ending = ending_of(name)
    if ending not in KINDS:
        return file_wording.wrong_kind(ending)
    return file_wording.TOO_LARGE if size_bytes > LARGEST_BYTES else ""


def ending_of(name: str) -> str:
    """``pdf`` of 证书.PDF."""
    return PurePath(name).suffix.lower().removeprefix(".")


def _kept(talk: Talk, ticket: Ticket) -> tuple[Block, ...]:
    """The rows of files that lie in our folder, told to staff."""
    stored = [each for each in talk.inbound.attachments if each.sha256]
    rows = [visitor_files.keep(talk.session, talk.contact.key, ticket.key, each, talk.now) for each in stored]
    return tuple(Block("note", file_wording.stored_here(each.key, each.sha256)) for each in rows)


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
    file_of = _named(talk, talk.ticket)
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
    is_stored = all(each.sha256 for each in talk.inbound.attachments)
    here = STORED_GO_TO if is_stored else {talk.inbound.address.channel}
    if any(each.channel not in here for each in askers):
        return file_wording.OTHER_CHANNEL
    if no := _why_not(talk.inbound.attachments):
        return file_wording.not_sent(no)
    wrong = [each.sentence for each in talk.found or () if each.holds_back]
    return file_wording.not_sent("".join(wrong)) if wrong else ""


def _named(talk: StaffTalk, ticket: Ticket) -> str:
    """What the reply calls its file: one sent in the console lies in our folder, for every channel that can."""
    (file, *_) = talk.inbound.attachments
    if not file.sha256:
        return talk.inbound.message_id
    row = visitor_files.keep(talk.session, ticket.contact_id, ticket.key, file, talk.now, talk.staff.key)
    return stored_file(row.key)


def _why_not(attachments: tuple[Attachment, ...]) -> str:
    """Why files like these do not pass."""
    return next(filter(None, (why_not_like(each.name, each.size_bytes) for each in attachments)), "")


def _too_many(talk: Talk) -> str:
    n_files = received.count_files(talk.session, talk.contact.key, talk.now - timedelta(days=1))
    return file_wording.too_many(MOST_A_DAY) if n_files > MOST_A_DAY else ""


def _names(inbound: Inbound) -> str:
    return "、".join(file_name(each.name) or "未命名" for each in inbound.attachments) or "未命名"
