"""Second checks (二次复核): replies a second person is to see before they leave, or in an emergency right afterwards.

``waiting → passed | returned | dropped``; dropped is what was written anew, taken back, or overtaken by what became of
the ticket. A row changes only while it is still waiting: of two people who decide at once, one does.
`consultations.second_check` says who may decide and what then happens to the reply.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import Index, func, text, update
from sqlmodel import Field, Session, SQLModel, col, select

Decision = Literal["passed", "returned", "dropped"]

_ONE_DRAFT = text("state = 'waiting' AND NOT is_after")


class ReplyCheck(SQLModel, table=True):
    """One reply and who looks at it. `message_id` holds its words, `file_of` names the staff message whose file goes
    along, `risk` is the id of its class. `is_after`: it has been sent. `is_insisted`: its author sent it in spite of a
    doubtful citation. `asker_told_at`: when the asker heard that it is being checked.
    """

    __tablename__ = "reply_check"
    __table_args__ = (
        # One reply of a ticket waits at a time: a new one takes its place.
        Index("ix_reply_check_draft", "ticket_id", unique=True, sqlite_where=_ONE_DRAFT, postgresql_where=_ONE_DRAFT),
        Index("ix_reply_check_ticket_id", "ticket_id"),
        Index("ix_reply_check_state", "state", "created_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    message_id: int = Field(foreign_key="ticket_message.id", unique=True)
    risk: str
    author: str
    author_name: str
    is_after: bool = False
    is_insisted: bool = False
    file_of: str = ""
    state: str = "waiting"
    checker: str = ""
    checker_name: str = ""
    created_at: datetime
    decided_at: datetime | None = None
    asker_told_at: datetime | None = None

    @property
    def key(self) -> int:
        """The id of a stored check."""
        assert self.id is not None
        return self.id

    @property
    def is_held_back(self) -> bool:
        """Whether the reply has not been sent: it waits, or came to nothing."""
        return not self.is_after and self.state != "passed"


def is_drawn(share: int, reply: str) -> bool:
    """Whether a reply is among the `share` of 100 that are checked; the same reply is always or never.

    Args:
        share: 0 to 100.
        reply: What names the reply, and no other one.
    """
    drawn = int.from_bytes(hashlib.sha256(reply.encode()).digest()[:8])
    return drawn * 100 < share << 64


def get(session: Session, check_id: int | None) -> ReplyCheck | None:
    """The check as it is now, read anew."""
    return session.get(ReplyCheck, check_id, populate_existing=True) if check_id else None


def decide(  # noqa: PLR0913  what is decided, by whom, when
    session: Session, check_id: int, decision: Decision, now: datetime, *, checker: str, checker_name: str
) -> bool:
    """Whether the check was still waiting and is decided now."""
    mine = update(ReplyCheck).where(col(ReplyCheck.id) == check_id, col(ReplyCheck.state) == "waiting")
    decided = mine.values(state=decision, decided_at=now, checker=checker, checker_name=checker_name)
    return bool(session.connection().execute(decided).rowcount)


def call_off(session: Session, ticket_id: int, now: datetime) -> bool:
    """Whether a reply of that ticket waited to be sent; it will not be. What was sent is still to be looked at."""
    mine = update(ReplyCheck).where(col(ReplyCheck.ticket_id) == ticket_id, text("state = 'waiting' AND NOT is_after"))
    return bool(session.connection().execute(mine.values(state="dropped", decided_at=now)).rowcount)


def waiting_of(session: Session, ticket_id: int) -> ReplyCheck | None:
    """What waits on a ticket: a reply not sent yet before one that is only to be looked at."""
    mine = select(ReplyCheck).where(ReplyCheck.ticket_id == ticket_id, ReplyCheck.state == "waiting")
    ordered = mine.order_by(col(ReplyCheck.is_after), col(ReplyCheck.id))
    return session.exec(ordered.execution_options(populate_existing=True)).first()


def draft_waits(session: Session, ticket_id: int) -> bool:
    """Whether a reply of that ticket waits to be sent."""
    found = waiting_of(session, ticket_id)
    return found is not None and not found.is_after


def last_of(session: Session, ticket_id: int) -> ReplyCheck | None:
    """The newest check of a ticket."""
    mine = select(ReplyCheck).where(ReplyCheck.ticket_id == ticket_id)
    anew = mine.order_by(col(ReplyCheck.id).desc()).execution_options(populate_existing=True)
    return session.exec(anew.limit(1)).first()


def draft_number(session: Session, check: ReplyCheck) -> int:
    """Which reply of its ticket that was looked at, or is to be, this is (第几稿); the first is 1."""
    earlier = select(func.count()).where(ReplyCheck.ticket_id == check.ticket_id, col(ReplyCheck.id) <= check.key)
    return session.exec(earlier).one()


def waits_since(session: Session, check: ReplyCheck) -> datetime:
    """Since when a reply has waited without a pause: one that is rewritten takes the place of the one before."""
    since = check.created_at
    for each in reversed(of_tickets(session, [check.ticket_id])):
        if each.state == "dropped" and each.decided_at == since:
            since = each.created_at
    return since


def of_tickets(session: Session, ticket_ids: Collection[int]) -> Sequence[ReplyCheck]:
    """The checks of these tickets as they are now, oldest first."""
    theirs = select(ReplyCheck).where(col(ReplyCheck.ticket_id).in_(ticket_ids))
    anew = theirs.order_by(col(ReplyCheck.id)).execution_options(populate_existing=True)
    return session.exec(anew).all()


def waiting(session: Session) -> Sequence[ReplyCheck]:
    """Everything that waits, the longest first."""
    all_of_them = select(ReplyCheck).where(ReplyCheck.state == "waiting")
    return session.exec(all_of_them.order_by(col(ReplyCheck.created_at), col(ReplyCheck.id))).all()


def decided_since(session: Session, since: datetime) -> Sequence[ReplyCheck]:
    """What came up since that moment and was passed or returned, oldest first."""
    decided = select(ReplyCheck).where(
        col(ReplyCheck.state).in_(("passed", "returned")), col(ReplyCheck.created_at) >= since
    )
    return session.exec(decided.order_by(col(ReplyCheck.id))).all()
