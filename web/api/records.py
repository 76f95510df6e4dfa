"""Consultations and tickets to read: masked, and only what the member of staff behind the token may see."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from consultations import archive, tickets
from handlers import open_records
from handlers.whose import of_consultation, of_ticket
from web.api.callers import Caller, needs
from web.api.paging import Below, Limit
from web.api.problems import ProblemError, told

router = APIRouter()
TicketNumber = Annotated[str, Path(pattern=r"^(?i:GD)-\d{8}-\d{4,12}$", description="工单号")]
Number = Annotated[str, Path(pattern=r"^(?i:ZX)-\d{8}-\d{4,12}$", description="咨询编号")]
State = Literal["", "open", "assigned", "claimed", "replied", "closed", "withdrawn", "archived"]
NO_TICKET = "没有这个工单，或者它属于别的网点。"
NO_CONSULTATION = "没有这条咨询，或者它属于别的网点。"


class Quoted(BaseModel):
    """A source of an answer."""

    law: str
    article: str
    version: str


class ConsultationOut(BaseModel):
    """One consultation, masked. `action` is what was done: ``answer``, ``clarify``, ``escalate`` …"""

    number: str
    created_at: datetime
    channel: str
    question: str
    reply: str
    action: str
    outcome: str
    service_item: str
    card_id: str
    confidence: float
    citations: list[Quoted]


class Consultations(BaseModel):
    """A page of consultations; `next` is empty at the end."""

    items: list[ConsultationOut]
    next: int | None


class TicketOut(BaseModel):
    """One ticket, masked. Moments are UTC."""

    number: str
    state: str
    kind: str
    reason: str
    service_item: str
    outlet: str
    question: str
    assignee: str
    holder: str
    created_at: datetime
    due_at: datetime
    replied_at: datetime | None
    closed_at: datetime | None


class Tickets(BaseModel):
    """A page of tickets; `next` is empty at the end."""

    items: list[TicketOut]
    next: int | None


class SaidOut(BaseModel):
    """What was said on a ticket: by the ``asker``, by ``staff``, or as a ``note`` among staff."""

    author: str
    text: str
    at: datetime


class TicketWhole(TicketOut):
    """One ticket with what was said on it."""

    messages: list[SaidOut]


@router.get("/consultations", summary="咨询档案，新的在前", tags=["咨询"], responses=told(422))
def consultations(
    caller: Annotated[Caller, needs("consultations:read")], cursor: Below = None, limit: Limit = 50
) -> Consultations:
    """The consultations the member of staff behind the token may search."""
    caller.need("archive.search")
    with caller.desk.reading() as session:
        page = open_records.consultations_page(session, caller.desk.duty.book, caller.person, cursor, limit)
        items = [ConsultationOut.model_validate(open_records.consultation_shown(each)) for each in page.rows]
        return Consultations(items=items, next=page.below)


@router.get("/consultations/{number}", summary="一条咨询", tags=["咨询"], responses=told(404, 422))
def consultation(number: Number, caller: Annotated[Caller, needs("consultations:read")]) -> ConsultationOut:
    """One consultation by its number."""
    caller.need("archive.search")
    with caller.desk.reading() as session:
        found = archive.named(session, number)
        is_theirs = found is not None and caller.may(
            "archive.search", of_consultation(session, caller.desk.duty.book, found)
        )
        if found is not None and is_theirs:
            return ConsultationOut.model_validate(open_records.consultation_shown(found))
    if found is not None:
        caller.note_refusal("archive.search")
    raise ProblemError(404, NO_CONSULTATION)


@router.get("/tickets", summary="工单，新的在前", tags=["工单"], responses=told(422))
def list_tickets(
    caller: Annotated[Caller, needs("tickets:read")],
    state: Annotated[State, Query(description="只要这个状态的")] = "",
    cursor: Below = None,
    limit: Limit = 50,
) -> Tickets:
    """The tickets the member of staff behind the token may list."""
    caller.need("ticket.list")
    with caller.desk.reading() as session:
        page = open_records.tickets_page(session, caller.person, cursor, limit, state)
        items = [TicketOut.model_validate(open_records.ticket_shown(each)) for each in page.rows]
        return Tickets(items=items, next=page.below)


@router.get("/tickets/{number}", summary="一张工单和上面的往来", tags=["工单"], responses=told(404, 422))
def ticket(number: TicketNumber, caller: Annotated[Caller, needs("tickets:read")]) -> TicketWhole:
    """One ticket by its number."""
    caller.need("ticket.show")
    with caller.desk.reading() as session:
        found = tickets.by_number(session, number)
        if found is not None and caller.may("ticket.show", of_ticket(found)):
            shown = open_records.ticket_shown(found) | {"messages": open_records.said_on(session, found)}
            return TicketWhole.model_validate(shown)
    if found is not None:
        caller.note_refusal("ticket.show")
    raise ProblemError(404, NO_TICKET)
