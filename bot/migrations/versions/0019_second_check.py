"""Second checks of replies (二次复核)."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ONE_DRAFT = sa.text("state = 'waiting' AND NOT is_after")


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    words = ("risk", "author", "author_name", "state", "checker", "checker_name")
    op.create_table(
        "reply_check",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("ticket_id", "message_id")),
        *(sa.Column(name, text, nullable=False) for name in words),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("is_after", "is_insisted")),
        sa.Column("created_at", moment, nullable=False),
        *(sa.Column(name, moment, nullable=True) for name in ("decided_at", "asker_told_at")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.ForeignKeyConstraint(["message_id"], ["ticket_message.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index(
        "ix_reply_check_draft",
        "reply_check",
        ["ticket_id"],
        unique=True,
        sqlite_where=_ONE_DRAFT,
        postgresql_where=_ONE_DRAFT,
    )
    op.create_index("ix_reply_check_ticket_id", "reply_check", ["ticket_id"])
    op.create_index("ix_reply_check_state", "reply_check", ["state", "created_at"])
