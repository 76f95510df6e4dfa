"""The history of broadcasts says which words each step was about, and joins the chain of seals (`bot.migrate`)."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("broadcast_event", sa.Column("content_hash", text, nullable=False, server_default=""))
