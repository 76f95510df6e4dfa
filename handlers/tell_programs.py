"""Tell other programs what happened (事件通知): looks through the histories, plans a row for each program and event.

The histories are the truth: whatever wrote them, a chat, the console, a command while the service was down, is told
once. Ids are given before they are committed, so on PostgreSQL a smaller one may appear later: each look begins a
little before the last, and what was planned already is not planned again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from consultations import webhooks
from consultations.questionnaires import SATISFACTION
from consultations.surveys import SurveyAnswer, SurveyAsking, SurveyResponse
from consultations.tickets import Ticket, TicketEvent
from consultations.webhooks import Event, Webhook, WebhookCursor
from handlers.desk import Desk
from policies.compilation import Revision
from policies.review import RevisionEvent

AT_ONCE = 500  # rows of history in one look
OVERLAP = 200  # rows looked at once more
_OF_STATE: Mapping[str, Event] = {"open": "ticket.opened", "replied": "ticket.answered", "closed": "ticket.closed"}


@dataclass(frozen=True)
class Happened:
    """One event: what it is known by, when it was, what is told of it."""

    event: Event
    key: str
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class _History:
    """One table to look through, from an id on: the events in it, and the last id seen."""

    source: str
    newest: Any
    read: Callable[[Session, int], tuple[list[Happened], int]]


def plan(desk: Desk) -> int:
    """How many deliveries were planned; nothing is looked at while nobody wants to hear."""
    with desk.reading() as session:
        if not webhooks.alive(session):
            return 0
    now = desk.now()
    with desk.writing() as session:
        listening = webhooks.alive(session)
        before = _count(session)
        for history in _HISTORIES:
            _look(session, history, listening, now)
        return _count(session) - before


def begin(session: Session) -> None:
    """Forget what was before the first webhook: it is told of what happens from now on."""
    for history in _HISTORIES:
        last = session.exec(select(func.max(history.newest))).one() or 0
        cursor = session.get(WebhookCursor, history.source)
        if cursor is None:
            session.add(WebhookCursor(source=history.source, last_id=last))
        elif not webhooks.alive(session):
            cursor.last_id = last


def _look(session: Session, history: _History, listening: Sequence[Webhook], now: datetime) -> None:
    cursor = session.get(WebhookCursor, history.source)
    if cursor is None:
        return
    found, last = history.read(session, max(0, cursor.last_id - OVERLAP))
    cursor.last_id = max(cursor.last_id, last)
    for each in found:
        for webhook in listening:
            if each.event in webhook.events and each.at >= webhook.made_at:
                webhooks.tell(session, webhook, each.event, each.key, each.facts, now)


def _tickets(session: Session, after: int) -> tuple[list[Happened], int]:
    history = select(TicketEvent, Ticket).join(Ticket, col(Ticket.id) == col(TicketEvent.ticket_id))
    rows = session.exec(history.where(col(TicketEvent.id) > after).order_by(col(TicketEvent.id)).limit(AT_ONCE)).all()
    return list(_ticket_events(rows)), max((event.id or 0 for event, _ in rows), default=0)


def _ticket_events(rows: Sequence[tuple[TicketEvent, Ticket]]) -> Iterator[Happened]:
    for event, ticket in rows:
        name = _OF_STATE.get(event.to_state)
        is_return = event.to_state == "open" and event.from_state not in ("", "closed")
        if name is None or event.from_state == event.to_state or is_return:
            continue
        facts = {"ticket": ticket.number, "state": event.to_state, "kind": ticket.kind, "outlet": ticket.outlet}
        yield Happened(name, f"ticket_event:{event.id}", event.at, facts)


def _policies(session: Session, after: int) -> tuple[list[Happened], int]:
    history = select(RevisionEvent, Revision).join(Revision, col(Revision.id) == col(RevisionEvent.revision_id))
    wanted = history.where(col(RevisionEvent.id) > after).order_by(col(RevisionEvent.id)).limit(AT_ONCE)
    rows = session.exec(wanted).all()
    found = [
        Happened(
            "policy.published",
            f"revision_event:{event.id}",
            event.at,
            {"policy": revision.policy_id, "version": revision.id, "state": "published"},
        )
        for event, revision in rows
        if event.to_state == "published" != event.from_state
    ]
    return found, max((event.id or 0 for event, _ in rows), default=0)


def _ratings(session: Session, after: int) -> tuple[list[Happened], int]:
    given = (
        select(SurveyAnswer.id, SurveyAnswer.question, SurveyResponse.finished_at, Ticket)
        .join(SurveyResponse, col(SurveyResponse.id) == col(SurveyAnswer.response_id))
        .join(
            SurveyAsking,
            (col(SurveyAsking.survey) == col(SurveyResponse.survey))
            & (col(SurveyAsking.occasion) == col(SurveyResponse.occasion))
            & (col(SurveyAsking.contact_id) == col(SurveyResponse.contact_id)),
        )
        .join(Ticket, col(Ticket.id) == col(SurveyAsking.ticket_id))
        .where(col(SurveyAnswer.id) > after, SurveyResponse.survey == SATISFACTION)
    )
    rows = session.exec(given.order_by(col(SurveyAnswer.id)).limit(AT_ONCE)).all()
    found = [
        Happened("rating.given", f"rating:{answer}", at, {"ticket": ticket.number, "outlet": ticket.outlet})
        for answer, question, at, ticket in rows
        if question == "score" and at is not None
    ]
    return found, max((row[0] or 0 for row in rows), default=0)


_HISTORIES = (
    _History("ticket_event", col(TicketEvent.id), _tickets),
    _History("revision_event", col(RevisionEvent.id), _policies),
    _History("survey_answer", col(SurveyAnswer.id), _ratings),
)


def _count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(webhooks.WebhookDelivery)).one()
