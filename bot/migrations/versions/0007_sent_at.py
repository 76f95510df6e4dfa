"""When a message was sent, beside when it reached us."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.add_column("received_message", sa.Column("sent_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
