"""Ledgers of assets, and what people were reminded of."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        "asset_ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise", text(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        *(sa.Column(name, text(), nullable=False) for name in ("reminders", "created_by")),
        *(sa.Column(name, moment(), nullable=False) for name in ("created_at", "changed_at")),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.UniqueConstraint("contact_id"),
    )
    op.create_index("ix_asset_ledger_checked_on", "asset_ledger", ["checked_on"])
    op.create_table(
        "asset_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ledger_id", sa.Integer(), nullable=False),
        sa.Column("actor", text(), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("n_added", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["ledger_id"], ["asset_ledger.id"]),
    )
    op.create_index("ix_asset_import_ledger_id", "asset_import", ["ledger_id"])
    op.create_table(
        "asset",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("ledger_id", "import_id")),
        *(sa.Column(name, text(), nullable=False) for name in ("kind", "number", "name", "state")),
        *(sa.Column(each, sa.Date(), nullable=True) for each in _DAYS),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["ledger_id"], ["asset_ledger.id"]),
        sa.ForeignKeyConstraint(["import_id"], ["asset_import.id"]),
        sa.UniqueConstraint("ledger_id", "kind", "number"),
    )
    op.create_index("ix_asset_import_id", "asset", ["import_id"])
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", text(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        *(sa.Column(name, moment(), nullable=True) for name in ("told_at", "done_at")),
        sa.Column("done_by", text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_reminder_contact_id", "reminder", ["contact_id"])


_DAYS = ("filed_on", "granted_on", "published_on", "valid_until")
