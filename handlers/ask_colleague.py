"""Ask a colleague to look at a reply (送复核), and see to it that it does not wait unnoticed: the asker hears once that
it is being checked, the duty leader that nobody does it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import checks, second_check, tickets, timers
from consultations.checks import ReplyCheck
from consultations.contacts import Contact
from consultations.duty_book import Member, Risk
from consultations.masking import mask
from consultations.messages import Block, stored_number
from consultations.permissions import may
from consultations.tickets import Ticket
from handlers import check_wording, wording
from handlers.checked_files import show_file
from handlers.desk import Desk
from handlers.escalate import tell_staff
from handlers.give_out import is_gone
from handlers.promises import roster_of
from handlers.take_back import leaders_named, tell_everybody
from handlers.talk import Replies, Rows, StaffTalk, office_time, row, say, tell


def ask_colleague(  # noqa: PLR0913  what is to be said, with which file, of which risk
    talk: StaffTalk, ticket: Ticket, words: str, risk: Risk, *, is_insisted: bool = False, file_of: str = ""
) -> Replies:
    """The reply waits for a second person; staff read it in the thread, with its file and the buttons to decide.

    Raises:
        IllegalMoveError: Who writes does not hold the ticket, or it is closed.
    """
    notes = _what_it_replaces(talk, ticket, file_of)
    check = second_check.submit(
        talk.session, ticket, talk.staff, words, talk.now, risk=risk, is_insisted=is_insisted, file_of=file_of
    )
    office = office_time(talk.desk.settings)
    if check.asker_told_at is None:
        timers.plan(talk.session, ticket.key, "check_told", office.due(talk.now, risk.asker_minutes))
    _tell_leader_later(talk, ticket, risk)
    show_waiting(talk, ticket, check)
    if talk.inbound.thread_key == ticket.thread_key:
        return (say(talk, *notes),) if notes else ()
    return (say(talk, check_wording.submitted(ticket.number), _who_may(talk, ticket, check, risk), *notes),)


def _what_it_replaces(talk: StaffTalk, ticket: Ticket, file_of: str) -> tuple[str, ...]:
    """That the reply which waited until now will not leave, where a file is concerned: neither is a mere rewriting."""
    before = checks.last_of(talk.session, ticket.key)
    if before is None or before.state != "waiting" or before.is_after or not (before.file_of or file_of):
        return ()
    return (check_wording.replaced(checks.draft_number(talk.session, before), had_file=bool(before.file_of)),)


def ask_afterwards(talk: StaffTalk, ticket: Ticket, risk: Risk, *, file_of: str = "") -> None:
    """A reply that had to leave at once (先发后核) is looked at now."""
    check = second_check.submit_sent(talk.session, ticket, talk.staff, risk, talk.now, file_of=file_of)
    _tell_leader_later(talk, ticket, risk)
    show_waiting(talk, ticket, check)


def _tell_leader_later(talk: StaffTalk, ticket: Ticket, risk: Risk) -> None:
    """When the duty leader hears that nobody looks; what waits longest keeps its moment, also when it is rewritten."""
    if not timers.is_waiting(talk.session, ticket.key, "check_stuck"):
        at = office_time(talk.desk.settings).due(talk.now, risk.leader_minutes)
        timers.plan(talk.session, ticket.key, "check_stuck", at)


def show_waiting(talk: StaffTalk, ticket: Ticket, check: ReplyCheck) -> None:
    """The reply in the ticket's thread, for whoever is to decide."""
    blocks = check_blocks(talk, ticket, check, is_for_room=True)
    tell_staff(talk.session, talk.desk, ticket, blocks, talk.now, choices=decide_row(check))
    if check.file_of and stored_number(check.file_of) is None:
        show_file(talk, ticket, check)


