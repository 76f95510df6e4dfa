"""Who sent in or submitted a revision; of those on their way, whoever submitted them stands in the history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.add_column("revision", sa.Column("brought_by", sa.JSON(), nullable=False, server_default="[]"))
    texts = [sa.column(name, sa.String()) for name in ("to_state", "actor", "actor_name")]
    events = sa.table("revision_event", sa.column("revision_id", sa.Integer()), *texts)
    revisions = sa.table("revision", sa.column("id", sa.Integer()), sa.column("brought_by", sa.JSON()))
    submitted: dict[int, list[list[str]]] = {}
    chosen = sa.select(events.c.revision_id, events.c.actor, events.c.actor_name).where(
        events.c.to_state == "in_review"
    )
    for number, key, name in op.get_bind().execute(chosen):
        submitted.setdefault(number, []).append([key, name])
    for number, people in submitted.items():
        op.execute(revisions.update().where(revisions.c.id == number).values(brought_by=people))
