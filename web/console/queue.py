"""待办: one's own tickets and those of one's outlet, the most urgent first; the first page of the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from consultations import checks, tickets
from consultations.tickets import STATE_NAMES, WAITING, Ticket
from handlers.escalate import for_staff
from handlers.talk import StaffTalk
from handlers.whose import in_sight, of_ticket, sees
from web.console.acting import replies_to
from web.console.console import ROOT, Entry
from web.console.live import stamp
from web.console.visits import Looking

ENTRY = Entry(ROOT, "待办", "ticket.list")
LISTED = 100
QUESTION_SHOWN = 120  # characters
router = APIRouter()


@dataclass(frozen=True)
class Line:
    """One ticket of a list. `urgency` is ``late``, ``soon`` or empty; ``late`` once the promised time is over."""

    ticket: Ticket
    kind: str
    state: str
    question: str
    who: str
    outlet: str
    urgency: str
    is_checked: bool
    may_claim: bool
    may_open: bool


@router.get(ROOT)
def show(visit: Looking, said: str = "") -> HTMLResponse:
    """The queue."""
    with visit.looking("ticket.list") as talk:
        alive = in_sight(talk, "ticket.list", tickets.list_alive(talk.session, limit=None), of_ticket)
        keys = talk.person.keys | {talk.staff.key}
        mine = [each for each in alive if not keys.isdisjoint((each.holder, each.assignee))]
        others = [each for each in alive if each not in mine]
        checked = {each.ticket_id for each in checks.waiting(talk.session) if not each.is_after}
        return visit.page(
            "queue.html",
            mine=[line_of(talk, each, checked) for each in mine[:LISTED]],
            others=[line_of(talk, each, checked) for each in others[:LISTED]],
            n_mine=len(mine),
            n_others=len(others),
            said=replies_to(talk.session, visit, said),
            stamp=stamp(talk.session),
        )


def line_of(talk: StaffTalk, ticket: Ticket, checked: set[int]) -> Line:
    """A ticket as a list shows it."""
    book = talk.desk.duty.book
    return Line(
        ticket,
        book.kind_name(ticket.kind),
        STATE_NAMES[ticket.state],
        for_staff(ticket.question)[:QUESTION_SHOWN],
        ticket.holder_name or ticket.assignee_name,
        book.outlets[ticket.outlet].name if ticket.outlet in book.outlets else "",
        urgency(ticket, talk.now),
        ticket.key in checked,
        ticket.state in WAITING and sees(talk, "ticket.claim", of_ticket(ticket)),
        sees(talk, "ticket.show", of_ticket(ticket)),
    )


def urgency(ticket: Ticket, now: datetime) -> str:
    """Whether the promise is broken or close to it: four fifths of the time are over."""
    if ticket.replied_at is not None or not ticket.is_alive:
        return ""
    if now > ticket.due_at:
        return "late"
    begun = ticket.reopened_at or ticket.created_at
    return "soon" if (now - begun) * 5 > (ticket.due_at - begun) * 4 else ""
