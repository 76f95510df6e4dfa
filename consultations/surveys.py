"""Surveys (问卷、满意度评价): who was asked, and what was answered; one engine for every questionnaire.

An asking is a due row: ``waiting → sent``, or ``cancelled`` when the person wants nothing unasked. Unique on (survey,
occasion, contact): planning twice asks once. A response holds the answers. In an anonymous survey it knows no contact,
only a keyed hash of one, so that nobody answers twice and nobody can be looked up; nor is it told to the minute when
it was given. What replaced another answer is kept as a change.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import JSON, Index, UniqueConstraint, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.questionnaires import SATISFACTION

State = Literal["waiting", "sent", "cancelled"]
EMPTIED = [""]  # words that were taken out: somebody did write some
SCORES = {"非常满意": 5, "满意": 4, "一般": 3, "不满意": 2, "很不满意": 1}


class SurveyAsking(SQLModel, table=True):
    """One person asked, for the `turn`-th time. `occasion` is ``ticket:<id>``, or the round of a survey."""

    __tablename__ = "survey_asking"
    __table_args__ = (
        UniqueConstraint("survey", "occasion", "contact_id"),
        Index("ix_survey_asking_due", "state", "due_at"),
        Index("ix_survey_asking_remind", "state", "remind_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    survey: str
    occasion: str
    contact_id: int = Field(foreign_key="contact.id", index=True)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True)
    channel: str = ""
    turn: int = 1
    state: str = "waiting"
    due_at: datetime
    sent_at: datetime | None = None
    remind_at: datetime | None = None
    reminded_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored asking."""
        assert self.id is not None
        return self.id


class SurveyResponse(SQLModel, table=True):
    """One person's answers. `respondent` is ``contact:<id>``, or ``anonymous:<hash>`` without any contact."""

    __tablename__ = "survey_response"
    __table_args__ = (UniqueConstraint("survey", "occasion", "respondent"),)

    id: int | None = Field(default=None, primary_key=True)
    survey: str
    occasion: str
    respondent: str
    contact_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    channel: str
    started_at: datetime
    finished_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored response."""
        assert self.id is not None
        return self.id


class SurveyAnswer(SQLModel, table=True):
    """One answer: what was chosen, or one text (`is_words`). Not `is_settled` while more options may be chosen."""

    __tablename__ = "survey_answer"
    __table_args__ = (UniqueConstraint("response_id", "question"),)

    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="survey_response.id")
    question: str
    chosen: list[str] = Field(default_factory=list, sa_type=JSON)
    is_settled: bool = True
    is_words: bool = False


class SurveyAnswerChange(SQLModel, table=True):
    """One answer that replaced another, so that nothing is lost when somebody changes their mind."""

    __tablename__ = "survey_answer_change"

    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="survey_response.id", index=True)
    question: str
    old: list[str] = Field(default_factory=list, sa_type=JSON)
    new: list[str] = Field(default_factory=list, sa_type=JSON)
    is_words: bool = False
    at: datetime


# --- asking


def plan(  # noqa: PLR0913  each is one column
    session: Session,
    survey: str,
    occasion: str,
    contact_id: int,
    due_at: datetime,
    *,
    ticket_id: int | None = None,
) -> bool:
    """Whether somebody is to be asked; for the same (survey, occasion, contact) once."""
    values: dict[str, Any] = {"survey": survey, "occasion": occasion, "contact_id": contact_id, "due_at": due_at}
    values |= {"ticket_id": ticket_id, "channel": "", "turn": 1, "state": "waiting"}
    added = _unless_known(session, SurveyAsking).values(values).returning(col(SurveyAsking.id))
    return session.connection().execute(added).scalar_one_or_none() is not None


def plan_for_ticket(session: Session, ticket_id: int, contact_id: int, due_at: datetime) -> None:
    """The satisfaction survey of a ticket that was just closed; closed once more, it is asked again."""
    if plan(session, SATISFACTION, f"ticket:{ticket_id}", contact_id, due_at, ticket_id=ticket_id):
        return
    known = of_ticket(session, ticket_id)
    assert known is not None
    known.state, known.due_at, known.turn = "waiting", due_at, known.turn + 1


def find(session: Session, survey: str, occasion: str, contact_id: int) -> SurveyAsking | None:
    """The asking of one person."""
    mine = select(SurveyAsking).where(SurveyAsking.survey == survey, SurveyAsking.occasion == occasion)
    mine = mine.where(SurveyAsking.contact_id == contact_id)
    return session.exec(mine.execution_options(populate_existing=True)).first()


def newest(session: Session, survey: str, contact_id: int) -> SurveyAsking | None:
    """The asking of one person that was planned last."""
    mine = select(SurveyAsking).where(SurveyAsking.survey == survey, SurveyAsking.contact_id == contact_id)
    return session.exec(mine.order_by(col(SurveyAsking.id).desc())).first()


def of_ticket(session: Session, ticket_id: int) -> SurveyAsking | None:
    """The satisfaction survey of a ticket, if it was planned."""
    mine = select(SurveyAsking).where(SurveyAsking.ticket_id == ticket_id, SurveyAsking.survey == SATISFACTION)
    return session.exec(mine.execution_options(populate_existing=True)).first()


def owned(session: Session, asking_id: int | None, contact_id: int) -> SurveyAsking | None:
    """An asking of this very person; ``None`` for anybody else's."""
    found = session.get(SurveyAsking, asking_id) if asking_id else None
    return found if found is not None and found.contact_id == contact_id else None


