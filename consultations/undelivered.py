"""Messages to people that will never arrive: which ones staff were not told of yet."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from consultations.outbox import OutboxMessage


def failed_untold(session: Session, limit: int = 100) -> list[OutboxMessage]:
    """Messages to people that will never arrive and of which staff do not know yet, oldest first."""
    # The index over broadcasts finds them: rows of no broadcast, by state.
    failed = select(OutboxMessage).where(
        col(OutboxMessage.broadcast_id).is_(None), col(OutboxMessage.state) == "failed"
    )
    untold = failed.where(col(OutboxMessage.kind) == "reply", col(OutboxMessage.staff_told_at).is_(None))
    return list(session.execute(untold.order_by(col(OutboxMessage.id)).limit(limit)).scalars())


def mark_told(session: Session, outbox_ids: Collection[int], now: datetime) -> None:
    """Staff know that these did not arrive."""
    session.connection().execute(
        update(OutboxMessage).where(col(OutboxMessage.id).in_(list(outbox_ids))).values(staff_told_at=now)
    )
