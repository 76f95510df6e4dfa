"""When the timers of tickets were looked after last (at first: something was last done for one), and since when the
time of people runs.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.create_table(
        "last_look",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    )
    op.add_column("ticket_timer", sa.Column("runs_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.execute(
        "INSERT INTO last_look (id, at) SELECT 1, max(done_at) FROM ticket_timer HAVING max(done_at) IS NOT NULL"
    )
