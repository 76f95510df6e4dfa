"""What staff do with a ticket beside answering it: look at it, give it back, give it to somebody, hand it to another
outlet, merge, reopen, correct its kind.
"""

from __future__ import annotations

from consultations import checks, merging, ticket_messages, tickets
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.duty_book import Member
from consultations.messages import Block, Outbound
from consultations.permissions import names_of, reach_of
from consultations.service_items import load_pack
from consultations.tickets import (
    REASON_NAMES,
    STATE_NAMES,
    AnotherAliveError,
    IllegalMoveError,
    Staff,
    Ticket,
    TicketEvent,
)
from handlers import check_wording, promises, ticket_wording, wording
from handlers.ask_colleague import waited
from handlers.escalate import for_staff, tell_staff
from handlers.give_out import claim_row, give_out, told
from handlers.promises import promised
from handlers.staff_reply import refusal, which
from handlers.talk import Replies, Rows, StaffTalk, office_time, say, tell
from handlers.whose import NUMBER, of_ticket, sees

SAID_SHOWN = 12  # of the things said on a ticket, the last ones


def show(talk: StaffTalk) -> Replies:
    """查看: one ticket with its history; the asker as a number only."""
    if talk.ticket is None:
        return (which(talk),)
    ticket, zone = talk.ticket, office_time(talk.desk.settings).zone
    book = talk.desk.duty.book
    consultation = talk.session.get(Consultation, ticket.consultation_id) if ticket.consultation_id else None
    outlet = book.outlets[ticket.outlet].name if ticket.outlet in book.outlets else ticket.outlet
    lead = tickets.lead_of(talk.session, ticket)
    with_it = "、".join(each.number for each in tickets.followers_of(talk.session, ticket.key))
    is_secret = talk.session.get_one(Contact, ticket.contact_id).is_secret
    lines = [
        ("工单", f"{ticket.number} · {book.kind_name(ticket.kind)} · {STATE_NAMES[ticket.state]}"),
        ("来由", REASON_NAMES.get(ticket.reason, ticket.reason)),
        ("服务对象", "保密" if is_secret else f"{ticket.contact_id} 号"),
        ("咨询编号", consultation.number if consultation else ""),
        ("服务事项", load_pack().named(ticket.service_item)),
        ("网点", outlet),
        ("派给", ticket.assignee_name),
        ("接单人", ticket.holder_name),
        ("答复时限", wording.moment_name(ticket.due_at, zone)),
        ("二次复核", _checked(talk, ticket)),
        ("并单", with_it or (f"已并入 {lead.number}" if lead is not ticket else "")),
        ("问题", for_staff(ticket.question)),
    ]
    history = [_line(talk, each) for each in tickets.history_of(talk.session, ticket.key)]
    return (say(talk, ticket_wording.sheet(lines, _said(talk, ticket), history)),)


def _said(talk: StaffTalk, ticket: Ticket) -> list[str]:
    """The last things said on a ticket, masked."""
    messages = [each for each in ticket_messages.of_ticket(talk.session, ticket.key) if each.text]
    zone = office_time(talk.desk.settings).zone
    last = [
        f"{each.at.astimezone(zone):%m-%d %H:%M} {ticket_wording.SPEAKERS[each.author]}：{for_staff(each.text)}"
        for each in messages[-SAID_SHOWN:]
    ]
    return [ticket_wording.earlier(len(messages) - SAID_SHOWN), *last] if len(messages) > SAID_SHOWN else last


def release(talk: StaffTalk) -> Replies:
    """退回: nobody's again, for a colleague to take."""
    if talk.ticket is None or not _may_move(talk, talk.ticket):
        return (which(talk) if talk.ticket is None else _not_yours(talk, talk.ticket),)
    if talk.ticket.state == "open":
        return (say(talk, ticket_wording.nobodys(talk.ticket.number)),)
    try:
        ticket = tickets.put_back(talk.session, talk.ticket.key, talk.staff.key, talk.now, talk.text or "退回")
    except IllegalMoveError as error:
        return (say(talk, refusal(error)),)
    promises.promise_again(talk.session, talk.desk, ticket, talk.now)
    found = give_out(talk.session, talk.desk, ticket, talk.now, excluded=frozenset({talk.staff.key}))
    sentence = ticket_wording.released(ticket.number, talk.staff.name, talk.text)
    return _told(talk, ticket, sentence, claim_row(ticket), told(talk.desk, found, talk.now))


def assign(talk: StaffTalk) -> Replies:
    """派单: to a member of staff on the list."""
    if talk.ticket is None or not _may_move(talk, talk.ticket):
        return (which(talk) if talk.ticket is None else _not_yours(talk, talk.ticket),)
    member = talk.desk.duty.book.member_named(talk.text.strip())
    if (no := _not_to(talk, member)) or member is None:
        return (say(talk, no),)
    try:
        to = Staff(member.key, member.name)
        ticket = tickets.assign(talk.session, talk.ticket.key, to, talk.staff.key, talk.now)
        promises.plan_claim(talk.session, talk.desk, ticket, talk.now)
        promises.promise_again(talk.session, talk.desk, ticket, talk.now)
    except IllegalMoveError as error:
        return (say(talk, refusal(error)),)
    due = wording.moment_name(ticket.due_at, office_time(talk.desk.settings).zone)
    return _told(talk, ticket, ticket_wording.assigned(ticket.number, member.name, due), claim_row(ticket))


