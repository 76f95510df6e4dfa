"""改进台账: what a low score or a follow-up showed, until somebody wrote down what was done about it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from consultations import improvements
from consultations.improvements import SOURCES
from consultations.masking import mask
from consultations.tickets import Ticket
from handlers.whose import Meant, in_sight, of_ticket, of_ticket_id, sees
from handlers.wish import has_words, identity
from web.console.console import ROOT, Entry
from web.console.visits import Looking, Posting, Visit

# What follow-ups and surveys showed belongs to whoever works on follow-ups.
ENTRY = Entry(f"{ROOT}/improvements", "改进台账", "visit.list")
MEASURE_MISSING = "请写明采取了什么措施。"
CLOSED, CLOSED_BEFORE = "已销号。", "之前已经销号，没有改动。"
router = APIRouter()


@router.get(ENTRY.path)
def show(visit: Looking) -> HTMLResponse:
    """The ledger, what is open first."""
    return _page(visit)


@router.post(f"{ENTRY.path}/{{item}}/close")
def close(visit: Posting, item: str, words: Annotated[str, Form(max_length=2000)] = "") -> HTMLResponse:
    """What was done about one of them."""
    number = identity(item)
    with visit.desk.reading() as session:
        found = improvements.get(session, number)
        place = of_ticket_id(session, found.ticket_id) if found else None
    with visit.looking("visit.record", Meant("改进事项", item[:20], place)):
        pass
    if not has_words(words):
        return _page(visit, 422, told=MEASURE_MISSING)
    with visit.desk.writing() as session:
        is_first = improvements.finish(session, number or 0, mask(words.strip()), visit.staff.name, visit.desk.now())
    return _page(visit, told=CLOSED if is_first else CLOSED_BEFORE)


def _page(visit: Visit, status: int = 200, *, told: str = "") -> HTMLResponse:
    with visit.looking(ENTRY.action) as talk:
        rows = in_sight(
            talk,
            ENTRY.action,
            improvements.ledger(talk.session),
            lambda each: of_ticket_id(talk.session, each.ticket_id),
        )
        lines = []
        for each in sorted(rows, key=lambda each: (each.state != "open", each.due_at)):
            ticket = talk.session.get_one(Ticket, each.ticket_id)
            lines.append((each, ticket.number, SOURCES[each.source], sees(talk, "visit.record", of_ticket(ticket))))
        return visit.page("improvements.html", status, lines=lines, told=told)
