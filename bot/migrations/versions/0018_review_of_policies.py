"""Policies are reviewed: who wrote and who let out a revision, its history, reminders, what the index lacks."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    for name in ("author", "author_name", "reviewer", "reviewer_name"):
        op.add_column("revision", sa.Column(name, text, nullable=False, server_default=""))
    for name in ("published_at", "announced_at"):
        op.add_column("revision", sa.Column(name, moment, nullable=True))
    for name in ("review_due", "reminded_for"):
        op.add_column("revision", sa.Column(name, sa.Date(), nullable=True))
    op.add_column("revision", sa.Column("is_indexed", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_index("ix_revision_is_indexed", "revision", ["is_indexed"])
    # What is there was let out before today: what takes effect later is still to be announced.
    op.execute("UPDATE revision SET published_at = CURRENT_TIMESTAMP WHERE state = 'published'")
    op.create_table(
        "revision_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, text, nullable=False)
            for name in ("from_state", "to_state", "actor", "actor_name", "reason")
        ),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_revision_event_revision_id", "revision_event", ["revision_id"])
