"""Trainings with their history, and who takes part in them."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    words = (
        *("number", "outlet", "service_item", "state", "title", "place", "lecturer", "courseware"),
        *("courseware_version", "confirmed_by", "audience", "topic", "plan", "notice", "needs", "code", "reason"),
        *("author", "author_name"),
    )
    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in words),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("capacity", "notices", "revision")),
        *(sa.Column(name, moment, nullable=False) for name in ("starts_at", "ends_at", "created_at", "changed_at")),
        sa.Column("confirmed_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.CheckConstraint("capacity >= 0", name="training_capacity"),
        sa.CheckConstraint("ends_at > starts_at", name="training_ends_after_start"),
    )
    op.create_index("ix_training_state", "training", ["state", "starts_at"])
    op.create_table(
        "training_event",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("training_id", "revision")),
        *(sa.Column(name, text, nullable=False) for name in ("from_state", "to_state", "actor", "actor_name", "note")),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_training_event_training_id", "training_event", ["training_id"])
    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        *(sa.Column(name, text, nullable=False) for name in ("name", "state", "channel")),
        sa.Column("turn", sa.Integer(), nullable=False),
        *(sa.Column(name, moment, nullable=False) for name in ("signed_at", "changed_at")),
        sa.Column("attended_at", moment, nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("training_id", "contact_id", name="attendance_once"),
        sa.UniqueConstraint("training_id", "turn", name="attendance_turn"),
    )
    op.create_index("ix_attendance_contact_id", "attendance", ["contact_id"])
