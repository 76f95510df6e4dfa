"""What people subscribe to, and named segments of them."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("facet", "value", "consent_version")),
        sa.Column("chosen_at", moment, nullable=False),
        sa.Column("dropped_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_subscription_contact_id", "subscription", ["contact_id"])
    op.create_index(
        "ix_subscription_standing",
        "subscription",
        ["contact_id", "facet", "value"],
        unique=True,
        sqlite_where=sa.text("dropped_at IS NULL"),
        postgresql_where=sa.text("dropped_at IS NULL"),
    )
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("author_name", text, nullable=False),
        sa.Column("saved_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
