"""Corrections (更正推送): which answers of the archive rest on what has changed since, and which changes were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.archive import Consultation

_BEGINNING = ""  # the subject of the row that says from when on changes are told


@dataclass(frozen=True)
class Change:
    """A card or a law (`subject`: ``card:<id>``, ``law:<title>``) that said one thing and says another now."""

    subject: str
    before: str
    after: str


class ToldChange(SQLModel, table=True):
    """One change whose askers were looked for: of two processes, one does it. `n_told` is how many will hear of it."""

    __tablename__ = "told_change"
    __table_args__ = (UniqueConstraint("subject", "before", "after"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str
    before: str
    after: str
    n_told: int
    at: datetime


def has_begun(session: Session) -> bool:
    """Whether changes are told already; the first look only takes stock."""
    return session.exec(select(ToldChange.id).where(ToldChange.subject == _BEGINNING)).first() is not None


def begin(session: Session, now: datetime) -> None:
    """From now on changes are told."""
    record(session, Change(_BEGINNING, "", ""), 0, now)


def told(session: Session) -> set[Change]:
    """The changes that were dealt with."""
    return {Change(each.subject, each.before, each.after) for each in session.exec(select(ToldChange))}


def record(session: Session, change: Change, n_told: int, now: datetime) -> bool:
    """Whether this process deals with the change: of two, one gets ``True``."""
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    adding = insert(ToldChange).on_conflict_do_nothing().returning(col(ToldChange.id))
    row = {**vars(change), "n_told": n_told, "at": now}
    return session.connection().execute(adding, row).scalar_one_or_none() is not None


def cards_answered_with(session: Session) -> set[tuple[str, str]]:
    """``(card id, card version)`` of all answers in the archive that came from cards."""
    pairs = select(Consultation.card_id, Consultation.card_version).where(
        Consultation.action == "answer", Consultation.card_id != ""
    )
    return set(session.exec(pairs.distinct()))


def laws_answered_with(session: Session) -> set[tuple[str, str]]:
    """``(law, version)`` of all answers in the archive that were articles themselves."""
    citations = select(Consultation.citations).where(Consultation.action == "answer", Consultation.card_id == "")
    return {(str(each[0]), str(each[2])) for cited in session.exec(citations) for each in cited if each[2]}


def answered_with_card(session: Session, card_id: str, version: str) -> Sequence[Consultation]:
    """The answers that came from this version of a card, oldest first; without those whose words were erased."""
    theirs = select(Consultation).where(
        Consultation.action == "answer",
        Consultation.card_id == card_id,
        Consultation.card_version == version,
        Consultation.question != "",
    )
    return session.exec(theirs.order_by(col(Consultation.id))).all()


def answered_with_law(session: Session, law: str, version: str) -> Sequence[Consultation]:
    """The answers that were articles of this version of a law, oldest first; without those whose words were erased."""
    theirs = select(Consultation).where(
        Consultation.action == "answer", Consultation.card_id == "", Consultation.question != ""
    )
    found = session.exec(theirs.order_by(col(Consultation.id))).all()
    return [each for each in found if any((cited[0], cited[2]) == (law, version) for cited in each.citations)]
