"""Polls sent to Telegram no longer name the chat: erasing one's data could not reach it there."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    with op.batch_alter_table("telegram_poll") as batch_op:
        batch_op.drop_column("message_key")
