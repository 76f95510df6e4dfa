"""Referrals (对接专业机构): which bodies were offered, which one the client chose, what may be shared, what came of it.

已给出选择 offered → 已选定 chosen → 已联系 contacted → 已办成 done; 不需要 declined; 已撤回 withdrawn. Every change
goes through `move`, which refuses illegal moves and writes the history. A ticket has one living referral at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Index, text, update
from sqlmodel import Field, Session, SQLModel, col, select

State = Literal["offered", "chosen", "contacted", "done", "declined", "withdrawn"]

STATES: Mapping[str, str] = {
    "offered": "已给出选择",
    "chosen": "已选定",
    "contacted": "已联系",
    "done": "已办成",
    "declined": "不需要",
    "withdrawn": "已撤回",
}
LEGAL_ORIGINS: Mapping[State, frozenset[str]] = {
    "offered": frozenset({"offered", "chosen"}),  # offered anew: a body left the directory
    "chosen": frozenset({"offered"}),
    "contacted": frozenset({"chosen"}),
    "done": frozenset({"chosen", "contacted"}),
    "declined": frozenset({"offered"}),
    "withdrawn": frozenset({"offered", "chosen", "contacted"}),
}
ALIVE = ("offered", "chosen", "contacted")
_LIVING = text("state IN ('offered', 'chosen', 'contacted')")


class IllegalReferralMoveError(Exception):
    """A referral can't become what somebody asked for."""

    def __init__(self, referral: Referral, target: State) -> None:
        super().__init__(f"{referral.number} is {referral.state}, it cannot become {target}.")
        self.referral = referral


