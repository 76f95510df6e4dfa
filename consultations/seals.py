"""Seals (封存): a chain of digests over archive, tickets, opinions, referrals, typical cases and audit trail, so that
nothing is changed unseen.

Every record that is written, changed or erased gets a seal in the same transaction. A seal holds two digests, one of
the record's facts and one of its words with a random salt beside them, and is bound to the seal before it by its hash:
whoever changes or removes a record, or a seal, breaks the chain there. When somebody's words are erased their old salts
go too, so that no digest can be tried against a guess; the facts, the chain and a seal that says so remain. (In form 1
the notes of a ticket's history are facts: what was noted before form 2 can be erased, yet its digest has no salt.)

A chain proves nothing against somebody who writes it anew from some seal on to the end: that is what a code (封存码)
noted elsewhere is for, see `consultations.seal_check`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Index, bindparam, event, insert, inspect, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import object_session
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.archive import Consultation
from consultations.audit import AuditEntry
from consultations.broadcasts import BroadcastEvent
from consultations.cases import TypicalCase, TypicalCaseEvent
from consultations.opinions import Opinion, OpinionEvent
from consultations.referrals import Referral, ReferralEvent
from consultations.ticket_messages import TicketMessage
from consultations.tickets import Ticket, TicketEvent

Cause = Literal["start", "new", "change", "erase"]
Record = (
    Consultation
    | Ticket
    | TicketEvent
    | TicketMessage
    | AuditEntry
    | Opinion
    | OpinionEvent
    | Referral
    | ReferralEvent
    | BroadcastEvent
    | TypicalCase
    | TypicalCaseEvent
)

GENESIS = "0" * 64  # what the first seal is bound to
_WAITING = "records to seal"  # in Session.info
_UNSENT = {"draft", "dropped"}


class Seal(SQLModel, table=True):
    """One link. `form` says by which list of fields the digests were made, `cause` why: ``start`` is a record older
    than the chain. The newest seal of a record is the one it must agree with; `salt` is empty in those before an
    erasure.
    """

    __tablename__ = "seal"
    __table_args__ = (Index("ix_seal_record", "kind", "record_id", "position"),)

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str
    record_id: int
    form: int
    cause: str
    facts: str
    words: str
    salt: str
    hash: str


class SealHead(SQLModel, table=True):
    """The end of the chain; one row. Whoever appends holds it until the transaction ends."""

    __tablename__ = "seal_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int
    hash: str


@dataclass(frozen=True)
class Form:
    """Which fields of a kind of record are sealed: `words` is what erasure takes out, `others` may change freely."""

    model: type[Record]
    facts: tuple[str, ...]
    words: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


_FORM_1: Mapping[str, Form] = {
    "consultation": Form(
        Consultation,
        (
            *("number", "contact_id", "received_id", "ticket_id", "channel", "hits", "citations", "card_id"),
            *("card_version", "service_item", "action", "label", "confidence", "latency_ms", "outcome", "edit_of"),
            "created_at",
        ),
        ("question", "reply", "edited_text", "terms", "trace"),
    ),
    "ticket": Form(
        Ticket,
        ("number", "contact_id", "reason", "created_at"),
        ("question",),
        (  # how it went on is its history
            *("consultation_id", "kind", "kinds_before", "service_item", "outlet", "state", "assignee"),
            *("assignee_name", "holder", "holder_name", "merged_into", "due_at", "claimed_at", "replied_at"),
            *("closed_at", "reopened_at"),
        ),
    ),
    "ticket_event": Form(TicketEvent, ("ticket_id", "from_state", "to_state", "actor", "note", "at")),
    "ticket_message": Form(TicketMessage, ("ticket_id", "author", "actor", "received_id", "at"), ("text",)),
    "audit_entry": Form(AuditEntry, ("verb", "contact_id", "actor", "at")),
}
# What staff note can be erased, so it is words; opinions and referrals are sealed as well.
_FORM_2: Mapping[str, Form] = {
    **_FORM_1,
    "ticket_event": Form(TicketEvent, ("ticket_id", "from_state", "to_state", "actor", "at"), ("note",)),
    "opinion": Form(
        Opinion,
        ("number", "kind", "channel", "contact_id", "consultation_id", "ticket_id", "entered_by", "created_at"),
        ("text", "reply"),
        ("key", "state", "due_at", "replied_by", "replied_at", "closed_at", "warned"),
    ),
    "opinion_event": Form(OpinionEvent, ("opinion_id", "from_state", "to_state", "actor", "at"), ("note",)),
    "referral": Form(
        Referral,
        (
            *("number", "ticket_id", "contact_id", "kind", "district", "options", "provider_id", "provider_name"),
            *("shared", "consent_version", "consent_text", "consent_at", "satisfaction", "created_at"),
        ),
        (),
        ("state", "chosen_at", "contacted_at", "done_at", "withdrawn_at"),
    ),
    "referral_event": Form(ReferralEvent, ("referral_id", "from_state", "to_state", "actor", "at"), ("note",)),
}
# Who drafted, approved and stopped which words of a broadcast.
_FORM_3: Mapping[str, Form] = {
    **_FORM_2,
    "broadcast_event": Form(
        BroadcastEvent,
        ("broadcast_id", "from_state", "to_state", "edition", "content_hash", "actor", "actor_name", "at"),
        ("note",),
    ),
}
# Who agreed to, wrote, reviewed and took back which words of a typical case.
_FORM_4: Mapping[str, Form] = {
    **_FORM_3,
    "typical_case": Form(
        TypicalCase,
        (
            *("number", "ticket_id", "contact_id", "service_item", "state", "is_public", "consent", "consent_version"),
            *("consent_at", "author", "author_name", "reviewer", "reviewer_name", "revision", "created_at"),
            *("changed_at", "published_at"),
        ),
        ("title", "needed", "done", "result", "evaluation", "consent_text"),
    ),
    "typical_case_event": Form(
        TypicalCaseEvent,
        ("case_id", "from_state", "to_state", "consent", "revision", "actor", "actor_name", "at"),
        ("note",),
    ),
}
# A field that a later release adds goes into a new form with the next number: old seals keep theirs.
FORM = 4
FORMS: Mapping[int, Mapping[str, Form]] = {1: _FORM_1, 2: _FORM_2, 3: _FORM_3, 4: _FORM_4}
KINDS: Mapping[type[Record], str] = {form.model: kind for kind, form in FORMS[FORM].items()}
_FLOATS = frozenset({"confidence", "latency_ms"})

# Run in every turn; built once, because building a statement costs more than running it.
_HELD_HEAD = select(SealHead.position, SealHead.hash).with_for_update()
_ADD = insert(Seal)
_MOVE_HEAD = update(SealHead).values(position=bindparam("at"), hash=bindparam("last"))


def seal(session: Session) -> None:
    """Seal what this session wrote; called once, at the end of its transaction.

    PostgreSQL makes others that append wait from here to the commit.
    """
    session.flush()
    waiting: dict[tuple[str, int], tuple[Record, Cause]] = session.info.pop(_WAITING, {})
    for record, cause in waiting.values():
        if cause == "change":  # the database may know better: what is erased leaves loaded records as they were
            session.refresh(record)
    _append(session, [_digests(kind, record, cause) for (kind, _), (record, cause) in waiting.items()])


def seal_existing(session: Session, kinds: Collection[str] = tuple(FORMS[FORM])) -> int:
    """How many records of these kinds were there before the chain covered them; sealed as they are now."""
    n_sealed = 0
    for kind in kinds:
        model: Any = FORMS[FORM][kind].model
        for batch in session.exec(select(model).order_by(model.id)).partitions(1000):
            _append(session, [_digests(kind, each, "start") for each in batch])
            n_sealed += len(batch)
            session.expunge_all()
    return n_sealed


def seal_erasure(session: Session, contact_id: int) -> None:
    """One person's words have been taken out of every sealed record: their salts go, and new seals say so."""
    mine = select(Ticket.id).where(Ticket.contact_id == contact_id)
    asked = select(Consultation.id).where(Consultation.contact_id == contact_id)
    opined = select(Opinion.id).where(Opinion.contact_id == contact_id)
    referred = select(Referral.id).where(Referral.contact_id == contact_id)
    told = select(TypicalCase.id).where(TypicalCase.contact_id == contact_id)
    theirs = {
        "consultation": asked,
        "ticket": mine,
        "ticket_event": select(TicketEvent.id).where(col(TicketEvent.ticket_id).in_(mine)),
        "ticket_message": select(TicketMessage.id).where(col(TicketMessage.ticket_id).in_(mine)),
        "opinion": opined,
        "opinion_event": select(OpinionEvent.id).where(col(OpinionEvent.opinion_id).in_(opined)),
        "referral_event": select(ReferralEvent.id).where(col(ReferralEvent.referral_id).in_(referred)),
        "typical_case": told,
        "typical_case_event": select(TypicalCaseEvent.id).where(col(TypicalCaseEvent.case_id).in_(told)),
    }
    for kind, query in theirs.items():
        seal_erased(session, kind, [each for each in session.exec(query) if each is not None])


