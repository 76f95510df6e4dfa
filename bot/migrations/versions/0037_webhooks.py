"""Webhooks: which programs are told, what they are told, how far the histories were looked through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    time = UTCDateTime()
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", time, nullable=False),
        sa.Column("ended_at", time),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("webhook_id", sa.Integer(), sa.ForeignKey("webhook.id"), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("event_key", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", time, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("sent_at", time),
    )
    op.create_index("ix_webhook_delivery_once", "webhook_delivery", ["webhook_id", "event_key"], unique=True)
    waiting = sa.text("state IN ('waiting', 'sending')")
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["due_at", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "webhook_cursor",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("last_id", sa.Integer(), nullable=False),
    )