def _not_to(talk: StaffTalk, member: Member | None) -> str:
    """Why a ticket can't be given to that member of staff; empty when it can."""
    book = talk.desk.duty.book
    if not book.members:
        return ticket_wording.NO_STAFF_LIST
    if member is None:
        return ticket_wording.no_such_member(talk.text, [each.name for each in book.members.values()])
    if member.until and member.until < office_time(talk.desk.settings).day(talk.now):
        return ticket_wording.member_left(member.name)
    if reach_of(book.person(member), "ticket.reply") == "none":
        return ticket_wording.does_no_tickets(member.name, names_of(book.roles_of(member)))
    return ""


def transfer(talk: StaffTalk) -> Replies:
    """转办: into another outlet's queue; the asker is told, the promise stays."""
    if talk.ticket is None or not _may_move(talk, talk.ticket):
        return (which(talk) if talk.ticket is None else _not_yours(talk, talk.ticket),)
    words, _, note = talk.text.strip().partition(" ")
    book = talk.desk.duty.book
    outlet = book.outlet_named(words)
    if not book.outlets:
        return (say(talk, ticket_wording.NO_OUTLETS),)
    if outlet is None:
        return (say(talk, ticket_wording.no_such_outlet(words, [each.name for each in book.outlets.values()])),)
    if outlet.outlet_id == talk.ticket.outlet:
        return (say(talk, ticket_wording.already_there(talk.ticket.number, outlet.name)),)
    try:
        ticket = tickets.transfer(
            talk.session, talk.ticket.key, outlet.outlet_id, talk.staff.key, talk.now, note=f"转给 {outlet.name} {note}"
        )
    except IllegalMoveError as error:
        return (say(talk, refusal(error)),)
    for each in (ticket, *tickets.followers_of(talk.session, ticket.key)):
        due = wording.moment_name(each.due_at, office_time(talk.desk.settings).zone)
        _tell_asker(talk, each, ticket_wording.transferred_to_asker(each.number, outlet.name, due))
    promises.promise_again(talk.session, talk.desk, ticket, talk.now)
    found = give_out(talk.session, talk.desk, ticket, talk.now)
    sentence = ticket_wording.transferred(ticket.number, outlet.name, talk.staff.name, note)
    return _told(talk, ticket, sentence, claim_row(ticket), told(talk.desk, found, talk.now))


def merge(talk: StaffTalk) -> Replies:
    """并单: the first ticket goes on with the second; in a thread the one number named goes on with the thread's."""
    if talk.ticket is None:
        return (which(talk),)
    ticket, into = _two(talk, talk.ticket)
    if into is None or ticket is None:
        missing = NUMBER.match(talk.text)
        return (say(talk, ticket_wording.no_such_ticket(missing[1]) if missing else ticket_wording.MERGE_HOW),)
    both = (ticket, tickets.lead_of(talk.session, into))
    unsent = [each.number for each in both if checks.draft_waits(talk.session, each.key)]
    try:
        lead = merging.merge(talk.session, ticket, into, talk.staff.key, talk.now)
    except merging.IllegalMergeError as error:
        return (say(talk, ticket_wording.MERGE_REFUSALS[error.why]),)
    question = wording.staff_question(ticket.contact_id, for_staff(ticket.question), is_secret=False)
    if talk.session.get_one(Contact, ticket.contact_id).is_secret:
        question = wording.staff_question(ticket.contact_id, for_staff(ticket.question), is_secret=True)
    sentences = [ticket_wording.merged(ticket.number, lead.number, talk.staff.name)]
    if unsent:
        sentences.append(check_wording.write_for_both("、".join(unsent)))
        promises.expect_answer(talk.session, talk.desk, lead, talk.now)
    shown = (*(Block("text", each) for each in sentences), Block("text", question))
    tell_staff(talk.session, talk.desk, lead, shown, talk.now)
    return _echo(talk, "\n".join(sentences))


