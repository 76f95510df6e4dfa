"""The directory of enterprises: rows, years, visits, who speaks for one, history.

Revision ID: 0049
Revises: 0048
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Five tables, all empty."""
    _enterprise()
    _years()
    _contacts()
    _history()
    _visits()


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False) for name in names]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sqlmodel.sql.sqltypes.UTCDateTime(), nullable=nullable)


def _id() -> list[sa.schema.SchemaItem]:
    return [sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id")]


def _of_enterprise(*, nullable: bool = False, name: str = "enterprise_id") -> list[sa.schema.SchemaItem]:
    return [sa.Column(name, sa.Integer(), nullable=nullable), sa.ForeignKeyConstraint([name], ["enterprise.id"])]


def _enterprise() -> None:
    op.create_table(
        "enterprise",
        *_id(),
        *_text("name", "code", "district", "industry", "kind", "size", "person", "phone", "note", "outlet"),
        *_text("created_by", "changed_by"),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at"),
        _moment("changed_at"),
        _moment("removed_at", nullable=True),
        *_of_enterprise(nullable=True, name="merged_into"),
    )
    living = sa.text("removed_at IS NULL AND code <> ''")
    op.create_index(
        "ix_enterprise_code",
        "enterprise",
        ["outlet", "code"],
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )
    op.create_index("ix_enterprise_name", "enterprise", ["name"])


def _years() -> None:
    op.create_table(
        "enterprise_year",
        *_id(),
        *_of_enterprise(),
        sa.Column("year", sa.Integer(), nullable=False),
        *_text("reason", "entered_by"),
        _moment("entered_at"),
        _moment("struck_at", nullable=True),
    )
    op.create_index("ix_enterprise_year_year", "enterprise_year", ["year"])
    standing = sa.text("struck_at IS NULL")
    op.create_index(
        "ix_enterprise_year_standing",
        "enterprise_year",
        ["enterprise_id", "year"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )


def _contacts() -> None:
    op.create_table(
        "enterprise_contact",
        *_of_enterprise(),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("is_person", sa.Boolean(), nullable=False),
        *_text("tied_by"),
        _moment("tied_at"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.PrimaryKeyConstraint("enterprise_id", "contact_id"),
    )
    op.create_index("ix_enterprise_contact_contact_id", "enterprise_contact", ["contact_id"])


def _history() -> None:
    op.create_table(
        "enterprise_event",
        *_id(),
        *_of_enterprise(),
        *_text("verb", "note", "actor", "actor_name"),
        sa.Column("changes", sa.JSON(), nullable=False),
        _moment("at"),
    )
    op.create_index("ix_enterprise_event_enterprise_id", "enterprise_event", ["enterprise_id"])


def _visits() -> None:
    op.create_table(
        "enterprise_visit",
        *_id(),
        *_of_enterprise(),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        *_text("visitor", "visitor_name", "met", "found", "needed", "next_step", "outcome", "struck_reason"),
        *_text("done_by", "entered_by"),
        _moment("entered_at"),
        _moment("done_at", nullable=True),
        _moment("struck_at", nullable=True),
    )
    for name in ("enterprise_id", "visited_on", "due_on"):
        op.create_index(f"ix_enterprise_visit_{name}", "enterprise_visit", [name])
