"""Card drafts: their texts, their history, who asked what they answer."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None

_IS_ALIVE = "state IN ('draft', 'in_review', 'published')"


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.create_table(
        "card_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("card_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("variants", sa.JSON(), nullable=False),
        sa.Column("negatives", sa.JSON(), nullable=False),
        sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("service_item", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("review_due", sa.Date(), nullable=True),
        sa.Column("titled_by", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("author", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("author_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reviewer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reviewer_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("changed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("published_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("reviewer = '' OR (reviewer <> author AND reviewer_name <> author_name)", name="four_eyes"),
        sa.CheckConstraint("state <> 'published' OR reviewer <> ''", name="published_is_reviewed"),
    )
    with op.batch_alter_table("card_draft", schema=None) as batch_op:
        batch_op.create_index(
            "ix_card_draft_source",
            ["source"],
            unique=True,
            sqlite_where=sa.text(_IS_ALIVE),
            postgresql_where=sa.text(_IS_ALIVE),
        )
        batch_op.create_index("ix_card_draft_state", ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_draft_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "card_draft_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("from_state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("to_state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["card_draft.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("card_draft_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_draft_event_draft_id"), ["draft_id"], unique=False)

    op.create_table(
        "card_draft_asker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("wording", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.ForeignKeyConstraint(["draft_id"], ["card_draft.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("draft_id", "consultation_id"),
    )
    with op.batch_alter_table("card_draft_asker", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_draft_asker_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_draft_asker_draft_id"), ["draft_id"], unique=False)
