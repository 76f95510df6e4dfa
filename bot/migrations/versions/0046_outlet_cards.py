"""Cards of one outlet (网点卡片), and what they answer instead of.

Revision ID: 0046
Revises: 0045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Four columns; the drafts there are belong to everybody."""
    for name in ("outlet", "overrides", "override_reason", "overrides_version"):
        op.add_column("card_draft", sa.Column(name, sa.String(), nullable=False, server_default=""))
