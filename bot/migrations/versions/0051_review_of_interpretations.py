"""Interpretations (政策解读) are looked at again a year after they were let out.

Revision ID: 0051
Revises: 0050
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; of those that are public the year is counted from the day they were written."""
    op.add_column("interpretation", sa.Column("review_due", sa.Date(), nullable=True))
    table = sa.table(
        "interpretation",
        sa.column("id", sa.Integer()),
        sa.column("state", sa.String()),
        sa.column("written_on", sa.Date()),
        sa.column("review_due", sa.Date()),
    )
    connection = op.get_bind()
    for number, written_on in connection.execute(
        sa.select(table.c.id, table.c.written_on).where(table.c.state == "published")
    ).all():
        due = written_on + timedelta(days=365)
        connection.execute(table.update().where(table.c.id == number).values(review_due=due))
