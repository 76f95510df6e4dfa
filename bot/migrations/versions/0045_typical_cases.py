"""Typical cases with consent, review and history; they join the chain of seals (`bot.migrate`)."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_ALIVE = "state IN ('draft', 'in_review', 'published')"


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    words = (
        *("number", "service_item", "state", "title", "needed", "done", "result", "evaluation", "consent"),
        *("consent_version", "consent_text", "author", "author_name", "reviewer", "reviewer_name"),
    )
    op.create_table(
        "typical_case",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("ticket_id", "contact_id", "revision")),
        *(sa.Column(name, text, nullable=False) for name in words),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        *(sa.Column(name, moment, nullable=False) for name in ("created_at", "changed_at")),
        *(sa.Column(name, moment, nullable=True) for name in ("consent_at", "published_at")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.CheckConstraint(
            "reviewer = '' OR (reviewer <> author AND reviewer_name <> author_name)", name="case_four_eyes"
        ),
        sa.CheckConstraint("state <> 'published' OR (reviewer <> '' AND consent = 'given')", name="case_is_agreed"),
    )
    only_alive = sa.text(_ALIVE)
    op.create_index(
        "ix_typical_case_alive",
        "typical_case",
        ["ticket_id"],
        unique=True,
        sqlite_where=only_alive,
        postgresql_where=only_alive,
    )
    op.create_index("ix_typical_case_contact_id", "typical_case", ["contact_id"])
    op.create_index("ix_typical_case_state", "typical_case", ["state", "id"])
    op.create_table(
        "typical_case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("case_id", "revision")),
        *(sa.Column(name, text, nullable=False) for name in ("from_state", "to_state", "consent")),
        *(sa.Column(name, text, nullable=False) for name in ("actor", "actor_name", "note")),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["typical_case.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_typical_case_event_case_id", "typical_case_event", ["case_id"])
