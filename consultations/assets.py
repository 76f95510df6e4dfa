"""The ledger of an enterprise's assets (知识产权台账): what it holds, with numbers and days, as it told us.

One ledger belongs to a person who wrote to us (`contact_id`), or to an enterprise staff keep one for. What was taken up
at once is one import and can be undone as one; what it replaced stands in the import.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import JSON, UniqueConstraint, delete, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations import reminders
from consultations.asset_rules import DAYS

State = Literal["live", "pending", "over"]
STATES: Mapping[State, str] = {"live": "有效", "pending": "申请中", "over": "已失效"}
FACTS = ("name", "state", *DAYS)  # what an import may change of an asset it finds again
ERASED = "erased:"  # in front of what stands for a number that was taken out
MOST = 2000  # assets in one ledger


class AssetLedger(SQLModel, table=True):
    """One enterprise's ledger. `reminders` is ``""`` (not yet said), ``yes`` or ``no``; `checked_on` is the last day on
    which somebody looked what is due, empty when the ledger changed since.
    """

    __tablename__ = "asset_ledger"

    id: int | None = Field(default=None, primary_key=True)
    enterprise: str = ""
    contact_id: int | None = Field(default=None, foreign_key="contact.id", unique=True)
    reminders: str = ""
    created_by: str = ""
    created_at: datetime
    changed_at: datetime
    checked_on: date | None = Field(default=None, index=True)

    @property
    def key(self) -> int:
        """The id of a stored ledger."""
        assert self.id is not None
        return self.id


class Asset(SQLModel, table=True):
    """One asset. `kind` is a key of `asset_rules.KINDS`, the days are those of `asset_rules.DAYS`."""

    __tablename__ = "asset"
    __table_args__ = (UniqueConstraint("ledger_id", "kind", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    ledger_id: int = Field(foreign_key="asset_ledger.id")
    import_id: int = Field(foreign_key="asset_import.id", index=True)
    kind: str
    number: str
    name: str = ""
    state: str = "live"
    filed_on: date | None = None
    granted_on: date | None = None
    published_on: date | None = None
    valid_until: date | None = None

    @property
    def key(self) -> int:
        """The id of a stored asset."""
        assert self.id is not None
        return self.id

    @property
    def due_key(self) -> str:
        """How the keys of what is due for it begin; the same when it is taken up again after an undo."""
        return f"asset:{self.ledger_id}:{self.kind}:{self.number}"

    @property
    def days(self) -> dict[str, date | None]:
        """Its days by the keys of `DAYS`."""
        return {each: getattr(self, each) for each in DAYS}


class AssetImport(SQLModel, table=True):
    """What was taken up at once. `before` is what it changed, as it was: asset id → the fields of `FACTS`."""

    __tablename__ = "asset_import"

    id: int | None = Field(default=None, primary_key=True)
    ledger_id: int = Field(foreign_key="asset_ledger.id", index=True)
    actor: str
    at: datetime
    n_added: int = 0
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    undone_at: datetime | None = None


@dataclass(frozen=True)
class Row:
    """One asset as it was written down, not yet stored."""

    kind: str
    number: str
    name: str = ""
    state: State = "live"
    days: Mapping[str, date | None] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Any]:
        """What an import may change, by the names in `FACTS`."""
        return {"name": self.name, "state": self.state, **{each: self.days.get(each) for each in DAYS}}


@dataclass(frozen=True)
class Changes:
    """What an import would do: rows that are new, those that change an asset (with what it says now), those known."""

    added: tuple[Row, ...] = ()
    changed: tuple[tuple[Asset, Row], ...] = ()
    n_known: int = 0


class LedgerFullError(Exception):
    """A ledger would hold more than `MOST` assets."""

    def __init__(self) -> None:
        super().__init__(f"一份台账最多 {MOST} 件，请按子公司或类别分成几份。")


def of_contact(session: Session, contact_id: int) -> AssetLedger | None:
    """The ledger of one person."""
    return session.exec(select(AssetLedger).where(AssetLedger.contact_id == contact_id)).first()


def of_enterprise(session: Session, enterprise: str) -> Sequence[AssetLedger]:
    """The ledgers of an enterprise of that name."""
    named = select(AssetLedger).where(AssetLedger.enterprise == enterprise).order_by(col(AssetLedger.id))
    return session.exec(named).all()


def listed(session: Session) -> Sequence[AssetLedger]:
    """All ledgers that hold something, oldest first."""
    return session.exec(select(AssetLedger).where(_HOLDS).order_by(col(AssetLedger.id))).all()


def unchecked(session: Session, today: date, limit: int = 100) -> Sequence[AssetLedger]:
    """The ledgers nobody looked through today, those that wait longest first."""
    stale = col(AssetLedger.checked_on).is_(None) | (col(AssetLedger.checked_on) < today)
    return session.exec(select(AssetLedger).where(stale).order_by(col(AssetLedger.checked_on)).limit(limit)).all()


def holdings(session: Session, ledger_id: int) -> Sequence[Asset]:
    """What is in a ledger, by kind and number."""
    held = select(Asset).where(Asset.ledger_id == ledger_id)
    return session.exec(held.order_by(col(Asset.kind), col(Asset.number))).all()


def open_ledger(session: Session, *, enterprise: str, contact_id: int | None, actor: str, now: datetime) -> AssetLedger:
    """The ledger of that person or enterprise, new when there is none."""
    found = of_contact(session, contact_id) if contact_id else None
    if contact_id is None:
        found = next((each for each in of_enterprise(session, enterprise) if each.contact_id is None), None)
    if found is None:
        found = AssetLedger(
            enterprise=enterprise, contact_id=contact_id, created_by=actor, created_at=now, changed_at=now
        )
        session.add(found)
        session.flush()
    elif enterprise and not found.enterprise:
        found.enterprise = enterprise
    return found


def compare(held: Sequence[Asset], rows: Sequence[Row]) -> Changes:
    """What taking up these rows would do to what a ledger holds."""
    known = {(each.kind, each.number): each for each in held}
    fresh = [(known.get((each.kind, each.number)), each) for each in rows]
    changed = [(asset, row) for asset, row in fresh if asset is not None and _facts(asset) != row.facts]
    added = tuple(row for asset, row in fresh if asset is None)
    return Changes(added, tuple(changed), len(rows) - len(added) - len(changed))


def take_up(session: Session, ledger: AssetLedger, rows: Sequence[Row], actor: str, now: datetime) -> AssetImport:
    """Store these rows; what is there already is changed to what they say.

    Raises:
        LedgerFullError: There would be too many.
    """
    held = holdings(session, ledger.key)
    changes = compare(held, rows)
    if len(held) + len(changes.added) > MOST:
        raise LedgerFullError
    before = {str(asset.key): _stored(_facts(asset)) for asset, _ in changes.changed}
    made = AssetImport(ledger_id=ledger.key, actor=actor, at=now, n_added=len(changes.added), before=before)
    session.add(made)
    session.flush()
    assert made.id is not None
    for row in changes.added:
        session.add(Asset(ledger_id=ledger.key, import_id=made.id, kind=row.kind, number=row.number, **row.facts))
    for asset, row in changes.changed:
        _set(asset, row.facts)
    _touch(ledger, now)
    session.flush()
    return made


def undo(session: Session, done: AssetImport, now: datetime) -> bool:
    """Whether an import was taken back now: what it added goes, what it changed is as before. Only the newest of a
    ledger can be: a later one may rest on it.
    """
    newest = select(AssetImport.id).where(AssetImport.ledger_id == done.ledger_id, col(AssetImport.undone_at).is_(None))
    if session.exec(newest.order_by(col(AssetImport.id).desc())).first() != done.id:
        return False
    session.connection().execute(delete(Asset).where(col(Asset.import_id) == done.id))
    for asset_id, facts in done.before.items():
        if asset := session.get(Asset, int(asset_id)):
            _set(asset, _read(facts))
    done.undone_at = now
    _touch(session.get_one(AssetLedger, done.ledger_id), now)
    session.flush()
    session.expire_all()
    return True


def newest_import(session: Session, ledger_id: int) -> AssetImport | None:
    """The import that can be undone."""
    standing = select(AssetImport).where(AssetImport.ledger_id == ledger_id, col(AssetImport.undone_at).is_(None))
    return session.exec(standing.order_by(col(AssetImport.id).desc())).first()


def imports_of(session: Session, ledger_id: int) -> Sequence[AssetImport]:
    """What was taken up into a ledger, oldest first."""
    made = select(AssetImport).where(AssetImport.ledger_id == ledger_id)
    return session.exec(made.order_by(col(AssetImport.id))).all()


def empty(session: Session, ledger_ids: Collection[int]) -> None:
    """Take names, numbers and days out of these ledgers; how many assets of which kind there were stays."""
    connection = session.connection()
    blank: dict[str, Any] = {"name": "", **dict.fromkeys(DAYS), "state": "over"}
    for asset in session.exec(select(Asset).where(col(Asset.ledger_id).in_(ledger_ids))).all():
        _set(asset, blank)
        asset.number = f"{ERASED}{asset.id}"
    connection.execute(update(AssetImport).where(col(AssetImport.ledger_id).in_(ledger_ids)).values(before={}))
    for each in ledger_ids:
        reminders.drop(session, f"asset:{each}:")
    gone = {"enterprise": "", "reminders": "no", "created_by": ""}
    connection.execute(update(AssetLedger).where(col(AssetLedger.id).in_(ledger_ids)).values(**gone))


def forget(session: Session, contact_id: int) -> None:
    """Take what one person's ledger says out of it."""
    ledger = of_contact(session, contact_id)
    if ledger is not None:
        empty(session, [ledger.key])


def _touch(ledger: AssetLedger, now: datetime) -> None:
    ledger.changed_at, ledger.checked_on = now, None


def _facts(asset: Asset) -> dict[str, Any]:
    return {each: getattr(asset, each) for each in FACTS}


def _set(asset: Asset, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        setattr(asset, name, value)


def _stored(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, date) else value for name, value in facts.items()}


def _read(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: date.fromisoformat(value) if value and name in DAYS else value for name, value in facts.items()}


_HOLDS = select(Asset.id).where(Asset.ledger_id == AssetLedger.id).exists()
