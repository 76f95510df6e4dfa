"""Tickets: kind, outlet, who they are given to, merging, reopening; a note in the history."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_IS_ALIVE = "state IN ('open', 'assigned', 'claimed', 'replied')"


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    for name, default in (("kind", "consult"), ("outlet", ""), ("assignee", ""), ("assignee_name", "")):
        op.add_column("ticket", _text(name, default))
    # No foreign key: SQLite would have to copy the table, to which others refer.
    op.add_column("ticket", sa.Column("merged_into", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("reopened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("ticket_event", _text("note", ""))
    op.drop_index("ix_ticket_alive", "ticket")
    alive = sa.text(_IS_ALIVE)
    op.create_index(
        "ix_ticket_alive", "ticket", ["contact_id"], unique=True, sqlite_where=alive, postgresql_where=alive
    )
    op.create_index("ix_ticket_merged_into", "ticket", ["merged_into"])
    op.execute("UPDATE ticket SET kind = 'complaint' WHERE reason = 'complaint'")


def _text(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=default)
