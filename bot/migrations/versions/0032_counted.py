"""Indexes with which figures are counted without reading whole records."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_COUNTED = ("action", "label", "service_item", "channel", "card_id", "ticket_id", "contact_id", "id")


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    op.create_index("ix_consultation_edit_of", "consultation", ["edit_of"])
    op.create_index("ix_consultation_counted", "consultation", ["created_at", *_COUNTED])
    op.create_index("ix_ticket_created_at", "ticket", ["created_at"])
