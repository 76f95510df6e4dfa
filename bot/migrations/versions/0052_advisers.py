"""The colleague who looks after an enterprise of the directory (服务专员).

Revision ID: 0052
Revises: 0051
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("enterprise", sa.Column("adviser", text, nullable=False, server_default=""))
