"""Which records count (计入的记录): the queries behind the figures of reports, each a select of ids within a scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import false
from sqlmodel import Session, col, func, select

from consultations.archive import Consultation
from consultations.attendances import Attendance
from consultations.broadcasts import Broadcast
from consultations.card_drafts import CardDraft
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise, EnterpriseYear
from consultations.entries import VOID
from consultations.opinions import Opinion
from consultations.questionnaires import SATISFACTION
from consultations.selection import Selection
from consultations.surveys import SurveyAnswer, SurveyAsking, SurveyResponse, about_tickets
from consultations.tickets import Ticket
from consultations.trainings import TAKEN_PLACE, Training

NO_QUESTION = (VOID, "refused", "throttled", "file")  # actions of records in which nobody asked anything
SMALL_TALK = ("greeting", "thanks", "identity", "chitchat", "abuse", "injection")  # labels of what is no consultation
SATISFIED = 4  # the lowest score, of 1 to 5, that counts as satisfied
SOLVED = "解决了"
_AT_ONCE = 5000  # ids in one query


@dataclass(frozen=True)
class Scope:
    """What is counted: from `start` on, before `end`, as it stands at `now`, of what is selected."""

    start: datetime
    end: datetime
    now: datetime
    selection: Selection = field(default_factory=Selection)


Query = Callable[[Scope], Any]  # a select of ids, each once, in SQLAlchemy's types


@dataclass(frozen=True)
class Part:
    """A query for a part of what `whole` finds: what meets the conditions, or each value of a column once.

    The column is never empty. What several parts of one whole count is counted in one pass over it (`count_parts`).
    """

    whole: Callable[..., Any]
    conditions: tuple[Any, ...] = ()
    column: Any = None

    def __call__(self, scope: Scope) -> Any:  # noqa: ANN401
        """The ids, or the values."""
        found = self.whole(scope, *self.conditions)
        return found if self.column is None else found.with_only_columns(self.column).distinct()

    @property
    def number(self) -> Any:  # noqa: ANN401
        """How many that are, as a column of a query for the whole."""
        counted = func.count() if self.column is None else func.count(self.column.distinct())
        return counted.filter(*self.conditions) if self.conditions else counted


Key = TypeVar("Key", str, int)


def count_parts(session: Session, scope: Scope, parts: Mapping[Key, Part]) -> dict[Key, int]:
    """How many records each part counts, by its key."""
    found: dict[Key, int] = {}
    for whole in {each.whole: None for each in parts.values()}:
        of_this = {key: each.number for key, each in parts.items() if each.whole is whole}
        row = session.connection().execute(whole(scope).with_only_columns(*of_this.values())).one()
        found |= dict(zip(of_this, row, strict=True))
    return found


def consultations_in(scope: Scope, *more: Any) -> Any:  # noqa: ANN401  conditions and a query, in SQLAlchemy's types
    """The ids of the consultations that count: asked in the period; not void, no small talk, and not asked anew by a
    later record (an edit, the next of several messages read as one, the correction of an entry).
    """
    later = select(Consultation.edit_of).where(col(Consultation.edit_of).is_not(None))
    return select(Consultation.id).where(
        col(Consultation.created_at) >= scope.start,
        col(Consultation.created_at) < scope.end,
        col(Consultation.action).not_in(NO_QUESTION),
        col(Consultation.label).not_in(SMALL_TALK),
        col(Consultation.id).not_in(later),
        *scope.selection.consultations(),
        *more,
    )


def tickets_in(scope: Scope, *more: Any) -> Any:  # noqa: ANN401  as above
    """The ids of the tickets taken in during the period, those the asker withdrew left out."""
    return select(Ticket.id).where(
        col(Ticket.created_at) >= scope.start,
        col(Ticket.created_at) < scope.end,
        col(Ticket.state) != "withdrawn",
        *scope.selection.tickets(),
        *more,
    )


def answers_about(session: Session, ticket_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """What the askers of these tickets answered in the satisfaction survey, by ticket."""
    found: dict[int, dict[str, str]] = {}
    for at in range(0, len(ticket_ids), _AT_ONCE):
        found |= about_tickets(session, ticket_ids[at : at + _AT_ONCE])
    return found


# --- queries


def consultations_where(*more: Any) -> Query:  # noqa: ANN401
    """A query for the consultations that count and meet these conditions."""
    return Part(consultations_in, more)


def tickets_where(*more: Any) -> Query:  # noqa: ANN401
    """A query for the tickets that count and meet these conditions."""
    return Part(tickets_in, more)


def during(model: Any, moment: Any, *more: Any) -> Query:  # noqa: ANN401
    """The rows of a table whose `moment` lies in the period, which hang on tickets."""
    writer = {Opinion: Opinion.entered_by, CardDraft: CardDraft.author}.get(model)

    def query(scope: Scope) -> Any:  # noqa: ANN401
        inside = (col(moment) >= scope.start, col(moment) < scope.end)
        return select(model.id).where(*inside, *scope.selection.on_tickets(model.ticket_id, writer), *more)

    return query


def broadcasts_sent(scope: Scope) -> Any:  # noqa: ANN401
    """Pushes that were handed to the channels in the period; they belong to no outlet."""
    inside = (col(Broadcast.confirmed_at) >= scope.start, col(Broadcast.confirmed_at) < scope.end)
    return select(Broadcast.id).where(*inside, *scope.selection.of_nowhere())


def _trainings_in(scope: Scope) -> list[Any]:
    """The conditions for trainings that took place in the period, of what is selected."""
    chosen = scope.selection
    found = [
        col(Training.state).in_(TAKEN_PLACE),
        col(Training.ends_at) >= scope.start,
        col(Training.ends_at) < scope.end,
    ]
    found += [col(Training.outlet).in_(chosen.outlets)] if chosen.outlets else []
    return found + ([col(Training.service_item).in_(chosen.items)] if chosen.items else [])


def trainings_held(scope: Scope) -> Any:  # noqa: ANN401
    """Trainings that took place in the period, of what is selected."""
    # A training has no channel.
    return select(Training.id).where(*_trainings_in(scope), *([false()] if scope.selection.channels else []))


def attended(scope: Scope) -> Any:  # noqa: ANN401
    """Who came to a training that took place in the period."""
    by = [col(Attendance.channel).in_(scope.selection.channels)] if scope.selection.channels else []
    held = select(Training.id).where(*_trainings_in(scope))
    return select(Attendance.id).where(Attendance.state == "attended", col(Attendance.training_id).in_(held), *by)


def _days(scope: Scope) -> tuple[date, date]:
    """The first and the last day of a scope: its bounds are midnights of a zone less than half a day from UTC."""
    half = timedelta(hours=12)
    return (scope.start + half).date(), (scope.end - half).date()


def on_year_list(scope: Scope) -> Any:  # noqa: ANN401
    """Enterprises that stood on the list of a year of the period."""
    first, last = _days(scope)
    return (
        select(Enterprise.id)
        .join(EnterpriseYear, col(EnterpriseYear.enterprise_id) == col(Enterprise.id))
        .where(
            col(EnterpriseYear.year).between(first.year, last.year),
            col(EnterpriseYear.struck_at).is_(None),
            col(Enterprise.removed_at).is_(None),
            *scope.selection.at_outlet(Enterprise.outlet),
        )
        .distinct()
    )


def visits_paid(scope: Scope) -> Any:  # noqa: ANN401
    """Visits that were paid in the period."""
    first, last = _days(scope)
    return (
        select(EnterpriseVisit.id)
        .join(Enterprise, col(EnterpriseVisit.enterprise_id) == col(Enterprise.id))
        .where(
            col(EnterpriseVisit.visited_on).between(first, last),
            col(EnterpriseVisit.struck_at).is_(None),
            *scope.selection.at_outlet(Enterprise.outlet),
        )
    )


# Who asked something that counts, each once.
people_asking = Part(consultations_in, column=col(Consultation.contact_id))


def due(scope: Scope) -> Any:  # noqa: ANN401
    """Tickets that were answered, or whose time for an answer is up."""
    return tickets_in(scope, col(Ticket.replied_at).is_not(None) | (col(Ticket.due_at) <= scope.now))


def polled(scope: Scope) -> Any:  # noqa: ANN401
    """Tickets whose asker was asked how it went."""
    asked = (SurveyAsking.survey == SATISFACTION, col(SurveyAsking.sent_at).is_not(None))
    return select(SurveyAsking.ticket_id).where(*asked, col(SurveyAsking.ticket_id).in_(tickets_in(scope))).distinct()


def answered(question: str, *wanted: str) -> Query:
    """The tickets whose asker answered that question; with `wanted`, those who gave one of these answers."""
    chosen: Any = SurveyAnswer.chosen  # a JSON column
    given = chosen[0].as_string()
    said = given.in_(wanted) if wanted else func.coalesce(given, "") != ""

    def query(scope: Scope) -> Any:  # noqa: ANN401
        same = (col(SurveyResponse.survey) == SATISFACTION) & (
            col(SurveyResponse.occasion) == col(SurveyAsking.occasion)
        )
        asked = select(SurveyAsking.ticket_id).where(
            SurveyAsking.survey == SATISFACTION, col(SurveyAsking.ticket_id).in_(tickets_in(scope))
        )
        told = asked.join(SurveyResponse, same).join(
            SurveyAnswer, col(SurveyAnswer.response_id) == col(SurveyResponse.id)
        )
        return told.where(SurveyAnswer.question == question, said).distinct()

    return query