def reopen(talk: StaffTalk) -> Replies:
    """重新办理: a closed ticket is worked on again, with a new promise the asker is told."""
    if talk.ticket is None:
        return (which(talk),)
    contact = talk.session.get_one(Contact, talk.ticket.contact_id)
    if contact.erased_at is not None:
        return (say(talk, ticket_wording.REOPEN_ERASED),)
    due_at = promised(talk.desk, talk.ticket.kind, talk.now, talk.ticket.outlet)
    try:
        ticket = tickets.reopen(talk.session, talk.ticket.key, talk.staff.key, talk.now, due_at)
    except AnotherAliveError as error:
        return (say(talk, ticket_wording.another_alive(talk.ticket.number, error.other.number)),)
    except IllegalMoveError as error:
        return (say(talk, refusal(error)),)
    promises.plan_promise(talk.session, talk.desk, ticket, talk.now)
    due = wording.moment_name(due_at, office_time(talk.desk.settings).zone)
    _tell_asker(talk, ticket, ticket_wording.reopened_to_asker(ticket.number, due))
    found = give_out(talk.session, talk.desk, ticket, talk.now)
    sentence = ticket_wording.reopened(ticket.number, talk.staff.name, due)
    return _told(talk, ticket, sentence, claim_row(ticket), told(talk.desk, found, talk.now))


def set_kind(talk: StaffTalk) -> Replies:
    """改类型: a shorter deadline holds from now on, a longer one does not: what was promised stays promised. Nor does
    another kind release a reply that has to be checked (`second_check.needed`).
    """
    if talk.ticket is None:
        return (which(talk),)
    book = talk.desk.duty.book
    kind = book.kind_named(talk.text.strip())
    if kind is None:
        return (say(talk, ticket_wording.no_such_kind(talk.text, [each.name for each in book.kinds.values()])),)
    ticket = talk.ticket
    if not ticket.is_alive:
        return (say(talk, refusal(IllegalMoveError(ticket, "claimed"))),)
    tickets.record(talk.session, ticket, talk.staff.key, talk.now, f"类型改为 {kind.name}")
    ticket.kinds_before = [each for each in dict.fromkeys(ticket.kinds) if each != kind.kind_id]
    ticket.kind = kind.kind_id
    if ticket.replied_at is None:
        ticket.due_at = min(ticket.due_at, promised(talk.desk, kind.kind_id, talk.now, ticket.outlet))
        promises.plan_promise(talk.session, talk.desk, ticket, talk.now)
    talk.session.flush()
    due = wording.moment_name(ticket.due_at, office_time(talk.desk.settings).zone)
    return _told(talk, ticket, ticket_wording.kind_set(ticket.number, kind.name, due))


def _two(talk: StaffTalk, first: Ticket) -> tuple[Ticket | None, Ticket | None]:
    """The ticket that is to go on with another, and that other."""
    named = NUMBER.match(talk.text)
    if named:
        return first, tickets.by_number(talk.session, named[1])
    thread_id = talk.inbound.thread_key.removeprefix("ticket:")
    into = tickets.get(talk.session, int(thread_id)) if thread_id.isdecimal() and len(thread_id) < 10 else None
    return first, into


def _may_move(talk: StaffTalk, ticket: Ticket) -> bool:
    """The holder may, and everybody where nobody holds it; else those who lead."""
    return ticket.holder in ("", talk.staff.key) or sees(talk, "ticket.manage", of_ticket(ticket))


def _not_yours(talk: StaffTalk, ticket: Ticket) -> Outbound:
    return say(talk, ticket_wording.not_yours(ticket.number, ticket.holder_name))


def _told(talk: StaffTalk, ticket: Ticket, sentence: str, choices: Rows = (), more: tuple[Block, ...] = ()) -> Replies:
    """The sentence in the ticket's thread, and to whoever asked from elsewhere."""
    tell_staff(talk.session, talk.desk, ticket, (Block("text", sentence), *more), talk.now, choices=choices)
    return _echo(talk, sentence)


def _echo(talk: StaffTalk, sentence: str) -> Replies:
    is_elsewhere = talk.inbound.address not in talk.desk.settings.staff_rooms
    return (say(talk, sentence),) if is_elsewhere else ()


def _tell_asker(talk: StaffTalk, ticket: Ticket, sentence: str) -> None:
    contact = talk.session.get_one(Contact, ticket.contact_id)
    tell(talk.session, contact, (Block("text", sentence),), talk.now)


def _checked(talk: StaffTalk, ticket: Ticket) -> str:
    """What waits for a second person (二次复核)."""
    check = checks.waiting_of(talk.session, ticket.key)
    if check is None:
        return ""
    so_long = check_wording.span(waited(talk.desk, check, talk.now))
    return check_wording.waits_on_ticket(check.author_name, so_long)


def _line(talk: StaffTalk, event: TicketEvent) -> str:
    zone = office_time(talk.desk.settings).zone
    at = f"{event.at.astimezone(zone):%m-%d %H:%M}"
    what = event.note if event.from_state == event.to_state else STATE_NAMES[event.to_state]
    note = f"（{event.note}）" if event.note and what != event.note else ""
    return f"{at} {what}{note} {actor_name(talk, event.actor)}".strip()


def actor_name(talk: StaffTalk, key: str) -> str:
    """Who did something, as colleagues know them."""
    member = talk.desk.duty.book.member_of(key)
    if member is not None:
        return member.name
    return "服务对象" if key.startswith("contact:") else key.partition(":")[2] if ":" in key else key
