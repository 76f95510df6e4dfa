"""The ledgers an outlet keeps (台账): lines of every kind in one table, with who wrote and changed what.

Nothing is deleted: a line that is wrong is struck out (划销) with a reason and may be put back. Every change is one
line of its history.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Index, func, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.ledger_values import Written
from consultations.tickets import Staff

Verb = Literal["added", "changed", "struck", "restored"]
VERBS: Mapping[str, str] = {"added": "登记", "changed": "修改", "struck": "划销", "restored": "恢复"}


class LedgerEntry(SQLModel, table=True):
    """One line. `kind` is the id of a ledger kind, `outlet` that of the outlet, empty for all of them. `content` and
    `personal` are those of `Written`; `edition` counts its changes; `key` is the same for the same form sent twice.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (Index("ix_ledger_entry_kind", "kind", "outlet"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    outlet: str = ""
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    personal: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    edition: int = 1
    key: str | None = Field(default=None, unique=True)
    created_at: datetime
    changed_at: datetime
    removed_at: datetime | None = None

    @property
    def number(self) -> int:
        """The id of a stored line."""
        assert self.id is not None
        return self.id

    @property
    def written(self) -> Written:
        """What it says."""
        return Written(self.content, self.personal)


class LedgerEvent(SQLModel, table=True):
    """One line of an entry's history. `content` and `personal` hold what it said before, where that differs."""

    __tablename__ = "ledger_event"

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="ledger_entry.id", index=True)
    verb: str
    actor: str
    actor_name: str
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    personal: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    note: str = ""
    at: datetime


def add(  # noqa: PLR0913, PLR0917  what is written where, by whom, when
    session: Session,
    kind_id: str,
    outlet: str,
    written: Written,
    by: Staff,
    now: datetime,
    *,
    key: str | None = None,
) -> LedgerEntry:
    """The line, new; the one that is there when the same form came before."""
    known = session.exec(select(LedgerEntry).where(LedgerEntry.key == key)).first() if key else None
    if known is not None:
        return known
    entry = LedgerEntry(
        kind=kind_id,
        outlet=outlet,
        content=dict(written.content),
        personal=dict(written.personal),
        key=key,
        created_at=now,
        changed_at=now,
    )
    session.add(entry)
    session.flush()
    _note(session, entry.number, "added", by, now)
    return entry


def change(  # noqa: PLR0913, PLR0917  what becomes what, by whom, when
    session: Session, entry: LedgerEntry, edition: int, written: Written, by: Staff, now: datetime
) -> bool:
    """Whether the line says this now; not when somebody changed it since that edition, or it is struck out."""
    before, after = entry.written, written
    if before == after:
        return True
    values = {"content": dict(after.content), "personal": dict(after.personal), "edition": edition + 1}
    if not _moved(session, entry, edition, values | {"changed_at": now}, is_struck=False):
        return False
    content, personal = (_differences(*pair) for pair in _pairs(before, after))
    _note(session, entry.number, "changed", by, now, content=content, personal=personal)
    return True


def strike(session: Session, entry: LedgerEntry, by: Staff, reason: str, now: datetime) -> bool:
    """Whether this call struck the line out; it stays, with its reason, and counts no more."""
    if not _moved(session, entry, entry.edition, {"removed_at": now, "changed_at": now}, is_struck=False):
        return False
    _note(session, entry.number, "struck", by, now, note=reason)
    return True


def restore(session: Session, entry: LedgerEntry, by: Staff, reason: str, now: datetime) -> bool:
    """Whether this call put a line back that was struck out."""
    if not _moved(session, entry, entry.edition, {"removed_at": None, "changed_at": now}, is_struck=True):
        return False
    _note(session, entry.number, "restored", by, now, note=reason)
    return True


def get(session: Session, kind_id: str, entry_id: int | None) -> LedgerEntry | None:
    """The line of that number in that ledger."""
    found = session.get(LedgerEntry, entry_id, populate_existing=True) if entry_id else None
    return found if found is not None and found.kind == kind_id else None


def listed(
    session: Session, kind_id: str, *, outlets: Collection[str] | None = None, is_struck: bool = False
) -> Sequence[LedgerEntry]:
    """The lines of a ledger, oldest first; of some outlets only, when any are named. Struck ones apart."""
    removed = col(LedgerEntry.removed_at)
    rows = select(LedgerEntry).where(LedgerEntry.kind == kind_id)
    rows = rows.where(removed.is_not(None) if is_struck else removed.is_(None))
    if outlets is not None:
        rows = rows.where(col(LedgerEntry.outlet).in_(outlets))
    return session.exec(rows.order_by(col(LedgerEntry.id))).all()


def counts(session: Session) -> Mapping[str, int]:
    """How many lines that are not struck out each kind has, also kinds nobody knows any more."""
    live = select(LedgerEntry.kind, func.count()).where(col(LedgerEntry.removed_at).is_(None))
    return dict(session.exec(live.group_by(LedgerEntry.kind)).all())


def history_of(session: Session, entry_id: int) -> Sequence[LedgerEvent]:
    """How a line came to say what it says, oldest first."""
    events = select(LedgerEvent).where(LedgerEvent.entry_id == entry_id)
    return session.exec(events.order_by(col(LedgerEvent.id))).all()


# --- names of staff


def names_of(session: Session, key: str) -> set[str]:
    """The names under which this account wrote in a ledger, or stands in one."""
    found = set(session.exec(select(LedgerEvent.actor_name).where(LedgerEvent.actor == key).distinct()))
    for row in (*session.exec(select(LedgerEntry)), *session.exec(select(LedgerEvent))):
        people = (each for each in row.personal.values() if isinstance(each, dict))
        found |= {str(each["name"]) for each in people if each.get("key") == key}
    return found


def forget_name(session: Session, name: str, instead: str) -> None:
    """Put `instead` where that name stands, in every line and its history."""
    for row in (*session.exec(select(LedgerEntry)), *session.exec(select(LedgerEvent))):
        kept: dict[str, Any] = {"content": row.content, "personal": row.personal}
        after: dict[str, Any] = {part: _each(value, name, instead) for part, value in kept.items()}
        if isinstance(row, LedgerEvent):
            kept["note"], after["note"] = row.note, row.note.replace(name, instead)
        if kept != after:
            for part, value in after.items():
                setattr(row, part, value)
    session.flush()


def _without(value: Any, name: str, instead: str) -> Any:  # noqa: ANN401  whatever JSON holds
    if isinstance(value, dict):
        is_person = value.get("name") == name and "key" in value
        return {"name": instead, "key": ""} if is_person else _each(value, name, instead)
    return value.replace(name, instead) if isinstance(value, str) else value


def _each(value: Mapping[str, Any], name: str, instead: str) -> dict[str, Any]:
    return {key: _without(each, name, instead) for key, each in value.items()}


# --- inside


def _moved(session: Session, entry: LedgerEntry, edition: int, values: Mapping[str, Any], *, is_struck: bool) -> bool:
    """Whether this caller changed the row, which is as it was seen."""
    removed = col(LedgerEntry.removed_at)
    still = update(LedgerEntry).where(
        col(LedgerEntry.id) == entry.id,
        col(LedgerEntry.edition) == edition,
        removed.is_not(None) if is_struck else removed.is_(None),
    )
    moved = bool(session.connection().execute(still.values(**values)).rowcount)
    session.refresh(entry)
    return moved


def _note(  # noqa: PLR0913  one line of history
    session: Session,
    entry_id: int,
    verb: Verb,
    by: Staff,
    now: datetime,
    *,
    content: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    note: str = "",
) -> None:
    event = LedgerEvent(
        entry_id=entry_id,
        verb=verb,
        actor=by.key,
        actor_name=by.name,
        content=dict(content or {}),
        personal=dict(personal or {}),
        note=note,
        at=now,
    )
    session.add(event)


def _pairs(before: Written, after: Written) -> tuple[tuple[Mapping[str, Any], Mapping[str, Any]], ...]:
    return (before.content, after.content), (before.personal, after.personal)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What was there before, of the fields that say something else now."""
    keys = [each for each in {**before, **after} if before.get(each) != after.get(each)]
    return {each: before.get(each) for each in keys}
