"""Tokens of programs (接口令牌): what each may do, for whom it acts, until when. Only the token's hash is kept.

A token that reads or changes what belongs to somebody acts as a member of staff of the duty book: roles and outlets
hold for it as for them, and it ends with their service.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import JSON, delete, update
from sqlmodel import Field, Session, SQLModel, col, select

Scope = Literal[
    "ask",
    "consultations:read",
    "tickets:read",
    "tickets:write",
    "policies:read",
    "cards:read",
    "figures:read",
    "metrics:read",
]
SCOPES: Mapping[Scope, str] = {
    "ask": "提问，读自己问的答复",
    "consultations:read": "读咨询档案（已遮盖）",
    "tickets:read": "读工单（已遮盖）",
    "tickets:write": "接单、答复、备注、办结工单",
    "policies:read": "读政策和条款",
    "cards:read": "读知识卡片",
    "figures:read": "读指标数字",
    "metrics:read": "读监控数字",
}
# What these reach belongs to somebody: the token acts as a member of staff.
OF_STAFF: frozenset[Scope] = frozenset({"consultations:read", "tickets:read", "tickets:write"})
PREFIX = "zx_"
NOTED_EVERY = timedelta(minutes=1)  # a use is written down at most so often
KEPT_FOR = timedelta(days=1)  # how long a repeated request is recognised


class ApiToken(SQLModel, table=True):
    """One token. `staff` is the id in the duty book (or a name while the book is empty), empty for what is public."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    staff: str
    scopes: list[str] = Field(sa_type=JSON)
    token_hash: str = Field(unique=True)
    made_by: str
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored token."""
        assert self.id is not None
        return self.id

    def is_alive(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and now < self.ends_at


class ApiRequest(SQLModel, table=True):
    """A write that was done (Idempotency-Key), with its answer: the same request again changes nothing."""

    __tablename__ = "api_request"

    key: str = Field(primary_key=True)  # ``<token id>/<key>``
    request_hash: str
    status: int
    body: str
    at: datetime = Field(index=True)


def create(  # noqa: PLR0913, PLR0917  what, for whom, who says so, until when
    session: Session, name: str, scopes: Collection[Scope], staff: str, made_by: str, now: datetime, ends_at: datetime
) -> str:
    """The new token, shown this once: 256 random bits."""
    token = PREFIX + secrets.token_urlsafe(32)
    made = ApiToken(
        name=name,
        staff=staff,
        scopes=sorted(scopes),
        token_hash=hash_of(token),
        made_by=made_by,
        made_at=now,
        ends_at=ends_at,
    )
    session.add(made)
    return token


def hash_of(token: str) -> str:
    """What is kept of a token: it is random enough that a plain hash tells nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(session: Session, token: str, now: datetime) -> ApiToken | None:
    """The token, when it is one of ours and still opens something."""
    found = session.exec(select(ApiToken).where(ApiToken.token_hash == hash_of(token))).first()
    return found if found is not None and found.is_alive(now) else None


def get(session: Session, token_id: int) -> ApiToken | None:
    """The token of that number."""
    return session.get(ApiToken, token_id)


def listed(session: Session) -> Sequence[ApiToken]:
    """All tokens, the oldest first."""
    return session.exec(select(ApiToken).order_by(col(ApiToken.id))).all()


def is_worth_noting(token: ApiToken, now: datetime) -> bool:
    """Whether its last use is written down so long ago that this one is, too."""
    return token.used_at is None or now - token.used_at >= NOTED_EVERY


def note_use(session: Session, token_id: int, now: datetime) -> None:
    """The token was used just now."""
    session.connection().execute(update(ApiToken).where(col(ApiToken.id) == token_id).values(used_at=now))


def revoke(session: Session, token_id: int, now: datetime) -> bool:
    """Whether there was such a token that still opened something; it opens nothing any more."""
    alive = (col(ApiToken.id) == token_id, col(ApiToken.revoked_at).is_(None))
    return session.connection().execute(update(ApiToken).where(*alive).values(revoked_at=now)).rowcount > 0


def known_request(session: Session, token_id: int, key: str) -> ApiRequest | None:
    """The request that came with this key before."""
    return session.get(ApiRequest, f"{token_id}/{key}")


def keep_request(session: Session, request: ApiRequest) -> None:
    """Remember a request and its answer; of two at once the first stays."""
    if session.get(ApiRequest, request.key) is None:
        session.add(request)


def prune_requests(session: Session, now: datetime) -> int:
    """How many requests nobody will repeat any more were forgotten."""
    return session.connection().execute(delete(ApiRequest).where(col(ApiRequest.at) < now - KEPT_FOR)).rowcount