def check_blocks(talk: StaffTalk, ticket: Ticket, check: ReplyCheck, *, is_for_room: bool = False) -> tuple[Block, ...]:
    """What waits, word for word, and who may decide; masked in a staff room, which may be on a foreign server."""
    risk = risk_named(talk.desk, check.risk)
    head = check_wording.ask_after if check.is_after else check_wording.ask
    words = second_check.words_of(talk.session, check) or check_wording.ERASED
    is_masked = is_for_room or talk.inbound.address in talk.desk.settings.staff_rooms
    shown = mask(words) if is_masked else words
    return (
        Block("lead", head(ticket.number, risk.name, check.author_name, checks.draft_number(talk.session, check))),
        Block("quote", shown),
        *((Block("note", check_wording.MASKED),) if shown != words else ()),
        *((Block("note", _with_file(check)),) if check.file_of else ()),
        Block("note", _who_may(talk, ticket, check, risk)),
    )


def _with_file(check: ReplyCheck) -> str:
    number = stored_number(check.file_of)
    return check_wording.WITH_FILE if number is None else check_wording.with_stored_file(number)


def decide_row(check: ReplyCheck) -> Rows:
    """The buttons to decide."""
    names = (check_wording.FINE, check_wording.CORRECT) if check.is_after else (_APPROVE, _GIVE_BACK)
    place = f"check:{check.ticket_id}:{check.id}"
    return (row((names[0], f"{place}:pass"), (names[1], f"{place}:back")),)


_APPROVE, _GIVE_BACK = check_wording.APPROVE, check_wording.GIVE_BACK


def risk_named(desk: Desk, risk_id: str) -> Risk:
    """The class of risk; of one that was taken out of the book, its id as its name."""
    return desk.duty.book.risks.get(risk_id) or Risk(risk_id, risk_id, 100)


def waited(desk: Desk, check: ReplyCheck, until: datetime) -> float:
    """How many working minutes a reply has waited."""
    return office_time(desk.settings).worked(check.created_at, until) / timedelta(minutes=1)


def _who_may(talk: StaffTalk, ticket: Ticket, check: ReplyCheck, risk: Risk) -> str:
    """Who is there to decide, or what happens when nobody is."""
    desk, now = talk.desk, talk.now
    others = _others(desk, ticket, check, now)
    there = [each.name for each in others if each in roster_of(desk).on_duty(now)]
    if there or not desk.duty.book.members:
        return check_wording.colleagues(there) if there else check_wording.ASK_COLLEAGUE
    if not others:
        return check_wording.nobody_else(risk.risk_id)
    office = office_time(desk.settings)
    at = office.due(check.created_at, risk.leader_minutes)
    return check_wording.nobody_there(wording.moment_name(at, office.zone))


def _others(desk: Desk, ticket: Ticket, check: ReplyCheck, now: datetime) -> list[Member]:
    """Everybody on the list who may check this reply; its author may not."""
    book = desk.duty.book
    return [
        each
        for each in book.members.values()
        if not each.is_known_as(check.author)
        and not is_gone(desk, each.key, now)
        and may(book.person(each), "reply.check", ticket.outlet)
    ]


# --- what waits too long


def tell_asker(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """The asker hears once that the reply is written and being checked; the promised time stays."""
    check = checks.waiting_of(session, ticket.key)
    if check is None or check.is_after or check.asker_told_at is not None:
        return
    check.asker_told_at = now
    due_at = office_time(desk.settings).after_quiet(now)
    for each in (ticket, *tickets.followers_of(session, ticket.key)):
        contact = session.get_one(Contact, each.contact_id)
        if not contact.is_blocked and contact.erased_at is None:
            block = Block("text", check_wording.being_checked(each.number))
            tell(session, contact, (block,), now, due_at=due_at)


def tell_leader(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """Nobody has looked: the duty leader is told, in the thread and in the room, and again each working day."""
    check = checks.waiting_of(session, ticket.key)
    if check is None:
        return
    office = office_time(desk.settings)
    minutes = check_wording.span(office.worked(checks.waits_since(session, check), now) / timedelta(minutes=1))
    text = Block("text", check_wording.stuck(ticket.number, check.author_name, minutes))
    blocks = (text, *leaders_named(desk, now))
    tell_staff(session, desk, ticket, blocks, now, choices=decide_row(check), due_at=office.after_quiet(now))
    tell_everybody(session, desk, blocks, now, f"check:{check.id}:{now:%Y%m%d%H%M}")
    timers.plan(session, ticket.key, "check_stuck", office.due(now, desk.settings.reply_minutes))
