"""Checks the chain of seals (封存链) link by link and every record against its newest seal.

What is wrong comes as values, in the order of the chain. The head of the chain, noted outside the database as a code
(封存码: position and hash), shows later whether somebody wrote the chain anew or cut its end off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from consultations.archive import Consultation
from consultations.audit import AuditEntry
from consultations.broadcasts import BroadcastEvent
from consultations.cases import TypicalCase, TypicalCaseEvent
from consultations.opinions import Opinion, OpinionEvent
from consultations.referrals import Referral, ReferralEvent
from consultations.seals import FORM, FORMS, GENESIS, Record, Seal, facts_digest, head, link, newest_of, words_digest
from consultations.tickets import Ticket, TicketEvent

What = Literal["facts", "words", "missing", "unsealed", "state", "link", "gap", "end", "code"]

SHORTEST_HASH = 12  # hexadecimal digits of a code that may be compared
_AT_ONCE = 1000
_LINKS = (
    *(col(each) for each in (Seal.position, Seal.kind, Seal.record_id, Seal.form, Seal.cause)),
    *(col(each) for each in (Seal.facts, Seal.words, Seal.hash)),
)
_Row = TypeVar("_Row")
_CODE = re.compile(rf"(\d{{1,15}})-([0-9a-f]{{{SHORTEST_HASH},64}})", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """Something that does not agree with the chain.

    `position` is the seal it shows at (one after the last for a record without any); `kind` is empty when it is the
    chain itself. `number` and `at` are what the record says of itself, empty when it is gone.
    """

    what: What
    position: int
    kind: str = ""
    record_id: int = 0
    number: str = ""
    at: datetime | None = None

    @property
    def key(self) -> str:
        """The same every night while it is the same fault."""
        return f"seal:{self.what}:{self.kind}:{self.record_id or self.position}"


@dataclass(frozen=True)
class Code:
    """The head of the chain at some time, as it was noted elsewhere."""

    position: int
    hash: str

    @classmethod
    def read(cls, text: str) -> Code | None:
        """A code as ``12345-8f3a…`` with at least twelve digits of the hash; ``None`` for anything else."""
        found = _CODE.fullmatch(text.strip())
        return cls(int(found[1]), found[2].lower()) if found else None

    @property
    def short(self) -> str:
        """What fits on paper: sixteen digits of the hash, more than anybody can find again by trying."""
        return f"{self.position}-{self.hash[:16]}"

    def __str__(self) -> str:
        return f"{self.position}-{self.hash}"


@dataclass(frozen=True)
class Report:
    """What was found: how many seals and records of each kind there are, and of how many the words were erased."""

    n_seals: int
    code: Code
    n_records: Mapping[str, int]
    n_erased: int
    faults: tuple[Fault, ...]


def check(
    session: Session, codes: Iterable[Code] = (), progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Report:
    """The whole chain and everything it covers, faults in the order of the chain; few records are held at a time.

    Args:
        session: For reading.
        codes: Heads noted earlier, which the chain must still pass through.
        progress: Called with what is done and what there is to do.
    """
    n_records = {kind: _count(session, select(form.model.id)) for kind, form in FORMS[FORM].items()}
    n_seals = _count(session, select(Seal.position))
    position, last = head(session)
    step = _Steps(progress, n_seals + sum(n_records.values()))
    faults = [*_chain_faults(session, {each.position: each for each in codes}, step)]
    for kind in n_records:
        faults += [*_record_faults(session, kind, position + 1, step), *_missing(session, kind)]
    faults += _state_faults(session)
    n_erased = _count(session, select(Seal.kind, Seal.record_id).where(Seal.cause == "erase").distinct())
    ordered = sorted(faults, key=lambda each: (each.position, each.kind, each.record_id))
    return Report(n_seals, Code(position, last), n_records, n_erased, tuple(ordered))


@dataclass
class _Steps:
    """Tells of progress in steps of `_AT_ONCE`."""

    tell: Callable[[int, int], None]
    total: int
    done: int = 0

    def over(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        for row in rows:
            self.done += 1
            if self.done % _AT_ONCE == 0:
                self.tell(self.done, self.total)
            yield row


def _count(session: Session, query: Any) -> int:  # noqa: ANN401  a select of any columns
    return session.exec(select(func.count()).select_from(query.subquery())).one()


# ---- the chain itself


def _chain_faults(session: Session, codes: Mapping[int, Code], step: _Steps) -> Iterator[Fault]:
    """Each place at which the chain is not what it was; what comes after it is judged by itself."""
    seals = select(*_LINKS).order_by(col(Seal.position)).execution_options(yield_per=_AT_ONCE)
    position, previous = 0, GENESIS
    for seal in step.over(session.connection().execute(seals).mappings()):
        if seal["position"] != position + 1:
            yield Fault("gap", position + 1)
        elif link(previous, dict(seal)) != seal["hash"]:
            yield Fault("link", seal["position"], seal["kind"], seal["record_id"])
        position, previous = seal["position"], seal["hash"]
        code = codes.get(position)
        if code is not None and not previous.startswith(code.hash):
            yield Fault("code", position)
    if (position, previous) != head(session):
        yield Fault("end", position + 1)
    yield from (Fault("code", each) for each in codes if each > position)


# ---- the records


def _record_faults(session: Session, kind: str, after_all: int, step: _Steps) -> Iterator[Fault]:
    """The records of one kind that are not what their newest seal says, or have none."""
    model: Any = FORMS[FORM][kind].model
    its = aliased(Seal)
    newest = select(func.max(its.position)).where(its.kind == kind, its.record_id == model.id)
    both = select(model, Seal).outerjoin(Seal, col(Seal.position) == newest.scalar_subquery())
    for record, seal in step.over(session.exec(both.order_by(model.id).execution_options(yield_per=_AT_ONCE))):
        what: What | None = "unsealed" if seal is None else _difference(kind, record, seal)
        if what:
            position = seal.position if seal else after_all
            yield Fault(what, position, kind, record.id, _number(session, record), _at(record))


def _difference(kind: str, record: Record, seal: Seal) -> What | None:
    if facts_digest(kind, record, seal.form) != seal.facts:
        return "facts"
    return None if words_digest(kind, record, seal.form, seal.salt) == seal.words else "words"


def _missing(session: Session, kind: str) -> Iterator[Fault]:
    model: Any = FORMS[FORM][kind].model
    newest = select(func.max(Seal.position), Seal.record_id).outerjoin(model, model.id == col(Seal.record_id))
    gone = newest.where(Seal.kind == kind, model.id.is_(None)).group_by(col(Seal.record_id))
    yield from (Fault("missing", position, kind, record_id) for position, record_id in session.exec(gone))


# What has states of its own, its history, and how a line of that names what it belongs to.
_OWNERS: Mapping[type[Record], tuple[Any, str]] = {
    OpinionEvent: (Opinion, "opinion_id"),
    ReferralEvent: (Referral, "referral_id"),
    TypicalCaseEvent: (TypicalCase, "case_id"),
}
_NUMBERED = Consultation | Ticket | Opinion | Referral | TypicalCase
_HISTORIES: tuple[tuple[str, Any, Any, str], ...] = (
    ("ticket", Ticket, TicketEvent, "ticket_id"),
    ("opinion", Opinion, OpinionEvent, "opinion_id"),
    ("referral", Referral, ReferralEvent, "referral_id"),
    ("typical_case", TypicalCase, TypicalCaseEvent, "case_id"),
)


def _state_faults(session: Session) -> Iterator[Fault]:
    """Records whose state is not the one their history ends with."""
    for kind, model, line, owner in _HISTORIES:
        its = aliased(line)
        last = select(func.max(its.id)).where(getattr(its, owner) == model.id).scalar_subquery()
        both = select(model, line).join(line, line.id == last).where(model.state != line.to_state)
        for record, at_last in session.exec(both):
            seal = newest_of(session, f"{kind}_event", at_last.id)
            yield Fault("state", seal.position if seal else 0, kind, record.id, record.number, record.created_at)


def _number(session: Session, record: Record) -> str:
    """The number people know a record by: its own, or that of what it belongs to."""
    if isinstance(record, _NUMBERED):
        return record.number
    if isinstance(record, AuditEntry):
        return ""
    if isinstance(record, BroadcastEvent):
        return str(record.broadcast_id)
    model, owner = _OWNERS.get(type(record), (Ticket, "ticket_id"))
    return session.exec(select(model.number).where(model.id == getattr(record, owner))).first() or ""


def _at(record: Record) -> datetime:
    return record.created_at if isinstance(record, _NUMBERED) else record.at
