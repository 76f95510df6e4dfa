"""Live updates of the console: a page asks again when something changed, and sees who else has its ticket open and
whether its asker types; the asker sees that its holder does.

The stream only tells a stamp of what is in the database. A browser that was away compares the first stamp it hears
with that of its page, so nothing is missed, and every process may have written.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from sqlmodel import Session, func, select
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from consultations import console_sessions, tickets
from consultations.checks import ReplyCheck
from consultations.contacts import Contact
from consultations.messages import Address
from consultations.ticket_messages import TicketMessage
from consultations.tickets import TicketEvent
from handlers import at_work
from handlers.whose import Meant, of_ticket
from web.console.console import ROOT
from web.console.visits import Looking, NotSignedInError, Posting, Visit, known, visit_of

LOOK_EVERY_SECONDS = 1.0
NOTE_EVERY_SECONDS = 20.0  # who is here, and whether the session is still open
router = APIRouter()
TicketId = Annotated[int, Query(ge=0, le=2**31 - 1)]


@router.get(f"{ROOT}/stream")
async def stream(request: Request, visit: Looking, ticket: TicketId = 0) -> EventSourceResponse:
    """Server-sent events: ``state`` with a stamp and the names of those who look at the same ticket."""
    if ticket:
        await run_in_threadpool(_check, visit, ticket)
    return EventSourceResponse(_states(request, visit, ticket), ping=15)


@router.post(f"{ROOT}/typing", status_code=204)
async def typing(visit: Posting, about: Annotated[str, Form(max_length=40)] = "") -> Response:
    """Show the asker of a ticket that its holder is typing; the page says so every few seconds."""
    people = await run_in_threadpool(_typed_to, visit, about)
    visit.console.show_work(people)
    return Response(status_code=204)


def _typed_to(visit: Visit, number: str) -> Sequence[Address]:
    with visit.desk.reading() as session:
        found = tickets.by_number(session, number)
        ticket_id, place = (found.key, of_ticket(found)) if found else (0, None)
    with visit.looking("ticket.reply", Meant("工单", number[:40].upper(), place)) as talk:
        ticket = tickets.get(talk.session, ticket_id)
        return at_work.askers_typed_to(talk, ticket) if ticket is not None else ()


def stamp(session: Session) -> str:
    """What changes with every move, message and second check of any ticket."""
    newest = select(
        select(func.max(TicketEvent.id)).scalar_subquery(),
        select(func.max(TicketMessage.id)).scalar_subquery(),
        select(func.max(ReplyCheck.id)).scalar_subquery(),
        select(func.count()).where(ReplyCheck.state == "waiting").scalar_subquery(),
    )
    return "-".join(str(each or 0) for each in session.exec(newest).one())


def _check(visit: Visit, ticket_id: int) -> None:
    with visit.desk.reading() as session:
        found = tickets.get(session, ticket_id)
        place = of_ticket(found) if found else None
    with visit.looking("ticket.show", Meant("工单", str(ticket_id), place)):
        pass


async def _states(request: Request, visit: Visit, ticket_id: int) -> AsyncIterator[dict[str, str]]:
    told, since_noted = "", NOTE_EVERY_SECONDS
    while True:
        if since_noted >= NOTE_EVERY_SECONDS:
            since_noted = 0.0
            try:
                await run_in_threadpool(_note, request, visit, ticket_id)
            except NotSignedInError:
                yield {"event": "over", "data": ""}
                return
        state = await run_in_threadpool(_state, visit, ticket_id)
        if state != told:
            told = state
            yield {"event": "state", "data": state}
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        since_noted += LOOK_EVERY_SECONDS


def _note(request: Request, visit: Visit, ticket_id: int) -> None:
    """Who signs out elsewhere, or is no longer staff, hears nothing more. An open page alone keeps no session open."""
    visit_of(request)
    if ticket_id:
        with visit.desk.writing() as session:
            console_sessions.look_at(session, visit.session_hash, ticket_id, visit.desk.now())


def _state(visit: Visit, ticket_id: int) -> str:
    with visit.desk.reading() as session:
        here = console_sessions.looking_at(session, ticket_id, visit.desk.now()) if ticket_id else ()
        found = {
            "stamp": stamp(session),
            "others": _names(visit, here),
            "typing": _is_typing(visit, session, ticket_id),
        }
    return json.dumps(found, ensure_ascii=False)


def _is_typing(visit: Visit, session: Session, ticket_id: int) -> bool:
    """Whether the asker of that ticket types something."""
    ticket = tickets.get(session, ticket_id) if ticket_id else None
    return ticket is not None and visit.console.is_typing(session.get_one(Contact, ticket.contact_id).address)


def _names(visit: Visit, here: Sequence[str]) -> list[str]:
    who = [known(visit.desk, each) for each in here if each != visit.staff_id]
    return [each[0].name for each in who if each]
