"""Which kinds a ticket was of before; of changes before this release only the history tells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.add_column("ticket", sa.Column("kinds_before", sa.JSON(), nullable=False, server_default="[]"))
