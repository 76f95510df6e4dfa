"""What is recorded about a policy besides its text: level, region, topics, links, attachments, programme."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text = sqlmodel.sql.sqltypes.AutoString()
    for name in ("issuer", "level", "region", "origin"):
        op.add_column("revision", sa.Column(name, text, nullable=False, server_default=""))
    for name in ("topics", "service_items", "industries", "basis", "attachments"):
        op.add_column("revision", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("revision", sa.Column("programme", sa.JSON(), nullable=False, server_default="{}"))
