"""The staff console: credentials, sessions, one-time links, attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    time = UTCDateTime()
    op.create_table(
        "console_account",
        sa.Column("staff", sa.String(), primary_key=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_secret", sa.String(), nullable=False),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("recovery_hashes", sa.JSON(), nullable=False),
        sa.Column("set_up_at", time, nullable=False),
    )
    op.create_table(
        "console_link",
        sa.Column("token_hash", sa.String(), primary_key=True),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("totp_secret", sa.String(), nullable=False),
        sa.Column("ends_at", time, nullable=False),
    )
    op.create_index("ix_console_link_staff", "console_link", ["staff"])
    op.create_table(
        "console_attempt",
        sa.Column("key_hash", sa.String(), primary_key=True),
        sa.Column("n_tried", sa.Integer(), nullable=False),
        sa.Column("since", time, nullable=False),
    )
    op.create_table(
        "console_session",
        sa.Column("token_hash", sa.String(), primary_key=True),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("began_at", time, nullable=False),
        sa.Column("seen_at", time, nullable=False),
        sa.Column("ticket_id", sa.Integer()),
        sa.Column("looks_until", time),
    )
    op.create_index("ix_console_session_staff", "console_session", ["staff"])
    op.create_index("ix_console_session_ticket", "console_session", ["ticket_id", "looks_until"])
