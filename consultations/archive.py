"""The consultation archive (咨询档案): every question, with what was found, what was answered and what came of it.

A record is written once with its reply; later only `outcome` (有帮助/没帮助), an edit and erasure touch it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, ColumnElement, Index, update
from sqlmodel import Field, Session, SQLModel, col, select

Outcome = Literal["", "good", "bad"]


COUNTED = ("action", "label", "service_item", "channel", "card_id", "ticket_id", "contact_id", "id")


class Consultation(SQLModel, table=True):
    """One question and its answer.

    `action` is ``answer``, ``clarify``, ``escalate``, ``out_of_scope`` from the answering path, or ``refused`` (could
    not be read), ``throttled`` (too many at once), ``file``. `hits` are ``[passage id, score, coverage]``, `citations`
    ``[law, article, version, passage id]``: with the version of the card they say exactly which texts were quoted.
    `edit_of` is the consultation whose question this one asks anew: after an edit, or as the next of several messages
    read as one.
    """

    __tablename__ = "consultation"
    __table_args__ = (
        Index("ix_consultation_contact", "contact_id", "id"),
        Index("ix_consultation_edit_of", "edit_of"),
        # All that figures look at: they count without reading questions and replies.
        Index("ix_consultation_counted", "created_at", *COUNTED),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    contact_id: int = Field(foreign_key="contact.id")
    received_id: int = Field(foreign_key="received_message.id", index=True)
    ticket_id: int | None = Field(default=None, index=True)
    channel: str
    question: str
    terms: list[str] = Field(default_factory=list, sa_type=JSON)
    hits: list[list[Any]] = Field(default_factory=list, sa_type=JSON)
    citations: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    card_id: str = ""
    card_version: str = ""
    service_item: str = ""
    action: str
    label: str = ""
    confidence: float = 0.0
    latency_ms: float = 0.0
    outcome: str = ""
    reply: str = ""
    trace: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    edited_text: str = ""
    edit_of: int | None = None
    created_at: datetime = Field(index=True)

    @property
    def key(self) -> int:
        """The id of a stored consultation."""
        assert self.id is not None
        return self.id


def file_consultation(session: Session, consultation: Consultation) -> Consultation:
    """The same record, stored, with its id."""
    session.add(consultation)
    session.flush()
    return consultation


def owned(session: Session, consultation_id: int | None, contact_id: int) -> Consultation | None:
    """A consultation of this very person; ``None`` for anybody else's, or when there is none."""
    found = session.get(Consultation, consultation_id) if consultation_id else None
    return found if found is not None and found.contact_id == contact_id else None


def judge(consultation: Consultation, outcome: Outcome) -> None:
    """The asker says whether the answer helped; the last word counts."""
    consultation.outcome = outcome


def latest(session: Session, contact_id: int, limit: int) -> Sequence[Consultation]:
    """One person's last consultations, newest first."""
    theirs = select(Consultation).where(Consultation.contact_id == contact_id)
    return session.exec(theirs.order_by(col(Consultation.id).desc()).limit(limit)).all()


def named(session: Session, name: str) -> Consultation | None:
    """The consultation of that number (letters in any case) or id."""
    if name.isdecimal() and len(name) <= 9:
        return session.get(Consultation, int(name))
    return session.exec(select(Consultation).where(Consultation.number == name.strip().upper())).first()


def of_received(session: Session, received_id: int) -> Consultation | None:
    """The consultation made of one received message."""
    return session.exec(select(Consultation).where(Consultation.received_id == received_id)).first()


def forget(session: Session, contact_id: int) -> None:
    """Take one person's words out of their consultations; number, class, action and outcome stay for the statistics."""
    _empty(session, col(Consultation.contact_id) == contact_id)


def empty(session: Session, consultation_ids: Collection[int]) -> None:
    """Take the words out of these consultations."""
    _empty(session, col(Consultation.id).in_(consultation_ids))


def _empty(session: Session, which: ColumnElement[bool]) -> None:
    blank: dict[str, Any] = {"question": "", "reply": "", "edited_text": "", "terms": [], "trace": {}}
    session.connection().execute(update(Consultation).where(which).values(**blank))
