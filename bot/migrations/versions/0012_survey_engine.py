"""One survey engine: the satisfaction surveys move into the tables of every questionnaire, nothing is lost."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TEXT, _MOMENT = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
_SCORES = {"5": "非常满意", "4": "满意", "3": "一般", "2": "不满意", "1": "很不满意"}
_SOLVED = {"True": "解决了", "False": "没解决"}


def upgrade() -> None:
    """Forward; there is no way back, restore the backup instead."""
    _make_tables()
    connection = op.get_bind()
    channels = {row.id: row.channel for row in connection.execute(sa.text("SELECT id, channel FROM contact"))}
    responses: dict[int, int] = {}
    for row in connection.execute(sa.select(_OLD).order_by(_OLD.c.id)).mappings().all():
        responses |= _move(connection, dict(row), channels)
    for change in connection.execute(sa.select(_OLD_CHANGE).order_by(_OLD_CHANGE.c.id)).mappings().all():
        _move_change(connection, dict(change), responses)
    op.drop_table("survey_change")
    op.drop_table("survey")


def _move(connection: sa.Connection, row: dict[str, Any], channels: dict[int, str]) -> dict[int, int]:
    """The asking of one old row, and its answers; old id → response id when there are any."""
    channel = channels.get(row["contact_id"], "")
    asking = {name: row[name] for name in ("contact_id", "ticket_id", "turn", "state", "due_at", "sent_at")}
    occasion = {"survey": "satisfaction", "occasion": f"ticket:{row['ticket_id']}", "channel": channel}
    connection.execute(sa.insert(_table("survey_asking")).values(**occasion, **asking))
    given: dict[str, str] = {}
    if row["score"] is not None:
        given["score"] = _SCORES[str(row["score"])]
    if row["is_solved"] is not None:
        given["solved"] = _SOLVED[str(bool(row["is_solved"]))]
    if row["words"]:
        given["words"] = row["words"]
    if not given:
        return {}
    at = row["answered_at"] or row["due_at"]
    whose = {"respondent": f"contact:{row['contact_id']}", "contact_id": row["contact_id"], "started_at": at}
    finished = {"finished_at": at if "score" in given else None}
    response = sa.insert(_table("survey_response")).values(**occasion, **whose, **finished)
    response_id: int = connection.execute(response.returning(_table("survey_response").c.id)).scalar_one()
    for question, answer in given.items():
        values = {"response_id": response_id, "question": question, "chosen": [answer], "is_settled": True}
        connection.execute(sa.insert(_table("survey_answer")).values(**values, is_words=question == "words"))
    return {row["id"]: response_id}


def _move_change(connection: sa.Connection, row: dict[str, Any], responses: dict[int, int]) -> None:
    response_id = responses.get(row["survey_id"])
    if response_id is None:
        return
    names = {"score": _SCORES, "solved": _SOLVED}.get(row["what"], {})
    values = {"question": row["what"], "at": row["at"], "is_words": row["what"] == "words"}
    values |= {key: [names.get(row[key], row[key])] if row[key] else [] for key in ("old", "new")}
    connection.execute(sa.insert(_table("survey_answer_change")).values(response_id=response_id, **values))


def _table(name: str) -> sa.Table:
    return _TABLES[name]


_OLD = sa.table(
    "survey",
    *(sa.column(name, sa.Integer()) for name in ("id", "ticket_id", "contact_id", "turn", "score")),
    *(sa.column(name, _TEXT) for name in ("state", "words")),
    *(sa.column(name, _MOMENT) for name in ("due_at", "sent_at", "answered_at")),
    sa.column("is_solved", sa.Boolean()),
)
_OLD_CHANGE = sa.table(
    "survey_change",
    *(sa.column(name, sa.Integer()) for name in ("id", "survey_id")),
    *(sa.column(name, _TEXT) for name in ("what", "old", "new")),
    sa.column("at", _MOMENT),
)
_METADATA = sa.MetaData()
_TABLES = {
    name: sa.Table(name, _METADATA, sa.Column("id", sa.Integer(), primary_key=True), *columns)
    for name, columns in {
        "survey_asking": (
            sa.Column("survey", _TEXT, nullable=False),
            sa.Column("occasion", _TEXT, nullable=False),
            sa.Column("contact_id", sa.Integer(), nullable=False),
            sa.Column("ticket_id", sa.Integer()),
            sa.Column("channel", _TEXT, nullable=False),
            sa.Column("turn", sa.Integer(), nullable=False),
            sa.Column("state", _TEXT, nullable=False),
            sa.Column("due_at", _MOMENT, nullable=False),
            sa.Column("sent_at", _MOMENT),
            sa.Column("remind_at", _MOMENT),
            sa.Column("reminded_at", _MOMENT),
        ),
        "survey_response": (
            sa.Column("survey", _TEXT, nullable=False),
            sa.Column("occasion", _TEXT, nullable=False),
            sa.Column("respondent", _TEXT, nullable=False),
            sa.Column("contact_id", sa.Integer()),
            sa.Column("channel", _TEXT, nullable=False),
            sa.Column("started_at", _MOMENT, nullable=False),
            sa.Column("finished_at", _MOMENT),
        ),
        "survey_answer": (
            sa.Column("response_id", sa.Integer(), nullable=False),
            sa.Column("question", _TEXT, nullable=False),
            sa.Column("chosen", sa.JSON(), nullable=False),
            sa.Column("is_settled", sa.Boolean(), nullable=False),
            sa.Column("is_words", sa.Boolean(), nullable=False),
        ),
        "survey_answer_change": (
            sa.Column("response_id", sa.Integer(), nullable=False),
            sa.Column("question", _TEXT, nullable=False),
            sa.Column("old", sa.JSON(), nullable=False),
            sa.Column("new", sa.JSON(), nullable=False),
            sa.Column("is_words", sa.Boolean(), nullable=False),
            sa.Column("at", _MOMENT, nullable=False),
        ),
    }.items()
}


def _copy(column: sa.Column[Any]) -> sa.Column[Any]:
    return sa.Column(column.name, column.type, primary_key=column.primary_key, nullable=column.nullable)


def _make_tables() -> None:
    op.create_table(
        "survey_asking",
        *(_copy(column) for column in _TABLES["survey_asking"].columns),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.UniqueConstraint("survey", "occasion", "contact_id"),
    )
    op.create_index("ix_survey_asking_contact_id", "survey_asking", ["contact_id"])
    op.create_index("ix_survey_asking_ticket_id", "survey_asking", ["ticket_id"])
    op.create_index("ix_survey_asking_due", "survey_asking", ["state", "due_at"])
    op.create_index("ix_survey_asking_remind", "survey_asking", ["state", "remind_at"])
    op.create_table(
        "survey_response",
        *(_copy(column) for column in _TABLES["survey_response"].columns),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.UniqueConstraint("survey", "occasion", "respondent"),
    )
    op.create_index("ix_survey_response_contact_id", "survey_response", ["contact_id"])
    op.create_table(
        "survey_answer",
        *(_copy(column) for column in _TABLES["survey_answer"].columns),
        sa.ForeignKeyConstraint(["response_id"], ["survey_response.id"]),
        sa.UniqueConstraint("response_id", "question"),
    )
    op.create_table(
        "survey_answer_change",
        *(_copy(column) for column in _TABLES["survey_answer_change"].columns),
        sa.ForeignKeyConstraint(["response_id"], ["survey_response.id"]),
    )
    op.create_index("ix_survey_answer_change_response_id", "survey_answer_change", ["response_id"])
