"""Key enterprises that nobody visited in too long (走访周期): those on this year's list, and since when they wait.

An enterprise waits from its last visit, or from the day it was written on the list when nobody went there yet; last
year's list counts too, so that a new list does not begin the wait anew. Once the cadence is over it is late, and late
once more with every further cadence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from consultations import enterprise_visits
from consultations.enterprises import Enterprise, EnterpriseYear
from consultations.working_time import OfficeTime

KEYS = "visit_cadence:"  # how the keys of these reminders begin


@dataclass(frozen=True)
class Late:
    """One key enterprise nobody visited within the cadence. `visited_on` is empty where nobody was there yet."""

    enterprise: Enterprise
    visited_on: date | None
    waits_since: date
    n_days: int
    periods: int  # whole cadences that passed, at least 1

    @property
    def key(self) -> str:
        """What its reminder is called; a visit begins another."""
        return f"{KEYS}{self.enterprise.key}:{self.waits_since}"


def late(session: Session, office: OfficeTime, today: date, cadence_days: int) -> Sequence[Late]:
    """The living key enterprises of this year that were not visited within so many days, those waiting longest first;
    none when `cadence_days` is 0, which turns the cadence off.
    """
    if not cadence_days:
        return ()
    visited = enterprise_visits.last_days(session)
    found = []
    for enterprise, listed_on in _on_list(session, office, today.year):
        last = visited.get(enterprise.key)
        since = last or listed_on
        n_days = (today - since).days
        if n_days >= cadence_days:
            found.append(Late(enterprise, last, since, n_days, n_days // cadence_days))
    return sorted(found, key=lambda each: (each.waits_since, each.enterprise.key))


def _on_list(session: Session, office: OfficeTime, year: int) -> list[tuple[Enterprise, date]]:
    """The living enterprises on that year's list, each with the day it was first written on it or on the last one."""
    rows = session.exec(
        select(Enterprise, EnterpriseYear)
        .join(EnterpriseYear, col(EnterpriseYear.enterprise_id) == col(Enterprise.id))
        .where(
            col(Enterprise.removed_at).is_(None),
            col(EnterpriseYear.struck_at).is_(None),
            col(EnterpriseYear.year).in_((year, year - 1)),
        )
    ).all()
    listed = {each.key for each, row in rows if row.year == year}
    first: dict[int, tuple[Enterprise, date]] = {}
    for enterprise, row in rows:
        day = office.day(row.entered_at)
        if enterprise.key in listed and (enterprise.key not in first or day < first[enterprise.key][1]):
            first[enterprise.key] = (enterprise, day)
    return list(first.values())
