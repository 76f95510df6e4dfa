"""Replies prepared for staff: quick replies (快捷回复) and the answers of cards, inserted with one tap.

What is inserted is kept as a draft and shown as it will be read; 发送 sends it like any reply, citations and second
check included. What was inserted stands in the ticket's history.
"""

from __future__ import annotations

from dataclasses import replace

from consultations import checks, ticket_messages, tickets
from consultations.messages import Block, Inbound
from consultations.quick_replies import QuickReply
from consultations.ticket_messages import TicketMessage
from consultations.tickets import WAITING, Ticket
from handlers import check_wording, quick_wording, wording
from handlers.ask import compose_text
from handlers.desk import Desk
from handlers.staff_reply import proofread, reply, which
from handlers.talk import Replies, Rows, StaffTalk, column, office_time, row, say
from handlers.whose import NUMBER
from handlers.wish import Wish, identity
from knowledge.passages import Answer
from knowledge.proofread import Flaw


def look_quick(inbound: Inbound, wish: Wish, desk: Desk) -> tuple[Flaw, ...]:
    """What is wrong with the citations of the quick reply meant; a variable cites nothing."""
    del inbound
    found = desk.duty.book.quick_replies.get(_named(wish))
    return proofread(desk, found.text) if found else ()


def quick(talk: StaffTalk) -> Replies:
    """``/quick`` lists them, ``/quick 编号`` sends one at once, a button shows one to be sent."""
    found, name = talk.desk.duty.book.quick_replies.get(_named(talk.wish)), _named(talk.wish)
    if found is None:
        head = quick_wording.no_such_reply(name) if name else ""
        return (say(talk, head, *_listed(talk), choices=_buttons(talk)),)
    if talk.ticket is None:
        return (which(talk),)
    values = _values(talk, talk.ticket)
    if lacking := found.lacking(values):
        return (say(talk, quick_wording.lacks(found.name, lacking)),)
    if no := _why_not(talk, talk.ticket):
        return (say(talk, no),)
    if talk.inbound.kind == "choice":
        return _prepare(talk, found.filled(values), quick_wording.quick_event(found.name))
    replies = reply(replace(talk, text=found.filled(values)))
    tickets.record(talk.session, talk.ticket, talk.staff.key, talk.now, quick_wording.quick_event(found.name))
    return replies


def look_card(inbound: Inbound, wish: Wish, desk: Desk) -> Answer | None:
    """The answer of the card meant, as it stands today."""
    del inbound
    number, _, card_id = wish.argument.partition(":")
    outlet = ""
    if desk.shelf.outlets:
        with desk.reading() as session:
            ticket = tickets.get(session, identity(number))
            outlet = ticket.outlet if ticket else ""
    return desk.answerer.card(card_id, office_time(desk.settings).day(desk.now()), outlet=outlet)


def insert(talk: StaffTalk) -> Replies:
    """插入: the answer of a suggested card as a draft."""
    answer: Answer | None = talk.found
    if answer is None:
        return (say(talk, quick_wording.CARD_GONE),)
    return _prepare(talk, compose_text(answer), quick_wording.card_event(answer.card_id, answer.question))


def look_draft(inbound: Inbound, wish: Wish, desk: Desk) -> tuple[Flaw, ...]:
    """What is wrong with the citations of the draft meant."""
    del inbound
    with desk.reading() as session:
        draft = session.get(TicketMessage, _draft_id(wish))
        words = draft.text if draft is not None and draft.author == "draft" else ""
    return proofread(desk, words) if words else ()


def send_prepared(talk: StaffTalk) -> Replies:
    """发送: what was inserted goes the way of every reply; of two presses one sends."""
    if talk.ticket is None:
        return (which(talk),)
    if talk.ticket.holder != talk.staff.key:
        return (say(talk, wording.draft_of_another(talk.ticket.number, talk.ticket.holder_name)),)
    waiting = checks.waiting_of(talk.session, talk.ticket.key)
    if waiting is not None and waiting.message_id == _draft_id(talk.wish):
        return (say(talk, check_wording.close_later(talk.ticket.number)),)
    draft = ticket_messages.take_draft(talk.session, talk.ticket.key, _draft_id(talk.wish))
    if draft is None or not draft.text:
        return (say(talk, wording.DRAFT_GONE),)
    return reply(replace(talk, text=draft.text))


def _prepare(talk: StaffTalk, words: str, event: str) -> Replies:
    if talk.ticket is None:
        return (which(talk),)
    if no := _why_not(talk, talk.ticket):
        return (say(talk, no),)
    draft_id = tickets.hold(talk.session, talk.ticket, talk.staff, words, talk.now)
    tickets.record(talk.session, talk.ticket, talk.staff.key, talk.now, event)
    place = f"{talk.ticket.id}:{draft_id}"
    buttons = row((quick_wording.SEND, f"prepared:{place}"), (wording.REVISE, f"revise:{place}"))
    return (say(talk, quick_wording.PREPARED, Block("quote", words), choices=(buttons,)),)


def _why_not(talk: StaffTalk, ticket: Ticket) -> str:
    """Why this person can't prepare a reply now."""
    if ticket.state in WAITING:
        return quick_wording.CLAIM_FIRST
    if not ticket.is_alive:
        return wording.refused_move(ticket.number, ticket.state, "replied", ticket.holder_name)
    if ticket.holder != talk.staff.key:
        return wording.draft_of_another(ticket.number, ticket.holder_name)
    return quick_wording.one_waits(ticket.number) if checks.draft_waits(talk.session, ticket.key) else ""


def _values(talk: StaffTalk, ticket: Ticket) -> dict[str, str]:
    settings = talk.desk.settings
    due = wording.moment_name(ticket.due_at, office_time(settings).zone)
    return {
        "工单号": ticket.number,
        "答复时限": "" if ticket.replied_at else due,
        "工作人员": ticket.holder_name,
        "网点": settings.outlet_name,
        "网点电话": settings.outlet_phone,
        "投诉电话": settings.complaint_phone,
    }


def _listed(talk: StaffTalk) -> list[str]:
    found = talk.desk.duty.book.quick_replies.values()
    return [*(quick_wording.line(each.reply_id, each.name, each.text) for each in found), quick_wording.HOW]


def _buttons(talk: StaffTalk) -> Rows:
    if talk.ticket is None:
        return ()
    found: list[QuickReply] = list(talk.desk.duty.book.quick_replies.values())
    return column((each.name, f"quick:{talk.ticket.id}:{each.reply_id}") for each in found)


def _named(wish: Wish) -> str:
    """The id that was written or pressed: ``GD-… hello`` or ``12:hello``."""
    return NUMBER.sub("", wish.argument).rpartition(":")[2].strip()


def _draft_id(wish: Wish) -> int | None:
    return identity(wish.argument.partition(":")[2])
