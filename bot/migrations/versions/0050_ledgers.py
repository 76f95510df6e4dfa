"""The ledgers an outlet keeps (台账), with their history.

Revision ID: 0050
Revises: 0049
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("kind", "outlet")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("content", "personal")),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("key", text, nullable=True),
        *(sa.Column(name, moment, nullable=False) for name in ("created_at", "changed_at")),
        sa.Column("removed_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_ledger_entry_kind", "ledger_entry", ["kind", "outlet"])
    op.create_table(
        "ledger_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("verb", "actor", "actor_name")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("content", "personal")),
        sa.Column("note", text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ledger_event_entry_id", "ledger_event", ["entry_id"])
