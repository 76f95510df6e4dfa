"""Opinions and referrals join the chain of seals; `bot.migrate` seals what there is already. No table changes."""

from __future__ import annotations

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
