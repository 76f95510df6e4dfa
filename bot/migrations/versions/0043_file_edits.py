"""Changes of authored files made in the console: who changed what, and what undid it."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "file_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file", text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("part", text(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=True) for name in ("before", "after")),
        sa.Column("undoes", sa.Integer(), nullable=True),
        *(sa.Column(name, text(), nullable=False) for name in ("actor", "actor_name")),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("file", "edition"),
    )
