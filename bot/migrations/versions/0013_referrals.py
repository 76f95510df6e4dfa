"""Referrals to professional bodies (对接专业机构), with their history."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ALIVE = "state IN ('offered', 'chosen', 'contacted')"


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    words = ("number", "kind", "district", "state", "provider_id", "provider_name", "consent_version", "consent_text")
    moments = ("consent_at", "chosen_at", "contacted_at", "done_at", "withdrawn_at")
    op.create_table(
        "referral",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("ticket_id", "contact_id")),
        *(sa.Column(name, text, nullable=False) for name in words),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("options", "shared")),
        sa.Column("created_at", moment, nullable=False),
        *(sa.Column(name, moment, nullable=True) for name in moments),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    only_alive = sa.text(_ALIVE)
    op.create_index(
        "ix_referral_alive",
        "referral",
        ["ticket_id"],
        unique=True,
        sqlite_where=only_alive,
        postgresql_where=only_alive,
    )
    op.create_index("ix_referral_contact_id", "referral", ["contact_id"])
    op.create_table(
        "referral_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("from_state", "to_state", "actor", "note")),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_referral_event_referral_id", "referral_event", ["referral_id"])
