"""The ledger of erasures (删除记录): which addresses were taken out and when, as keyed digests that say nothing about a
person. A backup from before still knows them: with this ledger they are taken out again when it is restored.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from consultations.contacts import Contact
from consultations.messages import Address


class Erasure(SQLModel, table=True):
    """One erasure; only ever added."""

    __tablename__ = "erasure"

    id: int | None = Field(default=None, primary_key=True)
    digest: str
    at: datetime


@dataclass(frozen=True)
class Erased:
    """Whoever had that digest asked to be erased at that moment; who came again later is somebody to keep."""

    digest: str
    at: datetime


def digest_of(key: bytes, address: Address) -> str:
    """What stands for an address: 128 bits that nobody without the instance's key can try names against."""
    return hmac.new(key, f"erased:{address}".encode(), hashlib.sha256).hexdigest()[:32]


def note(session: Session, key: bytes, address: Address, now: datetime) -> None:
    """Write one line; without a key none could be told from another, so there is none."""
    if key:
        session.add(Erasure(digest=digest_of(key, address), at=now))


def after(session: Session, erasure_id: int) -> Sequence[Erasure]:
    """The lines above that id, oldest first."""
    return session.exec(select(Erasure).where(col(Erasure.id) > erasure_id).order_by(col(Erasure.id))).all()


def come_back(session: Session, key: bytes, ledger: Sequence[Erased]) -> list[Contact]:
    """The people in the database who were erased after they first came."""
    latest: dict[str, datetime] = {}
    for each in ledger:
        latest[each.digest] = max(each.at, latest.get(each.digest, each.at))
    present = session.exec(select(Contact).where(col(Contact.erased_at).is_(None)).order_by(col(Contact.id)))
    known = ((each, latest.get(digest_of(key, each.address))) for each in present)
    return [each for each, at in known if at is not None and each.first_seen_at <= at]
