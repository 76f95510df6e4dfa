"""Which programmes an enterprise may want to know of (政策匹配); every condition judged, never a promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlmodel import Session, col, select

from policies.compilation import Policy, Revision
from policies.criteria import CHOSEN, COUNTED, Facts, Verdict, judge
from policies.profile import Programme, programme_of, standing_of

Window = Literal["open", "early", "closed"]


@dataclass(frozen=True)
class Match:
    """One programme with the verdict on each of its conditions, as of a day."""

    revision_id: int
    title: str
    version: str
    doc_number: str
    programme: Programme
    verdicts: tuple[tuple[str, Verdict], ...]
    window: Window

    @property
    def is_excluded(self) -> bool:
        """Whether a condition is not met."""
        return any(verdict == "not" for _, verdict in self.verdicts)


def programmes_on(session: Session, on: date, outlet: str = "") -> list[tuple[str, Revision, Programme]]:
    """``(title, revision, programme)`` of what is in force on that day and can be applied for by who belongs to an
    outlet (网点), oldest first.
    """
    theirs = col(Revision.outlet).in_(["", outlet])
    columns = select(Policy.title, Revision).join(Revision).where(col(Revision.state) == "published", theirs)
    found = []
    for title, revision in session.exec(columns.order_by(col(Revision.id))):
        programme = programme_of(revision)
        if programme is not None and standing_of(revision, on) == "现行有效":
            found.append((title, revision, programme))
    return found


def match(session: Session, facts: Facts, on: date, outlet: str = "") -> list[Match]:
    """All programmes of that day: those with no condition against them first, closed windows last."""
    found = [_match(*each, facts, on) for each in programmes_on(session, on, outlet)]
    return sorted(found, key=lambda each: (each.window == "closed", each.is_excluded, each.revision_id))


def questions(programmes: Sequence[Programme]) -> dict[str, tuple[str, ...]]:
    """The facts these programmes are judged by, as they are asked for, each with its names; none for numbers."""
    used = [each for programme in programmes for each in programme.criteria]
    return {
        fact: tuple(dict.fromkeys(name for each in used if each.fact == fact for name in each.any_of))
        for fact in (*CHOSEN, *COUNTED)
        if any(each.fact == fact for each in used)
    }


def _match(title: str, revision: Revision, programme: Programme, facts: Facts, on: date) -> Match:
    verdicts = tuple((each, judge(each, programme.criteria, facts)) for each in programme.conditions)
    window: Window = "open"
    if programme.opens_on and on < programme.opens_on:
        window = "early"
    elif programme.closes_on and on > programme.closes_on:
        window = "closed"
    number = revision.id or 0
    return Match(number, title, revision.version, revision.doc_number, programme, verdicts, window)
