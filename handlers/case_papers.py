"""Published typical cases (典型案例): in reports, as a collection (案例汇编), one by one, on the public page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations import cases
from consultations.cases import TypicalCase
from consultations.counted_records import tickets_in
from consultations.service_items import load_pack
from handlers.choices import NO_ITEM_NAME
from handlers.paper import Heading, Line, Piece
from handlers.report_basis import Basis
from handlers.write_case import parts_of

NONE_PUBLISHED = "本期没有发布的典型案例。"


@dataclass(frozen=True)
class PublicCase:
    """One of them: the day it went out, its service item, its title and parts."""

    on: date
    item: str
    title: str
    parts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class PublicCases:
    """Looks up what everybody may read: the cases whose clients agreed to have them on the website."""

    reading: Callable[[], AbstractContextManager[Session]]
    zone: ZoneInfo

    def newest(self) -> list[PublicCase]:
        """All of them, the newest first."""
        with self.reading() as session:
            return [self._public(each) for each in cases.public(session)]

    def _public(self, case: TypicalCase) -> PublicCase:
        assert case.published_at is not None
        (_, title), *parts = parts_of(case)
        return PublicCase(case.published_at.astimezone(self.zone).date(), item_of(case), title, parts)


def published_in(session: Session, basis: Basis) -> Sequence[TypicalCase]:
    """What is published of the tickets a report is about."""
    return cases.published_of(session, tickets_in(basis.scope))


def case_block(session: Session, basis: Basis) -> tuple[Piece, ...]:
    """The published cases for a report, each under its title; one sentence when there is none."""
    found = published_in(session, basis)
    return tuple(piece for case in found for piece in case_pieces(case, level=2)) or (Line(NONE_PUBLISHED),)


def case_pieces(case: TypicalCase, *, level: int = 0) -> Iterator[Piece]:
    """One case: its title, then part by part."""
    (_, title), *parts = parts_of(case)
    yield Heading(title, level)
    yield Line(f"{case.number}　{item_of(case)}")
    for name, text in parts:
        first, *more = text.split("\n")
        yield Line(f"【{name}】{first}")
        yield from map(Line, more)


def item_of(case: TypicalCase) -> str:
    """The service item by its name."""
    known = load_pack().items
    return known[case.service_item].name if case.service_item in known else NO_ITEM_NAME
