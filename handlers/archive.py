"""Search the consultation archive (咨询档案) by words, consultation or ticket number; what comes out is masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from consultations.archive import Consultation
from consultations.masking import mask
from consultations.tickets import Ticket


@dataclass(frozen=True)
class ArchiveLine:
    """One consultation as it may be shown: personal data masked."""

    number: str
    ticket_number: str
    created_at: datetime
    channel: str
    question: str
    reply: str
    service_item: str
    action: str
    outcome: str


def search(session: Session, *words: str, limit: int = 50) -> list[ArchiveLine]:
    """The consultations in which every word occurs (question, reply, number or ticket number), newest first."""
    found = select(Consultation, Ticket.number).outerjoin(Ticket, col(Ticket.id) == col(Consultation.ticket_id))
    for word in words:
        like = f"%{_literal(word)}%"
        places = (
            Consultation.question,
            Consultation.reply,
            Consultation.edited_text,
            Consultation.number,
            Ticket.number,
        )
        found = found.where(or_(*(_contains(col(each), like, word) for each in places)))
    rows = session.exec(found.order_by(col(Consultation.id).desc()).limit(limit))
    return [_line(consultation, number or "") for consultation, number in rows]


def _contains(place: Any, like: str, word: str) -> Any:  # noqa: ANN401  a column and a condition on it
    # Folding case over 100,000 texts takes twice as long; Chinese words have none.
    has_case = word.lower() != word.upper()
    return place.ilike(like, escape="\\") if has_case else place.like(like, escape="\\")


def _line(consultation: Consultation, ticket_number: str) -> ArchiveLine:
    return ArchiveLine(
        number=consultation.number,
        ticket_number=ticket_number,
        created_at=consultation.created_at,
        channel=consultation.channel,
        question=mask(consultation.question),
        reply=mask(consultation.reply),
        service_item=consultation.service_item,
        action=consultation.action,
        outcome=consultation.outcome,
    )


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
