"""Kinds of reports, what was selected for one, and drafts made on set days."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text = sqlmodel.sql.sqltypes.AutoString()
    with op.batch_alter_table("report") as table:
        table.add_column(sa.Column("kind", text, nullable=False, server_default="effect"))
        table.add_column(sa.Column("chosen", text, nullable=False, server_default=""))
        table.add_column(sa.Column("scheduled", text, nullable=True))
        table.create_unique_constraint("uq_report_scheduled", ["scheduled"])
