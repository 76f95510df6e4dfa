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
from consultations.entries import CHANNELS
from consultations.masking import mask
from consultations.messages import Inbound
from consultations.permissions import Person, is_limited, may
from consultations.tickets import Ticket
from handlers import archive_wording, gate
from handlers.desk import Desk
from handlers.talk import Replies, StaffTalk, office_time, say
from handlers.whose import of_consultation
from handlers.wish import Wish

SHOWN, LOOKED_AT = 8, 200  # in a chat; of those looked at, some may be another outlet's
LONGEST_SHOWN, MOST_WORDS = 80, 5
NUMBER = re.compile(r"(?:ZX|GD)-\d{8}-\d{4,}", re.IGNORECASE | re.ASCII)


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
    consultation_id: int


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
    if index is None or not words or any(NUMBER.fullmatch(each) for each in words):
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


def find(desk: Desk, person: Person, words: Sequence[str]) -> list[ArchiveLine]:
    """Of the newest that hold these words, what that person may see."""
    with desk.reading() as session:
        lines = search(session, *words[:MOST_WORDS], limit=LOOKED_AT)
        return [each for each in lines if _sees(session, desk, person, each)]


# In a staff chat


def look_in_archive(inbound: Inbound, wish: Wish, desk: Desk) -> list[ArchiveLine]:
    """What ``/archive`` shows of what this person may see; looked up before the turn's session opens."""
    words = wish.argument.split()
    return find(desk, gate.person_of(desk, inbound, desk.now()), words) if words else []


def show_archive(talk: StaffTalk) -> Replies:
    """查档案: consultations in which all words occur, masked, the newest first."""
    if not talk.wish.argument:
        return (say(talk, archive_wording.HOW),)
    lines: list[ArchiveLine] = talk.found or []
    zone = office_time(talk.desk.settings).zone
    shown = [
        archive_wording.line(
            f"{each.number} {each.ticket_number}".strip(),
            f"{each.created_at.astimezone(zone):%Y-%m-%d %H:%M}",
            CHANNELS.get(each.channel, each.channel),
            each.question[:LONGEST_SHOWN],
            each.reply[:LONGEST_SHOWN],
        )
        for each in lines[:SHOWN]
    ]
    more = archive_wording.more(SHOWN) if len(lines) > SHOWN else ""
    return (say(talk, *(shown or [archive_wording.NOTHING]), more),)


def _sees(session: Session, desk: Desk, person: Person, line: ArchiveLine) -> bool:
    if not is_limited(person, "archive.search"):
        return True
    place = of_consultation(session, desk.duty.book, session.get_one(Consultation, line.consultation_id))
    return may(person, "archive.search", place.outlet, given_to=place.given_to)


def _holds(word: str) -> Any:  # noqa: ANN401  a condition
    if NUMBER.fullmatch(word):
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
        consultation_id=consultation.key,
    )


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
