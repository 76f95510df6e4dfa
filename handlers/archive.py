"""Search the consultation archive (咨询档案) by words, consultation or ticket number; what comes out is masked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import or_
from sqlmodel import Session, col, select

from consultations.archive import Consultation
from consultations.masking import mask
from consultations.tickets import Ticket

_NUMBER = re.compile(r"(?:ZX|GD)-\d{8}-\d{4,}", re.IGNORECASE | re.ASCII)


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


class Index(Protocol):
    """Which consultations may hold some words; `bot.archive_index` is the real one."""

    @property
    def through(self) -> int:
        """Consultations up to this id are in it."""
        ...

    def candidates(self, words: Sequence[str]) -> Iterator[list[int]]:
        """Their ids, the newest first, some at a time; more than hold the words, never fewer."""
        ...


def search(session: Session, *words: str, limit: int = 50, index: Index | None = None) -> list[ArchiveLine]:
    """The consultations in which every word occurs (question, reply, number or ticket number), newest first.

    Without an index all are read: some tenths of a second for every 100,000.
    """
    found = select(Consultation, Ticket.number).outerjoin(Ticket, col(Ticket.id) == col(Consultation.ticket_id))
    words = tuple(filter(None, map(str.strip, words)))
    for word in words:
        found = found.where(_holds(word))
    found = found.order_by(col(Consultation.id).desc()).limit(limit)
    if index is None or not words or any(_NUMBER.fullmatch(each) for each in words):
        return _lines(session, found)
    through = index.through
    lines = _lines(session, found.where(col(Consultation.id) > through))
    for ids in index.candidates(words):
        if len(lines) >= limit:
            break
        seen = {each.number for each in lines}
        some = _lines(session, found.where(col(Consultation.id).in_(ids), col(Consultation.id) <= through))
        lines += [each for each in some if each.number not in seen]
    return lines[:limit]


def _holds(word: str) -> Any:  # noqa: ANN401  a condition
    if _NUMBER.fullmatch(word):
        theirs = select(Ticket.id).where(Ticket.number == word.upper())
        return or_(col(Consultation.number) == word.upper(), col(Consultation.ticket_id).in_(theirs))
    like = f"%{_literal(word)}%"
    places = (Consultation.question, Consultation.reply, Consultation.edited_text, Consultation.number, Ticket.number)
    return or_(*(_contains(col(each), like, word) for each in places))


def _lines(session: Session, found: Any) -> list[ArchiveLine]:  # noqa: ANN401  a statement
    return [_line(consultation, number or "") for consultation, number in session.exec(found)]


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