def seal_erased(session: Session, kind: str, record_ids: Collection[int]) -> None:
    """The words of these records have been taken out: the salts they were sealed with go, new seals say so."""
    seal(session)
    model: Any = FORMS[FORM][kind].model
    for ids in _batches(sorted(record_ids)):
        theirs = update(Seal).where(col(Seal.kind) == kind, col(Seal.record_id).in_(ids))
        session.connection().execute(theirs.values(salt=""))
        found = select(model).where(col(model.id).in_(ids)).order_by(col(model.id))
        records = session.exec(found.execution_options(populate_existing=True))
        _append(session, [_digests(kind, each, "erase") for each in records])


def facts_digest(kind: str, record: Record, form: int) -> str:
    """The digest of what stays of a record for good."""
    return _digest(_canonical(record, FORMS[form][kind].facts))


def words_digest(kind: str, record: Record, form: int, salt: str) -> str:
    """The digest of what a record says, with the salt that goes when the words do."""
    return _digest(salt + _canonical(record, FORMS[form][kind].words))


def link(previous: str, seal: Mapping[str, Any]) -> str:
    """The hash of a seal: over the hash before it and everything in it but the salt."""
    parts = (previous, *(seal[each] for each in ("position", "kind", "record_id", "form", "cause", "facts", "words")))
    return _digest("\n".join(map(str, parts)))