def list_due(session: Session, now: datetime, limit: int = 100) -> Sequence[SurveyAsking]:
    """Who should be asked by now, oldest first."""
    due = select(SurveyAsking).where(SurveyAsking.state == "waiting", col(SurveyAsking.due_at) <= now)
    return session.exec(due.order_by(col(SurveyAsking.due_at)).limit(limit)).all()


def mark_sent(
    session: Session, asking: SurveyAsking, channel: str, *, now: datetime, remind_at: datetime | None = None
) -> bool:
    """Whether this caller may send it: of two processes that try, one gets ``True``."""
    waiting = update(SurveyAsking).where(col(SurveyAsking.id) == asking.id, col(SurveyAsking.state) == "waiting")
    sent = {"state": "sent", "sent_at": now, "channel": channel, "remind_at": remind_at}
    return bool(session.connection().execute(waiting.values(**sent)).rowcount)


def call_off(session: Session, asking: SurveyAsking) -> None:
    """It does not go out now; planned once more (`plan_for_ticket`) it does."""
    waiting = update(SurveyAsking).where(col(SurveyAsking.id) == asking.id, col(SurveyAsking.state) == "waiting")
    session.connection().execute(waiting.values(state="cancelled"))


def mark_begun(asking: SurveyAsking, channel: str, now: datetime) -> None:
    """The person begins by themselves: they count as asked, whatever became of an invitation."""
    if asking.state != "sent":
        asking.state, asking.sent_at, asking.channel = "sent", now, channel


def list_to_remind(session: Session, now: datetime, limit: int = 100) -> Sequence[SurveyAsking]:
    """Who is to be reminded by now, unless they answered."""
    due = select(SurveyAsking).where(SurveyAsking.state == "sent", col(SurveyAsking.remind_at) <= now)
    return session.exec(due.order_by(col(SurveyAsking.remind_at)).limit(limit)).all()


def mark_reminded(session: Session, asking: SurveyAsking, now: datetime, *, is_sent: bool) -> bool:
    """Whether this caller decided about the one reminder there is; `is_sent` is whether it goes out."""
    still = (col(SurveyAsking.id) == asking.id, col(SurveyAsking.remind_at).is_not(None))
    done = update(SurveyAsking).where(*still).values(remind_at=None, reminded_at=now if is_sent else None)
    return bool(session.connection().execute(done).rowcount)


