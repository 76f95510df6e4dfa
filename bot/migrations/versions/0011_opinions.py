"""The ledger of opinions and complaints (意见建议、投诉台账), with its history."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("number", "key", "kind", "channel")),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("contact_id", "consultation_id", "ticket_id")),
        *(sa.Column(name, text, nullable=False) for name in ("text", "state", "entered_by", "reply", "replied_by")),
        *(sa.Column(name, moment, nullable=False) for name in ("created_at", "due_at")),
        *(sa.Column(name, moment, nullable=True) for name in ("replied_at", "closed_at")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_opinion_state", "opinion", ["state", "due_at"])
    op.create_index("ix_opinion_due", "opinion", ["due_at"])
    op.create_index("ix_opinion_contact_id", "opinion", ["contact_id"])
    op.create_index("ix_opinion_ticket_id", "opinion", ["ticket_id"])
    op.create_table(
        "opinion_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("from_state", "to_state", "actor", "note")),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_opinion_event_opinion_id", "opinion_event", ["opinion_id"])