def head(session: Session) -> tuple[int, str]:
    """The position and hash of the last seal; ``(0, GENESIS)`` while there is none."""
    found = session.exec(select(SealHead.position, SealHead.hash)).first()
    return found or (0, GENESIS)


def newest_of(session: Session, kind: str, record_id: int) -> Seal | None:
    """The seal a record must agree with."""
    its = select(Seal).where(Seal.kind == kind, Seal.record_id == record_id)
    return session.exec(its.order_by(col(Seal.position).desc()).limit(1)).first()


# ---- what waits to be sealed


def _note_new(_mapper: object, _connection: object, record: Record) -> None:
    _note(record, "new")


def _note_change(_mapper: object, _connection: object, record: Record) -> None:
    form, state = FORMS[FORM][KINDS[type(record)]], inspect(record)
    if any(state.attrs[each].history.has_changes() for each in (*form.facts, *form.words)):
        _note(record, "change")


def _note(record: Record, cause: Cause) -> None:
    session = object_session(record)
    assert session is not None
    assert record.id is not None
    session.info.setdefault(_WAITING, {}).setdefault((KINDS[type(record)], record.id), (record, cause))


for _model in KINDS:
    event.listen(_model, "after_insert", _note_new)
    event.listen(_model, "after_update", _note_change)


# ---- the chain


def _append(session: Session, links: list[dict[str, Any]]) -> None:
    if not links:
        return
    position, previous = _hold_head(session)
    for each in links:
        position += 1
        each["position"] = position
        previous = each["hash"] = link(previous, each)
    connection = session.connection()
    connection.execute(_ADD, links)
    connection.execute(_MOVE_HEAD, {"at": position, "last": previous})


def _hold_head(session: Session) -> tuple[int, str]:
    found = session.connection().execute(_HELD_HEAD).first()
    if found is None:
        # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
        add = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        first = add(SealHead).values(id=1, position=0, hash=GENESIS).on_conflict_do_nothing(index_elements=["id"])
        session.connection().execute(first)
        found = session.connection().execute(_HELD_HEAD).one()
    return found.position, found.hash


def _digests(kind: str, record: Record, cause: Cause) -> dict[str, Any]:
    salt = secrets.token_hex(16)
    return {
        "kind": kind,
        "record_id": record.id,
        "form": FORM,
        "cause": cause,
        "facts": facts_digest(kind, record, FORM),
        "words": words_digest(kind, record, FORM, salt),
        "salt": salt,
    }


def _canonical(record: Record, fields: Iterable[str]) -> str:
    """The same text for a record just made and for the same record read back from either database."""
    values = {each: _plain(each, getattr(record, each)) for each in fields}
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(field: str, value: Any) -> Any:  # noqa: ANN401  a column's value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if field == "author" and value in _UNSENT:
        return "draft"  # a reply that waited and was then given up is no change of what was said
    if field in _FLOATS:
        return float(value)
    if isinstance(value, dict):
        return json.loads(json.dumps(value))  # keys become texts, as they will be when read back
    return value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _batches(ids: list[int], size: int = 500) -> Iterable[list[int]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))