def cancel(session: Session, contact_id: int) -> None:
    """Nothing of what waits for this person goes out any more, nor any reminder."""
    theirs = update(SurveyAsking).where(col(SurveyAsking.contact_id) == contact_id)
    session.connection().execute(theirs.where(col(SurveyAsking.state) == "waiting").values(state="cancelled"))
    session.connection().execute(theirs.values(remind_at=None))


# --- answering


def respondent_of(contact_id: int, survey: str, *, key: bytes | None) -> str:
    """Who answers, as the response knows it; with a key nobody can tell who it was without it."""
    if key is None:
        return f"contact:{contact_id}"
    return f"anonymous:{hmac.new(key, f'{survey}:{contact_id}'.encode(), hashlib.sha256).hexdigest()}"


def response_of(session: Session, survey: str, occasion: str, respondent: str) -> SurveyResponse | None:
    """The response, if it was begun."""
    mine = select(SurveyResponse).where(SurveyResponse.survey == survey, SurveyResponse.occasion == occasion)
    return session.exec(mine.where(SurveyResponse.respondent == respondent)).first()


def begin(session: Session, asking: SurveyAsking, respondent: str, channel: str, now: datetime) -> SurveyResponse:
    """The response, begun now if it was not before; an anonymous one knows the day only."""
    known = response_of(session, asking.survey, asking.occasion, respondent)
    if known is not None:
        return known
    is_named = respondent.startswith("contact:")
    response = SurveyResponse(
        survey=asking.survey,
        occasion=asking.occasion,
        respondent=respondent,
        contact_id=asking.contact_id if is_named else None,
        channel=channel,
        started_at=now if is_named else _day_of(now),
    )
    session.add(response)
    session.flush()
    return response


def put(  # noqa: PLR0913  one answer, its place and its time
    session: Session,
    response: SurveyResponse,
    question: str,
    chosen: Sequence[str],
    *,
    now: datetime,
    is_settled: bool = True,
    is_words: bool = False,
) -> None:
    """The answer to one question; a settled one it replaces is kept as a change."""
    known = _answer(session, response, question)
    if known is None:
        fresh = SurveyAnswer(response_id=response.key, question=question, chosen=list(chosen))
        fresh.is_settled, fresh.is_words = is_settled, is_words
        session.add(fresh)
        session.flush()
        return
    if known.is_settled and is_settled and known.chosen != list(chosen):
        at = now if response.contact_id is not None else _day_of(now)
        change = SurveyAnswerChange(
            response_id=response.key, question=question, old=known.chosen, new=list(chosen), at=at
        )
        change.is_words = known.is_words
        session.add(change)
    known.chosen, known.is_settled = list(chosen), is_settled
    session.flush()


def answers_of(session: Session, response: SurveyResponse | None) -> dict[str, SurveyAnswer]:
    """Question id → answer."""
    if response is None:
        return {}
    mine = select(SurveyAnswer).where(SurveyAnswer.response_id == response.key)
    return {each.question: each for each in session.exec(mine)}


def changes_of(session: Session, response: SurveyResponse) -> Sequence[SurveyAnswerChange]:
    """What was answered before, oldest first."""
    mine = select(SurveyAnswerChange).where(SurveyAnswerChange.response_id == response.key)
    return session.exec(mine.order_by(col(SurveyAnswerChange.id))).all()


def drop_answers(session: Session, response: SurveyResponse, questions: Iterable[str], now: datetime) -> None:
    """Answers to questions that no longer apply, because an earlier answer was changed, are taken back."""
    for question in questions:
        known = _answer(session, response, question)
        if known is not None:
            put(session, response, question, [], now=now)
            session.delete(known)
    session.flush()


def finish(response: SurveyResponse, now: datetime) -> None:
    """Everything was answered; the first time counts."""
    if response.finished_at is None:
        response.finished_at = now if response.contact_id is not None else _day_of(now)


