"""What people were reminded of (期限提醒): one row for each thing due, so that nothing is told twice.

`key` names the thing and its day, as in ``asset:3:invention:ZL…:invention_fee:2027-03-15``; `told` is the rank told
last, and only a higher one is told again. What somebody says is done (已办理) is told no more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

PROGRAMME = "programme:"  # how the keys of application windows begin: ``programme:<contact>:<revision>``


class Reminder(SQLModel, table=True):
    """One thing due; `contact_id` is who was reminded, empty where staff were."""

    __tablename__ = "reminder"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    contact_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    told: int = 0
    told_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str = ""

    @property
    def number(self) -> int:
        """The id of a stored reminder."""
        assert self.id is not None
        return self.id


def of_key(session: Session, key: str, contact_id: int | None) -> Reminder:
    """The row of one thing due, new when there is none."""
    # Both databases say INSERT … ON CONFLICT DO NOTHING; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = insert(Reminder).values(key=key, contact_id=contact_id, told=0, done_by="")
    session.connection().execute(first.on_conflict_do_nothing())
    return session.exec(select(Reminder).where(Reminder.key == key)).one()


def waiting(session: Session, prefix: str) -> Sequence[Reminder]:
    """What is not done whose key begins so, oldest first."""
    open_ones = select(Reminder).where(col(Reminder.key).startswith(prefix, autoescape=True))
    return session.exec(open_ones.where(col(Reminder.done_at).is_(None)).order_by(col(Reminder.id))).all()


def tell(session: Session, reminder: Reminder, rank: int, now: datetime) -> bool:
    """Whether this caller tells it: of two that try one gets ``True``, and nobody for what is done or was told."""
    still = (col(Reminder.id) == reminder.id, col(Reminder.told) < rank, col(Reminder.done_at).is_(None))
    told = update(Reminder).where(*still).values(told=rank, told_at=now)
    return bool(session.connection().execute(told).rowcount)


def finish(session: Session, reminder: Reminder, by: str, now: datetime) -> bool:
    """Whether it was marked done now; a second time changes nothing."""
    still = (col(Reminder.id) == reminder.id, col(Reminder.done_at).is_(None))
    moved = session.connection().execute(update(Reminder).where(*still).values(done_at=now, done_by=by)).rowcount
    session.refresh(reminder)
    return bool(moved)


def carry_over(session: Session, reminder: Reminder, key: str, *, told: int) -> None:
    """The reminder goes on under another key; where this person has that one already, it goes without a trace."""
    if session.exec(select(Reminder.id).where(Reminder.key == key)).first() is not None:
        session.delete(reminder)
    else:
        reminder.key, reminder.told = key, told
    session.flush()


def owned(session: Session, reminder_id: int | None, contact_id: int) -> Reminder | None:
    """A reminder of this very person; ``None`` for anybody else's."""
    found = session.get(Reminder, reminder_id) if reminder_id else None
    return found if found is not None and found.contact_id == contact_id else None


def done_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these things are done."""
    done = select(Reminder.key).where(col(Reminder.key).in_(keys), col(Reminder.done_at).is_not(None))
    return set(session.exec(done).all())


def of_contact(session: Session, contact_id: int) -> Sequence[Reminder]:
    """What one person was reminded of, oldest first."""
    return session.exec(select(Reminder).where(Reminder.contact_id == contact_id).order_by(col(Reminder.id))).all()


def ranks_told(session: Session, keys: Collection[str]) -> dict[str, int]:
    """By which rank these things were told last; those nobody was told of are not in it."""
    rows = session.exec(select(Reminder.key, Reminder.told).where(col(Reminder.key).in_(keys)))
    return dict(rows.all())


def drop(session: Session, prefix: str) -> None:
    """Nothing tells any more what was due whose key begins so."""
    session.connection().execute(delete(Reminder).where(col(Reminder.key).startswith(prefix, autoescape=True)))


def forget(session: Session, contact_id: int) -> None:
    """Nothing tells any more what one person was reminded of."""
    session.connection().execute(delete(Reminder).where(col(Reminder.contact_id) == contact_id))
