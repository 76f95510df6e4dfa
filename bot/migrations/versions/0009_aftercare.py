"""Follow-ups climb a ladder, with history; the improvement ledger; when a contact is reachable and whose it is."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead. Rows sent before do not climb: they have no time."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    for name in ("rule", "cause", "way", "words", "recorded_by"):
        op.add_column("follow_up", sa.Column(name, text, nullable=False, server_default=""))
    for name in ("rung", "attempts"):
        op.add_column("follow_up", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("sent_to", "outbox_id"):
        op.add_column("follow_up", sa.Column(name, sa.Integer(), nullable=True))
    for name in ("escalate_at", "task_due_at", "reminded_at"):
        op.add_column("follow_up", sa.Column(name, moment, nullable=True))
    op.create_index("ix_follow_up_escalate", "follow_up", ["state", "escalate_at"])
    op.create_index("ix_follow_up_task", "follow_up", ["state", "task_due_at"])

    op.add_column("survey", sa.Column("turn", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("contact", sa.Column("reachable_until", moment, nullable=True))
    op.add_column("contact", sa.Column("person", sa.Integer(), nullable=True))
    op.create_index("ix_contact_person", "contact", ["person"])

    op.create_table(
        "follow_up_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=False),
        sa.Column("from_state", text, nullable=False),
        sa.Column("to_state", text, nullable=False),
        sa.Column("what", text, nullable=False),
        sa.Column("actor", text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["follow_up_id"], ["follow_up.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_follow_up_event_follow_up_id", "follow_up_event", ["follow_up_id"])

    op.create_table(
        "improvement_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("source", text, nullable=False),
        sa.Column("cause", text, nullable=False),
        sa.Column("state", text, nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("measure", text, nullable=False),
        sa.Column("closed_by", text, nullable=False),
        sa.Column("closed_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket_id", "source"),
    )
    op.create_index("ix_improvement_item_state", "improvement_item", ["state", "due_at"])

    op.create_table(
        "link_code",
        sa.Column("code", text, nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("ix_link_code_contact_id", "link_code", ["contact_id"])
