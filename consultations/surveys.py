"""Satisfaction surveys (满意度评价): one per closed ticket, a due row until it is sent; answers may be changed.

``waiting → sent``, or ``cancelled`` when the person wants nothing unasked. `score` 5 (非常满意) to 1 (很不满意).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import Index, update
from sqlmodel import Field, Session, SQLModel, col, select

What = Literal["score", "solved", "words"]


class Survey(SQLModel, table=True):
    """One survey, asked for the `turn`-th time. An answer is empty until given."""

    __tablename__ = "survey"
    __table_args__ = (Index("ix_survey_due", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", unique=True)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    turn: int = 1
    state: str = "waiting"
    due_at: datetime
    sent_at: datetime | None = None
    score: int | None = None
    is_solved: bool | None = None
    words: str = ""
    answered_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored survey."""
        assert self.id is not None
        return self.id


class SurveyChange(SQLModel, table=True):
    """One answer that replaced another, so that nothing is lost when somebody changes their mind."""

    __tablename__ = "survey_change"

    id: int | None = Field(default=None, primary_key=True)
    survey_id: int = Field(foreign_key="survey.id", index=True)
    what: str
    old: str
    new: str
    at: datetime


def plan(session: Session, ticket_id: int, contact_id: int, due_at: datetime) -> None:
    """A survey for a ticket that was just closed; closed once more, it is asked again and the last answer counts."""
    known = of_ticket(session, ticket_id)
    if known is None:
        session.add(Survey(ticket_id=ticket_id, contact_id=contact_id, due_at=due_at))
    else:
        known.state, known.due_at, known.turn = "waiting", due_at, known.turn + 1


def list_due(session: Session, now: datetime, limit: int = 100) -> Sequence[Survey]:
    """The surveys that should go out by now, oldest first."""
    due = select(Survey).where(Survey.state == "waiting", col(Survey.due_at) <= now)
    return session.exec(due.order_by(col(Survey.due_at)).limit(limit)).all()


def owned(session: Session, ticket_id: int | None, contact_id: int) -> Survey | None:
    """The survey of a ticket of this very person; ``None`` for anybody else's."""
    if ticket_id is None:
        return None
    return session.exec(select(Survey).where(Survey.ticket_id == ticket_id, Survey.contact_id == contact_id)).first()


def of_ticket(session: Session, ticket_id: int) -> Survey | None:
    """The survey of a ticket, if there is one."""
    mine = select(Survey).where(Survey.ticket_id == ticket_id).execution_options(populate_existing=True)
    return session.exec(mine).first()


def mark_sent(session: Session, survey: Survey, now: datetime) -> bool:
    """Whether this caller may send it: of two processes that try, one gets ``True``."""
    waiting = update(Survey).where(col(Survey.id) == survey.id, col(Survey.state) == "waiting")
    return bool(session.connection().execute(waiting.values(state="sent", sent_at=now)).rowcount)


def answer_score(session: Session, survey: Survey, score: int, now: datetime) -> None:
    """The asker's score; an earlier one is kept as a change.

    Raises:
        ValueError: Not 1 to 5.
    """
    if score not in range(1, 6):
        raise ValueError(score)
    _keep(session, survey, "score", survey.score, score, now=now)
    survey.score, survey.answered_at = score, now


def answer_solved(session: Session, survey: Survey, now: datetime, *, is_solved: bool) -> None:
    """Whether the question was solved, as the asker sees it."""
    _keep(session, survey, "solved", survey.is_solved, is_solved, now=now)
    survey.is_solved, survey.answered_at = is_solved, now


def answer_words(session: Session, survey: Survey, words: str, now: datetime) -> None:
    """What the asker wants to say besides."""
    _keep(session, survey, "words", survey.words or None, words, now=now)
    survey.words, survey.answered_at = words, now


def cancel(session: Session, contact_id: int) -> None:
    """Nothing of what waits for this person goes out any more."""
    waiting = update(Survey).where(col(Survey.contact_id) == contact_id, col(Survey.state) == "waiting")
    session.connection().execute(waiting.values(state="cancelled"))


def of_contact(session: Session, contact_id: int) -> Sequence[Survey]:
    """One person's surveys, oldest first."""
    return session.exec(select(Survey).where(Survey.contact_id == contact_id).order_by(col(Survey.id))).all()


def forget(session: Session, contact_id: int) -> None:
    """Take one person's words out; scores stay for the statistics."""
    theirs = select(Survey.id).where(col(Survey.contact_id) == contact_id)
    words = update(SurveyChange).where(col(SurveyChange.survey_id).in_(theirs), col(SurveyChange.what) == "words")
    session.connection().execute(words.values(old="", new=""))
    session.connection().execute(update(Survey).where(col(Survey.contact_id) == contact_id).values(words=""))


def _keep(session: Session, survey: Survey, what: What, old: object, new: object, *, now: datetime) -> None:  # noqa: PLR0913
    if old is not None and old != new:
        session.add(SurveyChange(survey_id=survey.key, what=what, old=str(old), new=str(new), at=now))