def put_about_ticket(  # noqa: PLR0913  one answer, its place and its time
    session: Session, asking: SurveyAsking, question: str, answer: str, *, channel: str, now: datetime
) -> None:
    """One answer of the satisfaction survey, which counts as answered with its score and may be changed at any time."""
    response = begin(session, asking, respondent_of(asking.contact_id, asking.survey, key=None), channel, now)
    put(session, response, question, [answer], now=now, is_words=question == "words")
    if question == "score":
        finish(response, now)


def score_of(session: Session, ticket_id: int) -> int | None:
    """The score of a ticket, 5 (非常满意) to 1 (很不满意)."""
    return SCORES.get(about_tickets(session, [ticket_id]).get(ticket_id, {}).get("score", ""))


def about_tickets(session: Session, ticket_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Ticket id → what its asker answered (score, solved, words), of those whose asker was to be asked."""
    asked = select(SurveyAsking.ticket_id, SurveyAsking.occasion).where(SurveyAsking.survey == SATISFACTION)
    asked = asked.where(col(SurveyAsking.ticket_id).in_(list(ticket_ids)))
    by_occasion = {occasion: ticket_id for ticket_id, occasion in session.exec(asked) if ticket_id is not None}
    given: dict[int, dict[str, str]] = {ticket_id: {} for ticket_id in by_occasion.values()}
    answers = select(SurveyResponse.occasion, SurveyAnswer.question, SurveyAnswer.chosen).join(
        SurveyAnswer, col(SurveyAnswer.response_id) == col(SurveyResponse.id)
    )
    theirs = answers.where(SurveyResponse.survey == SATISFACTION, col(SurveyResponse.occasion).in_(list(by_occasion)))
    for occasion, question, chosen in session.exec(theirs):
        given[by_occasion[occasion]][question] = chosen[0] if chosen else ""
    return given


# --- one person's records


def of_contact(session: Session, contact_id: int) -> list[dict[str, Any]]:
    """What one person was asked and answered under their name, oldest first."""
    askings = session.exec(
        select(SurveyAsking).where(SurveyAsking.contact_id == contact_id).order_by(col(SurveyAsking.id))
    )
    told = []
    for each in askings.all():
        named = respondent_of(contact_id, each.survey, key=None)
        response = response_of(session, each.survey, each.occasion, named)
        given = {question: answer.chosen for question, answer in answers_of(session, response).items()}
        before = changes_of(session, response) if response is not None else ()
        record = each.model_dump(include={"survey", "occasion", "state", "due_at", "sent_at"})
        told.append(record | {"answers": given, "before": [change.old for change in before]})
    return told


def forget(session: Session, contact_id: int) -> None:
    """Take one person out of their responses, and their words; choices stay for the statistics."""
    for response in session.exec(select(SurveyResponse).where(SurveyResponse.contact_id == contact_id)).all():
        empty_words(session, response)
        response.respondent, response.contact_id = f"erased:{response.key}", None


def empty_words(session: Session, response: SurveyResponse) -> None:
    """Take the words out of a response; what was answered still counts as answered."""
    for answer in answers_of(session, response).values():
        if answer.is_words and answer.chosen:
            answer.chosen = EMPTIED
    before = (col(SurveyAnswerChange.response_id) == response.key, col(SurveyAnswerChange.is_words).is_(True))
    session.connection().execute(update(SurveyAnswerChange).where(*before).values(old=[], new=[]))
    session.flush()


def _answer(session: Session, response: SurveyResponse, question: str) -> SurveyAnswer | None:
    mine = select(SurveyAnswer).where(SurveyAnswer.response_id == response.key, SurveyAnswer.question == question)
    return session.exec(mine).first()


def _day_of(moment: datetime) -> datetime:
    return moment - timedelta(
        hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
    )


def _unless_known(session: Session, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()
