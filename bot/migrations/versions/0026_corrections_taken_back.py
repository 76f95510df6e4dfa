"""What people were told by correction pushes, so that a wrong one is taken back; the first look takes stock anew."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text = sqlmodel.sql.sqltypes.AutoString()
    time = sqlmodel.sql.sqltypes.UTCDateTime()
    op.drop_table("told_change")
    op.create_table(
        "told_change",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("subject", "before", "after")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("nth", "n_told")),
        sa.Column("at", time, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject", "before", "nth"),
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("subject", "after", "words")),
        sa.Column("at", time, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"]),
    )
    for name in ("consultation_id", "subject"):
        op.create_index(f"ix_correction_{name}", "correction", [name])
