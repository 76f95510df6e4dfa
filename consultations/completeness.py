"""Whether every question that came in is in the archive (咨询档案), and everything said to staff on its ticket."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from consultations.archive import Consultation
from consultations.received import ReceivedMessage
from consultations.ticket_messages import TicketMessage


def unfiled(session: Session, since: datetime) -> list[int]:
    """The ids of messages received since then of which there is no record; none, as long as a turn is one commit."""
    asked = select(Consultation.received_id)
    said = select(TicketMessage.received_id).where(col(TicketMessage.received_id).is_not(None))
    words = (col(ReceivedMessage.received_at) >= since, ReceivedMessage.kind == "text", ReceivedMessage.text != "")
    lost = select(ReceivedMessage.id).where(
        *words,
        ((col(ReceivedMessage.route) == "ask") & col(ReceivedMessage.id).not_in(asked))
        | ((col(ReceivedMessage.route) == "ticket") & col(ReceivedMessage.id).not_in(said)),
    )
    return [each for each in session.exec(lost.order_by(col(ReceivedMessage.id))) if each is not None]
