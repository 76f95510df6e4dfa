"""Broadcasts with segment, approval, schedule and history; who opened the full text of one.

What was confirmed before is looked through once more by the service and then is done; what was dropped is cancelled.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TEXTS = {"kind": "push", "segment": "全部订阅者"} | dict.fromkeys(
    ("title", "details", "about", "author_name", "approver", "approver_name"), ""
)


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    for name, value in TEXTS.items():
        op.add_column("broadcast", sa.Column(name, text, nullable=False, server_default=value))
    for name, value in {"rule": "{}", "hands": "[]"}.items():
        op.add_column("broadcast", sa.Column(name, sa.JSON(), nullable=False, server_default=value))
    for name, number in {"edition": "1", "n_capped": "0"}.items():
        op.add_column("broadcast", sa.Column(name, sa.Integer(), nullable=False, server_default=number))
    for name, is_on in {"is_insisted": sa.false(), "is_public": sa.true()}.items():
        op.add_column("broadcast", sa.Column(name, sa.Boolean(), nullable=False, server_default=is_on))
    for name in ("due_at", "started_at", "finished_at"):
        op.add_column("broadcast", sa.Column(name, moment, nullable=True))
    op.create_index("ix_broadcast_state", "broadcast", ["state"])
    old = sa.table("broadcast", *(sa.column(each) for each in ("state", "author", "author_name")))
    op.execute(old.update().values(author_name=old.c.author))
    for before, after in {"confirmed": "sending", "dropped": "cancelled"}.items():
        op.execute(old.update().where(old.c.state == before).values(state=after))
    times = sa.table(
        "broadcast", *(sa.column(each, moment) for each in ("started_at", "confirmed_at")), sa.column("state")
    )
    op.execute(times.update().where(times.c.state == "sending").values(started_at=times.c.confirmed_at))
    _history(text, moment)


def _history(text: sa.types.TypeEngine[str], moment: sqlmodel.sql.sqltypes.UTCDateTime) -> None:
    op.create_table(
        "broadcast_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("from_state", "to_state")),
        sa.Column("edition", sa.Integer(), nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("actor", "actor_name", "note")),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_broadcast_event_broadcast_id", "broadcast_event", ["broadcast_id"])
    op.create_table(
        "broadcast_reading",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.PrimaryKeyConstraint("broadcast_id", "contact_id"),
    )
