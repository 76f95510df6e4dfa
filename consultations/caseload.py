"""Who has what in hand (在办): the tickets of each member of staff, and those nobody took."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from consultations.tickets import ALIVE, WAITING, Ticket


def loads(session: Session) -> dict[str, int]:
    """How many living tickets each member of staff has, by key; given to somebody counts as theirs."""
    whose = func.coalesce(func.nullif(col(Ticket.holder), ""), col(Ticket.assignee))
    alive = select(whose, func.count()).where(col(Ticket.state).in_(ALIVE), col(Ticket.merged_into).is_(None))
    return {key: n for key, n in session.exec(alive.group_by(whose)) if key}


def last_adviser(session: Session, contact_id: int) -> str:
    """The key of who answered this person last; empty when nobody did."""
    answered = select(Ticket.holder).where(
        Ticket.contact_id == contact_id, col(Ticket.replied_at).is_not(None), Ticket.holder != ""
    )
    return session.exec(answered.order_by(col(Ticket.id).desc()).limit(1)).first() or ""


def with_people(session: Session) -> Sequence[Ticket]:
    """The living tickets that are somebody's, oldest first; merged ones go with their leading ticket."""
    alive = select(Ticket).where(col(Ticket.state).in_(("assigned", "claimed", "replied")))
    return session.exec(alive.where(col(Ticket.merged_into).is_(None)).order_by(col(Ticket.id))).all()


def unclaimed(session: Session, limit: int = 500) -> Sequence[Ticket]:
    """The living tickets nobody took, the most urgent first."""
    waiting = select(Ticket).where(col(Ticket.state).in_(WAITING), col(Ticket.merged_into).is_(None))
    return session.exec(waiting.order_by(col(Ticket.due_at), col(Ticket.id)).limit(limit)).all()
