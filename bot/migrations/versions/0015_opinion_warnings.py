"""What staff were told of the time of an opinion or complaint."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.add_column("opinion", sa.Column("warned", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
