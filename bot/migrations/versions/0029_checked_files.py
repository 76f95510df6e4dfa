"""Second checks (二次复核) of replies that come with a file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.add_column("reply_check", sa.Column("file_of", sa.String(), nullable=False, server_default=""))
