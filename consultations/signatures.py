"""What members of staff signed with their name, and their name in what was written about texts rather than people.

Who wrote, reviewed and approved something stays on record under the account: that is what a review is worth. When the
person behind the account is erased, their name leaves the reasons and notes in which it merely stands.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from consultations import card_drafts, ledgers, seals
from consultations.broadcasts import BroadcastEvent
from consultations.card_drafts import CardDraft, CardDraftEvent
from consultations.cases import TypicalCaseEvent
from consultations.tickets import Staff, Ticket
from consultations.trainings import Training, TrainingEvent

SOMEBODY = "某某"  # what stands instead of the name
ERASURE = Staff("erasure", "")
TELLING = 2  # a name of one character stands in other words too


def names_of(session: Session, key: str) -> set[str]:
    """The names under which this account signed anything; empty for who never worked here."""
    signed = {
        *session.exec(select(BroadcastEvent.actor_name).where(BroadcastEvent.actor == key).distinct()),
        *session.exec(select(CardDraftEvent.actor_name).where(CardDraftEvent.actor == key).distinct()),
        *session.exec(select(TypicalCaseEvent.actor_name).where(TypicalCaseEvent.actor == key).distinct()),
        *session.exec(select(TrainingEvent.actor_name).where(TrainingEvent.actor == key).distinct()),
        *session.exec(select(Ticket.assignee_name).where(Ticket.assignee == key).distinct()),
        *ledgers.names_of(session, key),
    }
    return {each for each in signed if len(each) >= TELLING}


def forget_names(session: Session, names: Collection[str], now: datetime) -> None:
    """Take these names out of the notes on broadcasts, trainings and drafts of cards, out of why an outlet answers
    itself, and out of its ledgers.
    """
    for name in sorted(names, key=len, reverse=True):
        seals.seal_erased(session, "broadcast_event", _replace(session, BroadcastEvent, "note", name))
        _replace(session, CardDraftEvent, "reason", name)
        for model, field in ((TrainingEvent, "note"), (Training, "reason")):
            _replace(session, model, field, name)
        ledgers.forget_name(session, name, SOMEBODY)
        for draft_id in _replace(session, CardDraft, "override_reason", name):
            card_drafts.note(session, draft_id, ERASURE, "", now)  # the card file is written anew
    session.expire_all()


def _replace(session: Session, model: Any, field: str, name: str) -> list[int]:  # noqa: ANN401  a table's class
    """The ids of the rows in which the name stood."""
    column = col(getattr(model, field))
    found = list(session.exec(select(model.id).where(column.contains(name, autoescape=True))))
    changed = update(model).where(col(model.id).in_(found)).values({field: func.replace(column, name, SOMEBODY)})
    if found:
        session.connection().execute(changed)
    return found
