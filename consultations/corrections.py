"""Corrections (更正推送): which answers of the archive rest on what has changed since, and which changes were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.archive import Consultation

_BEGINNING = ""  # the subject of the row that says from when on changes are told


@dataclass(frozen=True)
class Change:
    """A card or a law that says `after` now where answers quoted `before`.

    `subject` is ``card:<id>``, ``card:<id>@<outlet>`` for who belongs to that outlet (网点), or ``law:<title>``.
    `before` and `after` are versions of a card, or ids of revisions of a law. `nth` counts the changes since those
    answers, from 0: there and back again are two.
    """

    subject: str
    before: str
    after: str
    nth: int = 0


class ToldChange(SQLModel, table=True):
    """One change whose askers were looked for: of two processes, one does it. `n_told` is how many will hear of it."""

    __tablename__ = "told_change"
    __table_args__ = (UniqueConstraint("subject", "before", "nth"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str
    before: str
    after: str
    nth: int
    n_told: int
    at: datetime


class Correction(SQLModel, table=True):
    """What somebody was told after an answer of theirs: `after` of the change, `words` the hashes of what counted."""

    __tablename__ = "correction"

    id: int | None = Field(default=None, primary_key=True)
    consultation_id: int = Field(foreign_key="consultation.id", index=True)
    subject: str = Field(index=True)
    after: str
    words: str
    at: datetime


def has_begun(session: Session) -> bool:
    """Whether changes are told already; the first look only takes stock."""
    return session.exec(select(ToldChange.id).where(ToldChange.subject == _BEGINNING)).first() is not None


def begin(session: Session, now: datetime) -> None:
    """From now on changes are told."""
    record(session, Change(_BEGINNING, "", ""), 0, now)


def due(session: Session, holding: Iterable[tuple[str, str, str]]) -> list[Change]:
    """What nobody dealt with yet of ``(subject, quoted, what holds now)``."""
    last: dict[tuple[str, str], tuple[str, int]] = {}
    for each in session.exec(select(ToldChange).order_by(col(ToldChange.nth))):
        last[each.subject, each.before] = (each.after, each.nth + 1)
    found = []
    for subject, before, now in holding:
        known, nth = last.get((subject, before), (before, 0))
        if now != known:
            found.append(Change(subject, before, now, nth))
    return found


def record(session: Session, change: Change, n_told: int, now: datetime) -> bool:
    """Whether this process deals with the change: of two, one gets ``True``."""
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    adding = insert(ToldChange).on_conflict_do_nothing().returning(col(ToldChange.id))
    row = {**vars(change), "n_told": n_told, "at": now}
    return session.connection().execute(adding, row).scalar_one_or_none() is not None


def read_since(session: Session, subject: str) -> dict[int, Correction]:
    """The last correction of each answer about a subject, by the id of its consultation."""
    theirs = select(Correction).where(Correction.subject == subject).order_by(col(Correction.id))
    return {each.consultation_id: each for each in session.exec(theirs)}


def subjects_told(session: Session) -> Sequence[str]:
    """Everything whose change was ever told, or had nobody to be told."""
    return session.exec(select(ToldChange.subject).distinct()).all()


def told_person(session: Session, contact_id: int, subject: str) -> Sequence[Correction]:
    """What one person was told about a subject, oldest first."""
    theirs = (
        select(Correction)
        .join(Consultation, col(Consultation.id) == Correction.consultation_id)
        .where(Correction.subject == subject, Consultation.contact_id == contact_id)
    )
    return session.exec(theirs.order_by(col(Correction.id))).all()


def cards_answered_with(session: Session) -> set[tuple[str, str]]:
    """``(card id, card version)`` of all answers in the archive that came from cards."""
    pairs = select(Consultation.card_id, Consultation.card_version).where(
        Consultation.action == "answer", Consultation.card_id != ""
    )
    return set(session.exec(pairs.distinct()))


def laws_answered_with(session: Session) -> set[tuple[str, str]]:
    """``(law, revision id)`` of all answers in the archive that were articles themselves."""
    citations = select(Consultation.citations).where(Consultation.action == "answer", Consultation.card_id == "")
    return {quoted for cited in session.exec(citations) for quoted in _revisions(cited)}


def answered_with_card(session: Session, card_id: str, version: str) -> Sequence[Consultation]:
    """The answers that came from this version of a card, oldest first; without those whose words were erased."""
    theirs = select(Consultation).where(
        Consultation.action == "answer",
        Consultation.card_id == card_id,
        Consultation.card_version == version,
        Consultation.question != "",
    )
    return session.exec(theirs.order_by(col(Consultation.id))).all()


def answered_with_law(session: Session, law: str, revision: str) -> Sequence[Consultation]:
    """The answers that were articles of this revision, oldest first; without those whose words were erased."""
    theirs = select(Consultation).where(
        Consultation.action == "answer", Consultation.card_id == "", Consultation.question != ""
    )
    found = session.exec(theirs.order_by(col(Consultation.id))).all()
    return [each for each in found if (law, revision) in _revisions(each.citations)]


def _revisions(citations: Iterable[Sequence[str]]) -> set[tuple[str, str]]:
    """``(law, revision id)`` of cited articles, as their passage ids ``art:<revision id>:<key>`` say."""
    parts = [(str(each[0]), str(each[3]).split(":")) for each in citations]
    return {(law, passage[1]) for law, passage in parts if passage[0] == "art"}
