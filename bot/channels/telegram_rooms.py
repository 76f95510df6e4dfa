"""What the Telegram channel must remember: topics of tickets, messages of tickets, polls, groups that moved."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint, delete, update
from sqlmodel import Field, Session, SQLModel, col, select

from bot.inbox import insert_unless_known


class TelegramTopic(SQLModel, table=True):
    """One forum topic of a staff room: the thread of one ticket."""

    __tablename__ = "telegram_topic"
    __table_args__ = (UniqueConstraint("room", "thread_key"), UniqueConstraint("room", "topic"))

    id: int | None = Field(default=None, primary_key=True)
    room: str
    thread_key: str
    topic: str
    title: str


class TelegramThreadMessage(SQLModel, table=True):
    """A message we sent into a ticket's thread: a reply to it belongs to the ticket, also in groups without topics."""

    __tablename__ = "telegram_thread_message"

    message_key: str = Field(primary_key=True)
    thread_key: str


class TelegramPoll(SQLModel, table=True):
    """A poll we sent: `poll_key` is what the core calls it. Whom it was sent to is nobody's business here."""

    __tablename__ = "telegram_poll"

    poll_id: str = Field(primary_key=True)
    poll_key: str


class TelegramMove(SQLModel, table=True):
    """A group that became a supergroup and got a new id. Settings and the core go on using the old one."""

    __tablename__ = "telegram_move"

    old_id: str = Field(primary_key=True)
    new_id: str = Field(index=True)


def topic_of(session: Session, room: str, thread_key: str) -> tuple[str, str] | None:
    """``(topic id, title)`` of a thread; ``None`` when it has no topic yet."""
    wanted = select(TelegramTopic).where(TelegramTopic.room == room, TelegramTopic.thread_key == thread_key)
    row = session.exec(wanted).one_or_none()
    return (row.topic, row.title) if row else None


def thread_of_topic(session: Session, room: str, topic: str) -> str:
    """The thread a topic belongs to; empty for topics we did not make."""
    wanted = select(TelegramTopic.thread_key).where(TelegramTopic.room == room, TelegramTopic.topic == topic)
    return session.exec(wanted).one_or_none() or ""


def keep_topic(session: Session, room: str, thread_key: str, topic: str, title: str) -> None:
    """The thread now has this topic; an earlier one was deleted in Telegram."""
    forget_topic(session, room, thread_key)
    session.add(TelegramTopic(room=room, thread_key=thread_key, topic=topic, title=title))


def rename_topic(session: Session, room: str, thread_key: str, title: str) -> None:
    """The topic's title as Telegram now shows it."""
    theirs = (col(TelegramTopic.room) == room, col(TelegramTopic.thread_key) == thread_key)
    session.connection().execute(update(TelegramTopic).where(*theirs).values(title=title))


def forget_topic(session: Session, room: str, thread_key: str) -> None:
    """The topic is gone in Telegram."""
    theirs = (col(TelegramTopic.room) == room, col(TelegramTopic.thread_key) == thread_key)
    session.connection().execute(delete(TelegramTopic).where(*theirs))


def keep_thread_message(session: Session, message_key: str, thread_key: str) -> None:
    """A message we sent belongs to this thread."""
    row = {"message_key": message_key, "thread_key": thread_key}
    session.connection().execute(insert_unless_known(session, TelegramThreadMessage), row)


def thread_of_message(session: Session, message_key: str) -> str:
    """The thread of a message we sent; empty when it has none."""
    row = session.get(TelegramThreadMessage, message_key)
    return row.thread_key if row else ""


def keep_poll(session: Session, poll_id: str, poll_key: str) -> None:
    """A poll we sent."""
    session.add(TelegramPoll(poll_id=poll_id, poll_key=poll_key))


def poll_of(session: Session, poll_id: str) -> str | None:
    """The key of a poll we sent; ``None`` for polls of others."""
    row = session.get(TelegramPoll, poll_id)
    return row.poll_key if row else None


def keep_move(session: Session, old_id: str, new_id: str) -> None:
    """The group with the old id has a new one."""
    session.merge(TelegramMove(old_id=old_id, new_id=new_id))


def moves(session: Session) -> dict[str, str]:
    """All groups that moved, old id → new id."""
    return {row.old_id: row.new_id for row in session.exec(select(TelegramMove))}
