"""Replies to several askers at once (并单): each of their tickets keeps a copy, and each may be about any of them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update
from sqlmodel import Session, col, select

from consultations import seals
from consultations.ticket_messages import TicketMessage


def forget(session: Session, ticket_ids: Collection[int]) -> None:
    """Take the words of what was said on these tickets out of the copies on others too: it was written for this asker
    as well. The others read it when it came; what they were sent stays theirs.
    """
    mine = select(TicketMessage).where(col(TicketMessage.ticket_id).in_(ticket_ids), TicketMessage.author == "staff")
    for each in session.exec(mine.where(TicketMessage.text != "")).all():
        copies = select(TicketMessage.id).where(
            TicketMessage.author == "staff",
            TicketMessage.actor == each.actor,
            TicketMessage.at == each.at,
            TicketMessage.text == each.text,
            col(TicketMessage.ticket_id).not_in(ticket_ids),
        )
        ids = [copy for copy in session.exec(copies) if copy is not None]
        if ids:
            session.connection().execute(update(TicketMessage).where(col(TicketMessage.id).in_(ids)).values(text=""))
            seals.seal_erased(session, "ticket_message", ids)