class Referral(SQLModel, table=True):
    """One referral. `options` are ``[provider id, name]`` as offered. `shared` names the data the client agreed to have
    passed on, with the very words of the consent, their version and the time; empty when the client calls the body.
    """

    __tablename__ = "referral"
    __table_args__ = (
        Index("ix_referral_alive", "ticket_id", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
        Index("ix_referral_contact_id", "contact_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    contact_id: int = Field(foreign_key="contact.id")
    kind: str
    district: str = ""
    state: str = "offered"
    options: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    provider_id: str = ""
    provider_name: str = ""
    shared: list[str] = Field(default_factory=list, sa_type=JSON)
    consent_version: str = ""
    consent_text: str = ""
    consent_at: datetime | None = None
    created_at: datetime
    chosen_at: datetime | None = None
    contacted_at: datetime | None = None
    done_at: datetime | None = None
    withdrawn_at: datetime | None = None
    satisfaction: int | None = None

    @property
    def key(self) -> int:
        """The id of a stored referral."""
        assert self.id is not None
        return self.id


class ReferralEvent(SQLModel, table=True):
    """One line of a referral's history."""

    __tablename__ = "referral_event"

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int = Field(foreign_key="referral.id", index=True)
    from_state: str
    to_state: str
    actor: str
    note: str = ""
    at: datetime


@dataclass
class Quality:
    """What became of the referrals that offered, or went to, one body. `scores` are the clients' (1–5)."""

    name: str
    n_offered: int = 0
    n_chosen: int = 0
    n_contacted: int = 0
    n_done: int = 0
    n_withdrawn: int = 0
    scores: tuple[int, ...] = ()


def offer(session: Session, referral: Referral, actor: str) -> Referral:
    """The same referral, stored with the first line of its history.

    Raises:
        IntegrityError: The ticket has a living referral already.
    """
    session.add(referral)
    session.flush()
    _note(session, referral, "", actor, referral.created_at)
    return referral


def move(  # noqa: PLR0913  what becomes what, who says so, when and why
    session: Session,
    referral: Referral,
    target: State,
    actor: str,
    now: datetime,
    *,
    note: str = "",
    **changes: Any,  # noqa: ANN401  column values
) -> Referral:
    """The referral in its new state.

    Raises:
        IllegalReferralMoveError: It can't become that from where it is, or somebody was faster.
    """
    session.refresh(referral)
    origin = referral.state
    if origin not in LEGAL_ORIGINS[target]:
        raise IllegalReferralMoveError(referral, target)
    still = update(Referral).where(col(Referral.id) == referral.id, col(Referral.state) == origin)
    moved = session.connection().execute(still.values(state=target)).rowcount
    session.refresh(referral)
    if not moved:
        raise IllegalReferralMoveError(referral, target)
    for name, value in changes.items():  # by the record itself: what is sealed of it is sealed anew
        setattr(referral, name, value)
    session.flush()
    _note(session, referral, origin, actor, now, note)
    return referral


def score(referral: Referral, satisfaction: int) -> None:
    """How satisfied the client is, 1–5; the last word counts."""
    referral.satisfaction = satisfaction


def get(session: Session, referral_id: int | None) -> Referral | None:
    """The referral as it is now."""
    return session.get(Referral, referral_id, populate_existing=True) if referral_id else None


def owned(session: Session, referral_id: int | None, contact_id: int) -> Referral | None:
    """A referral of this very person; ``None`` for anybody else's."""
    found = get(session, referral_id)
    return found if found is not None and found.contact_id == contact_id else None


def by_number(session: Session, number: str) -> Referral | None:
    """The referral of that number, letters in any case."""
    return session.exec(select(Referral).where(Referral.number == number.strip().upper())).first()


def alive_of_ticket(session: Session, ticket_id: int) -> Referral | None:
    """The living referral of a ticket."""
    mine = select(Referral).where(Referral.ticket_id == ticket_id, col(Referral.state).in_(ALIVE))
    return session.exec(mine).first()


def of_contact(session: Session, contact_id: int) -> Sequence[Referral]:
    """One person's referrals, oldest first."""
    return session.exec(select(Referral).where(Referral.contact_id == contact_id).order_by(col(Referral.id))).all()


def newest(session: Session, limit: int) -> Sequence[Referral]:
    """The last referrals, newest first."""
    return session.exec(select(Referral).order_by(col(Referral.id).desc()).limit(limit)).all()


def history_of(session: Session, referral_id: int) -> Sequence[ReferralEvent]:
    """How a referral came to its state, oldest first."""
    events = select(ReferralEvent).where(ReferralEvent.referral_id == referral_id)
    return session.exec(events.order_by(col(ReferralEvent.id))).all()


def quality(session: Session) -> list[Quality]:
    """The figures of every body that was ever offered, those chosen most first."""
    found: dict[str, Quality] = {}
    for each in session.exec(select(Referral).order_by(col(Referral.id))):
        for provider_id, name in each.options:
            found.setdefault(provider_id, Quality(name)).n_offered += 1
        if each.provider_id:
            _count(found.setdefault(each.provider_id, Quality(each.provider_name)), each)
    return sorted(found.values(), key=lambda each: (-each.n_chosen, -each.n_offered, each.name))


def forget(session: Session, contact_id: int) -> None:
    """Take what staff noted about one person out; what was offered, chosen and consented to stays, with its times."""
    empty(session, [each.key for each in of_contact(session, contact_id)])


def empty(session: Session, referral_ids: Collection[int]) -> None:
    """Take the notes out of the history of these referrals."""
    history = update(ReferralEvent).where(col(ReferralEvent.referral_id).in_(referral_ids))
    session.connection().execute(history.values(note=""))


def _count(body: Quality, referral: Referral) -> None:
    body.n_chosen += 1
    body.n_contacted += referral.contacted_at is not None
    body.n_done += referral.state == "done"
    body.n_withdrawn += referral.state == "withdrawn"
    if referral.satisfaction is not None:
        body.scores += (referral.satisfaction,)


def _note(  # noqa: PLR0913, PLR0917  one line
    session: Session, referral: Referral, origin: str, actor: str, at: datetime, note: str = ""
) -> None:
    line = ReferralEvent(
        referral_id=referral.key, from_state=origin, to_state=referral.state, actor=actor, note=note, at=at
    )
    session.add(line)
