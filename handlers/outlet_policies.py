"""The texts of outlets (网点) as the city sees them: whose, instead of what, why, and how they stand today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from handlers.desk import Desk
from handlers.review_policy import title_of
from handlers.talk import office_time
from policies.compilation import Revision
from policies.layers import instead_of, of_outlets
from policies.profile import standing_of


@dataclass(frozen=True)
class Local:
    """One of them; `outlet` by name, `standing` the state of validity."""

    revision: Revision
    outlet: str
    title: str
    instead: Sequence[str]
    standing: str


def overview(session: Session, desk: Desk) -> list[Local]:
    """All that were published, by outlet, newest first."""
    names, today = desk.duty.book.outlets, office_time(desk.settings).day(desk.now())
    return [
        Local(
            each,
            names[each.outlet].name if each.outlet in names else each.outlet,
            title_of(session, each),
            instead_of(each),
            standing_of(each, today),
        )
        for each in of_outlets(session)
    ]
