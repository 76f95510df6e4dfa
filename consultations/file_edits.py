"""Changes of authored files made in the console: who changed which entry from what to what, and whether it was undone.

The files stay the source of truth; these rows say how they came to be as they are. Secrets are never in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from consultations.tickets import Staff

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One entry of a file (``duty/staff.toml``): no `before` when it is new, no `after` when it is taken out."""

    file: str
    table: str
    before: Values | None
    after: Values | None

    def reverse(self) -> Change:
        """What undoes it."""
        return Change(self.file, self.table, self.after, self.before)


class FileEdit(SQLModel, table=True):
    """One change that was made. `edition` counts the changes of a file: of two at once, one is refused."""

    __tablename__ = "file_edit"
    __table_args__ = (UniqueConstraint("file", "edition"),)

    id: int | None = Field(default=None, primary_key=True)
    file: str
    edition: int
    part: str
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    undoes: int | None = None
    actor: str
    actor_name: str
    at: datetime

    @property
    def change(self) -> Change:
        """What was changed."""
        return Change(self.file, self.part, _read(self.before), _read(self.after))


def note(session: Session, change: Change, staff: Staff, now: datetime, undoes: int | None = None) -> FileEdit:
    """Write down a change that is about to be made.

    Raises:
        IntegrityError: Somebody else changes the same file at this moment.
    """
    last = session.exec(select(func.max(FileEdit.edition)).where(FileEdit.file == change.file)).one()
    row = FileEdit(
        file=change.file,
        edition=(last or 0) + 1,
        part=change.table,
        before=_plain(change.before),
        after=_plain(change.after),
        undoes=undoes,
        actor=staff.key,
        actor_name=staff.name,
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def is_there(session: Session, row: FileEdit) -> bool:
    """Whether a change of that number was written down for the file."""
    theirs = select(FileEdit.id).where(FileEdit.file == row.file, FileEdit.edition == row.edition)
    return session.exec(theirs).first() is not None


def get(session: Session, edit_id: int | None) -> FileEdit | None:
    """The change of that number."""
    return session.get(FileEdit, edit_id) if edit_id else None


def newest(session: Session, prefix: str, limit: int = 50) -> Sequence[FileEdit]:
    """The last changes of the files whose names begin so, newest first."""
    theirs = select(FileEdit).where(col(FileEdit.file).startswith(prefix, autoescape=True))
    return session.exec(theirs.order_by(col(FileEdit.id).desc()).limit(limit)).all()


def undone(session: Session, edits: Sequence[FileEdit]) -> frozenset[int]:
    """The ids of those that were undone."""
    found = select(FileEdit.undoes).where(col(FileEdit.undoes).in_([each.id for each in edits]))
    return frozenset(each for each in session.exec(found) if each is not None)


_DAY = "day:"  # in front of a day: JSON knows none


def _plain(values: Values | None) -> dict[str, Any] | None:
    return {key: _to_json(value) for key, value in values.items()} if values is not None else None


def _read(values: Values | None) -> dict[str, Any] | None:
    return {key: _from_json(value) for key, value in values.items()} if values is not None else None


def _to_json(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_to_json(each) for each in value]
    return f"{_DAY}{value.isoformat()}" if isinstance(value, date) else value


def _from_json(value: object) -> object:
    if isinstance(value, list):
        return [_from_json(each) for each in value]
    is_day = isinstance(value, str) and value.startswith(_DAY)
    return date.fromisoformat(str(value).removeprefix(_DAY)) if is_day else value
