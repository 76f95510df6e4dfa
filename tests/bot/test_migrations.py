"""Migrations give the schema the code expects, keep data, back it up first, and refuse a newer database."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel, select

import bot.tables  # noqa: F401  every table
from bot.database import open_engine
from bot.migrate import NewerDatabaseError, back_up, upgrade
from consultations import surveys
from consultations.surveys import SurveyAsking, SurveyResponse

OLD_CONTACT = "false, false, false, '2026-11-23 00:00', NULL)"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def bare(engine: Engine) -> Engine:
    """An empty database, without tables."""
    SQLModel.metadata.drop_all(engine)
    return engine


def test_migrations_give_the_schema_the_code_expects(bare: Engine, tmp_path: Path) -> None:
    assert upgrade(bare, tmp_path / "backups", NOW)
    with bare.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_database_of_this_release_is_left_alone(bare: Engine, tmp_path: Path) -> None:
    upgrade(bare, tmp_path / "backups", NOW)
    assert not upgrade(bare, tmp_path / "backups", NOW)
    assert not (tmp_path / "backups").exists()


def test_a_newer_database_is_refused_in_plain_words(bare: Engine, tmp_path: Path) -> None:
    upgrade(bare, tmp_path / "backups", NOW)
    with bare.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabaseError, match="9999"):
        upgrade(bare, tmp_path / "backups", NOW)


def test_tickets_of_an_older_release_keep_their_data(bare: Engine, tmp_path: Path) -> None:
    upgrade(bare, tmp_path / "backups", NOW, to="0005")
    with bare.begin() as connection:
        connection.execute(text("INSERT INTO contact VALUES (1, 'core', 'a', '', '', '', '', NULL, " + OLD_CONTACT))
        connection.execute(
            text(
                "INSERT INTO ticket (id, number, contact_id, question, reason, service_item, state, holder,"
                " holder_name,"
                " created_at, due_at) VALUES (1, 'GD-20261123-0001', 1, '示例', 'complaint', '', 'claimed', 's:1',"
                " '示例甲', '2026-11-23 01:00', '2026-11-23 02:00')"
            )
        )
        connection.execute(
            text("INSERT INTO ticket_event VALUES (1, 1, '', 'open', '', '2026-11-23 01:00')"),
        )
    upgrade(bare, tmp_path / "backups", NOW)
    with bare.begin() as connection:
        rows = connection.execute(text("SELECT state, kind, assignee, merged_into, holder_name FROM ticket")).all()
        assert [tuple(each) for each in rows] == [("claimed", "complaint", "", None, "示例甲")]
        assert connection.execute(text("SELECT note FROM ticket_event")).scalars().all() == [""]
        connection.execute(text("UPDATE ticket SET state = 'assigned'"))


def test_satisfaction_surveys_of_an_older_release_keep_their_answers(bare: Engine, tmp_path: Path) -> None:
    upgrade(bare, tmp_path / "backups", NOW, to="0009")
    at = "2026-11-23 01:00"
    with bare.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO contact (id, channel, chat_id, name, notice_version, consent, consent_version,"
                " is_subscribed, is_blocked, is_secret, first_seen_at)"
                f" VALUES (1, 'web', 'a', '', '', '', '', false, false, false, '{at}')"
            )
        )
        for number in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO ticket (id, number, contact_id, question, reason, kind, service_item, outlet, state,"
                    " assignee, assignee_name, holder, holder_name, created_at, due_at)"
                    f" VALUES ({number}, 'GD-{number}', 1, '', 'asked', 'consult', '', '', 'closed', '', '', '', '',"
                    f" '{at}', '{at}')"
                )
            )
        columns = "INSERT INTO survey (id, ticket_id, contact_id, turn, state, due_at, words"
        rated = (
            f", sent_at, score, is_solved, answered_at) VALUES (7, 1, 1, 1, 'sent', '{at}', '示例', '{at}', 2, false"
        )
        waiting = f"{columns}) VALUES (8, 2, 1, 1, 'waiting', '{at}', '')"
        changed = (
            f"INSERT INTO survey_change (id, survey_id, what, old, new, at) VALUES (1, 7, 'score', '5', '2', '{at}')"
        )
        rated = f"{columns}{rated}, '{at}')"
        for statement in (rated, waiting, changed):
            connection.execute(text(statement))
    upgrade(bare, tmp_path / "backups", NOW)
    with Session(bare) as session:
        askings = session.exec(select(SurveyAsking).order_by("id")).all()
        assert [(each.occasion, each.state, each.channel) for each in askings] == [
            ("ticket:1", "sent", "web"),
            ("ticket:2", "waiting", "web"),
        ]
        assert surveys.score_of(session, 1) == 2
        (response,) = session.exec(select(SurveyResponse)).all()
        given = {question: each.chosen for question, each in surveys.answers_of(session, response).items()}
        assert given == {"score": ["不满意"], "solved": ["没解决"], "words": ["示例"]}
        (change,) = surveys.changes_of(session, response)
        assert (change.old, change.new) == (["非常满意"], ["不满意"])


def test_a_backup_is_whole_while_the_database_is_in_use(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE scratch (n INTEGER)"))
        connection.execute(text("INSERT INTO scratch VALUES (7)"))
    with engine.connect() as held:
        held.execute(text("SELECT * FROM scratch"))
        held.rollback()
        back_up(engine, tmp_path / "backups" / "copy.sqlite3")
    engine.dispose()
    copy = sqlite3.connect(tmp_path / "backups" / "copy.sqlite3")
    assert copy.execute("SELECT n FROM scratch").fetchall() == [(7,)]
    copy.close()
