"""What was said on a ticket (工单往来): by the asker, by staff, as a note among staff; replies held back as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations import checks

Author = Literal["asker", "unsaid", "staff", "note", "draft", "dropped"]
REPLIES = ("staff", "draft", "dropped")  # what staff wrote for the asker, sent or not


class TicketMessage(SQLModel, table=True):
    """What was said on a ticket: by the asker, by staff to the asker, or as a note (备注) among staff.

    ``unsaid`` says again what the asker took back (撤回); the message itself stays as it was. A ``draft`` is a reply
    held back until its author insists or writes another; then it is ``dropped``.
    """

    __tablename__ = "ticket_message"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    author: str
    actor: str = ""
    text: str
    received_id: int | None = None
    at: datetime


def add(  # noqa: PLR0913  each is one column
    session: Session,
    ticket_id: int,
    author: Author,
    text: str,
    now: datetime,
    *,
    actor: str = "",
    received_id: int | None = None,
) -> None:
    """One more message or note on a ticket."""
    session.add(
        TicketMessage(ticket_id=ticket_id, author=author, actor=actor, text=text, received_id=received_id, at=now)
    )


def of_ticket(session: Session, ticket_id: int) -> Sequence[TicketMessage]:
    """What was said on a ticket, oldest first."""
    said = select(TicketMessage).where(TicketMessage.ticket_id == ticket_id)
    anew = said.order_by(col(TicketMessage.id)).execution_options(populate_existing=True)
    return session.exec(anew).all()


def last_of_asker(session: Session, ticket_id: int) -> TicketMessage | None:
    """What the asker said last and has not taken back; ``None`` when there is nothing."""
    return next(iter(reversed(words_of_asker(session, ticket_id))), None)


def words_of_asker(session: Session, ticket_id: int) -> list[TicketMessage]:
    """What the asker said and has not taken back, oldest first."""
    standing: list[TicketMessage] = []
    for each in of_ticket(session, ticket_id):
        if each.author == "asker":
            standing.append(each)
        elif each.author == "unsaid" and standing:
            standing.pop()
    return standing


def take_draft(session: Session, ticket_id: int, draft_id: int | None) -> TicketMessage | None:
    """The draft of that ticket, taken out of waiting; of two presses one gets it, the other ``None``."""
    waiting = (col(TicketMessage.id) == draft_id, col(TicketMessage.ticket_id) == ticket_id)
    taken = update(TicketMessage).where(*waiting, col(TicketMessage.author) == "draft").values(author="dropped")
    if draft_id is None or not session.connection().execute(taken).rowcount:
        return None
    return session.get(TicketMessage, draft_id, populate_existing=True)


def drop_drafts(session: Session, ticket_id: int, now: datetime) -> bool:
    """No reply waits on this ticket any more; whether one waited for a second person."""
    waiting = update(TicketMessage).where(col(TicketMessage.ticket_id) == ticket_id)
    session.connection().execute(waiting.where(col(TicketMessage.author) == "draft").values(author="dropped"))
    return checks.call_off(session, ticket_id, now)
