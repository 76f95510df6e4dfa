"""Consultations and tickets as programs may read them: page by page, masked, only what belongs to whom they act as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlmodel import Session, col, select

from consultations import ticket_messages
from consultations.archive import Consultation
from consultations.duty_book import DutyBook
from consultations.masking import mask
from consultations.permissions import Action, Person, may
from consultations.tickets import Ticket
from handlers.whose import Place, of_consultation, of_ticket

AT_ONCE = 100  # rows looked at in one go
MOST_LOOKED_AT = 5_000  # for one page: of another outlet's rows there may be many in between
Row = TypeVar("Row", Consultation, Ticket)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, the newest first; `below` is where the next page begins, ``None`` at the end."""

    rows: Sequence[Row]
    below: int | None


def consultations_page(
    session: Session, book: DutyBook, person: Person, below: int | None, limit: int
) -> Page[Consultation]:
    """The consultations that person may search."""
    found = select(Consultation).order_by(col(Consultation.id).desc())
    return _page(session, found, col(Consultation.id), below, limit, lambda each: _sees(book, session, person, each))


def tickets_page(session: Session, person: Person, below: int | None, limit: int, state: str = "") -> Page[Ticket]:
    """The tickets that person may list, of one state when one is named."""
    found = select(Ticket).order_by(col(Ticket.id).desc())
    if state:
        found = found.where(Ticket.state == state)
    return _page(
        session, found, col(Ticket.id), below, limit, lambda each: _may(person, "ticket.list", of_ticket(each))
    )


def consultation_shown(consultation: Consultation) -> dict[str, Any]:
    """One consultation without personal data."""
    return {
        "number": consultation.number,
        "created_at": consultation.created_at,
        "channel": consultation.channel,
        "question": mask(consultation.question),
        "reply": mask(consultation.reply),
        "action": consultation.action,
        "outcome": consultation.outcome,
        "service_item": consultation.service_item,
        "card_id": consultation.card_id,
        "confidence": consultation.confidence,
        "citations": [
            {"law": law, "article": article, "version": version} for law, article, version, *_ in consultation.citations
        ],
    }


def ticket_shown(ticket: Ticket) -> dict[str, Any]:
    """One ticket without personal data; who of staff has it is known to colleagues anyway."""
    return {
        "number": ticket.number,
        "state": ticket.state,
        "kind": ticket.kind,
        "reason": ticket.reason,
        "service_item": ticket.service_item,
        "outlet": ticket.outlet,
        "question": mask(ticket.question),
        "assignee": ticket.assignee_name,
        "holder": ticket.holder_name,
        "created_at": ticket.created_at,
        "due_at": ticket.due_at,
        "replied_at": ticket.replied_at,
        "closed_at": ticket.closed_at,
    }


def said_on(session: Session, ticket: Ticket) -> list[dict[str, Any]]:
    """What was said on a ticket, oldest first, masked; drafts that never went out are left out."""
    return [
        {"author": each.author, "text": mask(each.text), "at": each.at}
        for each in ticket_messages.of_ticket(session, ticket.key)
        if each.author in ("asker", "unsaid", "staff", "note")
    ]


def _page(  # noqa: PLR0913, PLR0917  where to look, from where on, how many, and which
    session: Session,
    found: Any,  # noqa: ANN401  a statement
    key: Any,  # noqa: ANN401  its column
    below: int | None,
    limit: int,
    is_theirs: Callable[[Any], bool],
) -> Page[Any]:
    rows: list[Any] = []
    for _ in range(MOST_LOOKED_AT // AT_ONCE):
        some = session.exec((found if below is None else found.where(key < below)).limit(AT_ONCE)).all()
        for each in some:
            below = each.key
            if is_theirs(each):
                rows.append(each)
            if len(rows) == limit:
                return Page(rows, below)
        if len(some) < AT_ONCE:
            return Page(rows, None)
    return Page(rows, below)


def _sees(book: DutyBook, session: Session, person: Person, consultation: Consultation) -> bool:
    return _may(person, "archive.search", of_consultation(session, book, consultation))


def _may(person: Person, action: Action, place: Place) -> bool:
    return may(person, action, place.outlet, given_to=place.given_to)
