"""How each answer came about, kept with its consultation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.add_column("consultation", sa.Column("trace", sa.JSON(), nullable=True))
