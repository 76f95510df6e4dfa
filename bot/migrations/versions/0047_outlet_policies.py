"""Policies and interpretations of one outlet (网点), and why it has something of its own.

Revision ID: 0047
Revises: 0046
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns each; what there is belongs to everybody."""
    for table in ("revision", "interpretation"):
        for name in ("outlet", "outlet_reason"):
            op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=""))
