"""What enterprises told of themselves, for matching."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        "enterprise_facts",
        sa.Column("contact_id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("facts", "skipped")),
        sa.Column("consent_version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        *(sa.Column(name, moment(), nullable=False) for name in ("consent_at", "changed_at")),
        sa.PrimaryKeyConstraint("contact_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
    )
