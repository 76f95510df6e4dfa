"""Visits to enterprises (走访): when, who went, what was found and needed, and what is to be done next, until when.

A visit is never changed: whoever wrote something wrong strikes it out with a reason and enters it anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import func, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations import reminders
from consultations.enterprises import Enterprise

WORDS = ("met", "found", "needed", "next_step", "outcome", "struck_reason")


class EnterpriseVisit(SQLModel, table=True):
    """One visit. `visitor` is the key of whoever went, `met` whom they spoke to. `next_step` is to be done by `due_on`
    and was by `done_at`, with its `outcome`.
    """

    __tablename__ = "enterprise_visit"

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    visited_on: date = Field(index=True)
    visitor: str
    visitor_name: str
    met: str = ""
    found: str = ""
    needed: str = ""
    next_step: str = ""
    due_on: date | None = Field(default=None, index=True)
    done_at: datetime | None = None
    done_by: str = ""
    outcome: str = ""
    struck_at: datetime | None = None
    struck_reason: str = ""
    entered_by: str
    entered_at: datetime

    @property
    def key(self) -> int:
        """The id of a stored visit."""
        assert self.id is not None
        return self.id

    @property
    def is_waiting(self) -> bool:
        """Whether its next step is still to be done."""
        return self.due_on is not None and self.done_at is None and self.struck_at is None

    @property
    def due_key(self) -> str:
        """What its reminder is called."""
        return f"enterprise_visit:{self.id}:{self.due_on}"


def enter(session: Session, visit: EnterpriseVisit) -> EnterpriseVisit:
    """The same visit, stored."""
    session.add(visit)
    session.flush()
    return visit


def same_as(session: Session, visit: EnterpriseVisit) -> EnterpriseVisit | None:
    """A visit that stands and says the same, word for word."""
    facts = ("visited_on", "visitor", "met", "found", "needed", "next_step", "due_on")
    theirs = (each for each in of_enterprise(session, visit.enterprise_id) if each.struck_at is None)
    return next((each for each in theirs if all(getattr(each, name) == getattr(visit, name) for name in facts)), None)


def get(session: Session, visit_id: int | None) -> EnterpriseVisit | None:
    """The visit as it is now."""
    return session.get(EnterpriseVisit, visit_id, populate_existing=True) if visit_id else None


def of_enterprise(session: Session, enterprise_id: int) -> Sequence[EnterpriseVisit]:
    """Its visits, the newest first, also those struck out."""
    theirs = select(EnterpriseVisit).where(EnterpriseVisit.enterprise_id == enterprise_id)
    return session.exec(theirs.order_by(col(EnterpriseVisit.visited_on).desc(), col(EnterpriseVisit.id).desc())).all()


def last_days(session: Session) -> dict[int, date]:
    """When each enterprise was visited last."""
    newest = select(EnterpriseVisit.enterprise_id, func.max(EnterpriseVisit.visited_on))
    standing = newest.where(col(EnterpriseVisit.struck_at).is_(None)).group_by(col(EnterpriseVisit.enterprise_id))
    return dict(session.exec(standing).all())


def waiting(session: Session, until: date) -> Sequence[tuple[EnterpriseVisit, Enterprise]]:
    """The next steps that are to be done by that day, of living enterprises, those due first."""
    steps = (
        select(EnterpriseVisit, Enterprise)
        .join(Enterprise, col(EnterpriseVisit.enterprise_id) == col(Enterprise.id))
        .where(
            col(EnterpriseVisit.due_on) <= until,
            col(EnterpriseVisit.done_at).is_(None),
            col(EnterpriseVisit.struck_at).is_(None),
            col(Enterprise.removed_at).is_(None),
        )
    )
    return session.exec(steps.order_by(col(EnterpriseVisit.due_on), col(EnterpriseVisit.id))).all()


def finish(session: Session, visit: EnterpriseVisit, outcome: str, by: str, now: datetime) -> bool:
    """Whether its next step was marked done now; a second time changes nothing."""
    still = (
        col(EnterpriseVisit.id) == visit.key,
        col(EnterpriseVisit.done_at).is_(None),
        col(EnterpriseVisit.struck_at).is_(None),
    )
    done = update(EnterpriseVisit).where(*still).values(done_at=now, done_by=by, outcome=outcome)
    is_first = bool(session.connection().execute(done).rowcount)
    session.refresh(visit)
    return is_first


def strike(session: Session, visit: EnterpriseVisit, reason: str, now: datetime) -> bool:
    """Whether it was struck out now; it stays to be read, and counts no more."""
    still = (col(EnterpriseVisit.id) == visit.key, col(EnterpriseVisit.struck_at).is_(None))
    struck = update(EnterpriseVisit).where(*still).values(struck_at=now, struck_reason=reason)
    is_first = bool(session.connection().execute(struck).rowcount)
    session.refresh(visit)
    return is_first


def move(session: Session, from_id: int, to_id: int) -> int:
    """How many visits of one enterprise are another's now, because it was merged into that."""
    session.flush()
    moved = update(EnterpriseVisit).where(col(EnterpriseVisit.enterprise_id) == from_id).values(enterprise_id=to_id)
    n_moved = session.connection().execute(moved).rowcount
    session.expire_all()
    return n_moved


def empty(session: Session, visit_ids: Collection[int]) -> None:
    """Take all words out of these visits; day, visitor and times stay."""
    blank = dict.fromkeys(WORDS, "")
    session.connection().execute(update(EnterpriseVisit).where(col(EnterpriseVisit.id).in_(visit_ids)).values(**blank))
    for each in visit_ids:
        reminders.drop(session, f"enterprise_visit:{each}:")


def forget_name(session: Session, enterprise_id: int, name: str, instead: str) -> None:
    """That name stands in no visit of this enterprise any more."""
    for each in of_enterprise(session, enterprise_id):
        for field in WORDS:
            setattr(each, field, getattr(each, field).replace(name, instead))
    session.flush()
