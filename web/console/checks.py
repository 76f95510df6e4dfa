"""复核: the replies that wait for a second person (二次复核), word for word, the longest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from consultations import checks, tickets
from consultations.messages import Block, Choice
from consultations.tickets import Ticket
from handlers.ask_colleague import check_blocks, decide_row
from handlers.talk import StaffTalk
from handlers.whose import in_sight, of_ticket_id
from web.console.acting import replies_to
from web.console.console import ROOT, Entry
from web.console.live import stamp
from web.console.visits import Looking

ENTRY = Entry(f"{ROOT}/checks", "复核", "reply.check")
router = APIRouter()


@dataclass(frozen=True)
class Line:
    """One reply; without choices it is this person's own."""

    ticket: Ticket
    blocks: Sequence[Block]
    choices: Sequence[Choice]


@router.get(ENTRY.path)
def show(visit: Looking, said: str = "") -> HTMLResponse:
    """Everything this person may decide about, and their own that others must."""
    with visit.looking(ENTRY.action) as talk:
        return visit.page(
            "checks.html",
            lines=_lines(talk),
            said=replies_to(talk.session, visit, said),
            stamp=stamp(talk.session),
        )


def _lines(talk: StaffTalk) -> list[Line]:
    waiting = in_sight(
        talk, ENTRY.action, checks.waiting(talk.session), lambda each: of_ticket_id(talk.session, each.ticket_id)
    )
    found = []
    for each in waiting:
        ticket = tickets.get(talk.session, each.ticket_id)
        assert ticket is not None
        is_own = talk.desk.duty.book.is_same_person(each.author, talk.staff.key)
        found.append(Line(ticket, check_blocks(talk, ticket, each), () if is_own else decide_row(each)[0]))
    return found
