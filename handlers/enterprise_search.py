"""Looking through the directory of enterprises (企业名录): the database filters and counts, a page of it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, String, cast, func
from sqlmodel import Session, col, select

from consultations import enterprise_visits, enterprises, visit_cadence
from consultations.enterprise_holdings import has_no_asset
from consultations.enterprises import Enterprise, EnterpriseYear
from consultations.visit_cadence import Late
from handlers.desk import Desk
from handlers.talk import StaffTalk, office_time
from handlers.whose import Place, sees

_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Wanted:
    """What of the directory is looked for; what is empty leaves nothing out. `outlet` is an id, ``-`` for none."""

    words: str = ""
    tag: str = ""
    year: int = 0
    district: str = ""
    industry: str = ""
    outlet: str = ""
    is_without_assets: bool = False
    is_late: bool = False  # key enterprises nobody visited within the cadence
    is_struck: bool = False


@dataclass(frozen=True)
class Line:
    """One enterprise in a list: contact person and telephone masked."""

    enterprise: Enterprise
    years: Sequence[EnterpriseYear] = ()
    visited_on: date | None = None

    @property
    def person(self) -> str:
        """The contact person without the given name."""
        return veiled(self.enterprise.person)

    @property
    def phone(self) -> str:
        """The telephone masked."""
        return veiled_phone(self.enterprise.phone)


@dataclass(frozen=True)
class Found:
    """Some lines of what was looked for, by name, and how many there are in all."""

    lines: Sequence[Line] = field(default_factory=tuple)
    n_all: int = 0


def veiled(person: str) -> str:
    """A person's name as a list may show it: the first character."""
    return person[:1] + "*" * min(2, len(person) - 1) if person else ""


def veiled_phone(phone: str) -> str:
    """A telephone number as a list may show it: its first three and last two digits."""
    return f"{phone[:3]}****{phone[-2:]}" if len(phone) > 6 else "****" if phone else ""


def look(  # noqa: PLR0913  what, within what, which page of it
    session: Session,
    wanted: Wanted,
    *,
    outlets: Collection[str] | None = None,
    among: Collection[int] | None = None,
    first: int = 0,
    limit: int | None = None,
) -> Found:
    """Those looked for, with years and last visit; `outlets` are the ids whose enterprises may be seen, `among` the
    enterprises it must be one of, any when ``None``.
    """
    fitting = [*_standing(wanted, outlets), *_conditions(session, wanted)]
    if among is not None:
        fitting.append(col(Enterprise.id).in_(among))
    counted = session.exec(select(func.count()).select_from(Enterprise).where(*fitting)).one()
    ordered = select(Enterprise).where(*fitting).order_by(col(Enterprise.name), col(Enterprise.id))
    rows = session.exec(ordered.offset(first).limit(limit)).all()
    ids = {each.key for each in rows}
    years, visited = enterprises.years_of(session, ids), enterprise_visits.last_days(session)
    return Found([Line(each, years.get(each.key, ()), visited.get(each.key)) for each in rows], counted)


def look_for(talk: StaffTalk, wanted: Wanted, *, first: int = 0, limit: int | None = None) -> Found:
    """The same of all that somebody may see."""
    among = among_of(talk.session, talk.desk, wanted)
    return look(talk.session, wanted, outlets=_seen_outlets(talk), among=among, first=first, limit=limit)


def among_of(session: Session, desk: Desk, wanted: Wanted) -> Collection[int] | None:
    """The enterprises waiting for a visit when those are looked for; ``None`` when all are."""
    return [each.enterprise.key for each in unvisited(session, desk)] if wanted.is_late else None


def unvisited(session: Session, desk: Desk) -> Sequence[Late]:
    """The key enterprises nobody visited within the cadence (走访周期), those waiting longest first."""
    office = office_time(desk.settings)
    return visit_cadence.late(session, office, office.day(desk.now()), desk.settings.visit_days)


def choices(talk: StaffTalk, *, is_struck: bool = False) -> Mapping[str, Sequence[str]]:
    """What can be filtered by, of all that somebody may see: tags, districts, industries and years that occur."""
    session = talk.session
    standing = _standing(Wanted(is_struck=is_struck), _seen_outlets(talk))
    years = select(EnterpriseYear.year).where(
        col(EnterpriseYear.struck_at).is_(None), EnterpriseYear.enterprise_id == Enterprise.id, *standing
    )
    return {
        "tag": sorted({tag for tags in _tag_lists(session, standing).values() for tag in tags}),
        "district": sorted(set(session.exec(select(Enterprise.district).where(*standing).distinct())) - {""}),
        "industry": sorted(set(session.exec(select(Enterprise.industry).where(*standing).distinct())) - {""}),
        "year": [str(each) for each in sorted(session.exec(years.distinct()), reverse=True)],
    }


def _seen_outlets(talk: StaffTalk) -> list[str]:
    every = talk.session.exec(select(Enterprise.outlet).distinct())
    return [each for each in every if sees(talk, "enterprise.read", Place(each))]


def _standing(wanted: Wanted, outlets: Collection[str] | None) -> list[ColumnElement[bool]]:
    removed = col(Enterprise.removed_at)
    found: list[ColumnElement[bool]] = [removed.is_not(None) if wanted.is_struck else removed.is_(None)]
    return found if outlets is None else [*found, col(Enterprise.outlet).in_(outlets)]


def _conditions(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if words := wanted.words.strip().lower():
        found.append(_says(session, words))
    if wanted.tag:
        found.append(_tagged(session, lambda tags: wanted.tag in tags))
    if wanted.year:
        years = select(EnterpriseYear.enterprise_id).where(
            EnterpriseYear.year == wanted.year, col(EnterpriseYear.struck_at).is_(None)
        )
        found.append(col(Enterprise.id).in_(years))
    for column, value in ((Enterprise.district, wanted.district), (Enterprise.industry, wanted.industry)):
        if value:
            found.append(col(column) == value)
    if wanted.outlet:
        found.append(col(Enterprise.outlet) == wanted.outlet.removeprefix("-"))
    if wanted.is_without_assets:
        found.append(has_no_asset())
    return found


def _says(session: Session, words: str) -> ColumnElement[bool]:
    """Whether name, code, district, industry, adviser or a tag has these words, or they are its number."""
    within = (Enterprise.name, Enterprise.code, Enterprise.district, Enterprise.industry, Enterprise.adviser)
    found = _tagged(session, lambda tags: any(words in each.lower() for each in tags))
    for column in within:
        found |= func.lower(col(column)).contains(words, autoescape=True)
    if words.isascii() and words.isdecimal() and int(words) <= _LARGEST_ID:
        found |= col(Enterprise.id) == int(words)
    return found


def _tagged(session: Session, fits: Callable[[Sequence[str]], bool]) -> ColumnElement[bool]:
    """Whether its tags fit. Lists of tags are few, however many enterprises there are: they are looked at here, as
    every database writes JSON in its own way.
    """
    return _TAGS.in_([text for text, tags in _tag_lists(session, ()).items() if fits(tags)])


_TAGS = cast(col(Enterprise.tags), String)


def _tag_lists(session: Session, conditions: Sequence[ColumnElement[bool]]) -> dict[str, list[str]]:
    """The lists of tags that occur, as the database writes them → as they are."""
    return {text: json.loads(text) for text in session.exec(select(_TAGS).where(*conditions).distinct())}
