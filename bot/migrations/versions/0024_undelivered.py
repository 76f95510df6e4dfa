"""When staff were told that a message did not arrive; of failures before this release nobody is told any more."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.add_column("outbox_message", sa.Column("staff_told_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.execute("UPDATE outbox_message SET staff_told_at = created_at WHERE state = 'failed'")
