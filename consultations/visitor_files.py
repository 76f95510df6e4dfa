"""Files of a ticket, sent by its asker in the website window or to them from the console: one row each, the bytes in
the instance's folder under their hash. A row without a hash has no file any more: the person was erased, or its time
was over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.messages import Attachment


class VisitorFile(SQLModel, table=True):
    """One file. `name` is what its sender called it, `kind` its ending (``pdf``), `sha256` the hash of its bytes;
    `sent_by` the key of the member of staff who sent it, empty for the asker.
    """

    __tablename__ = "visitor_file"

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    name: str
    kind: str
    size_bytes: int
    sha256: str = Field(index=True)
    received_at: datetime
    sent_by: str = ""

    @property
    def key(self) -> int:
        """The id of a stored row."""
        assert self.id is not None
        return self.id


def keep(  # noqa: PLR0913, PLR0917  whose file, about what, from whom
    session: Session, contact_id: int, ticket_id: int, file: Attachment, now: datetime, sent_by: str = ""
) -> VisitorFile:
    """The row of a file whose bytes are in the folder already."""
    row = VisitorFile(
        contact_id=contact_id,
        ticket_id=ticket_id,
        name=file.name,
        kind=file.media_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        received_at=now,
        sent_by=sent_by,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, file_id: int) -> VisitorFile | None:
    """The file of that number; ``None`` when it is not there, or not any more."""
    row = session.get(VisitorFile, file_id)
    return row if row is not None and row.sha256 else None


def of_ticket(session: Session, ticket_id: int) -> Sequence[VisitorFile]:
    """The files of a ticket that are still there, oldest first."""
    theirs = select(VisitorFile).where(VisitorFile.ticket_id == ticket_id, VisitorFile.sha256 != "")
    return session.exec(theirs.order_by(col(VisitorFile.id))).all()


def of_contact(session: Session, contact_id: int) -> Sequence[VisitorFile]:
    """The files one person sent that are still there, oldest first."""
    mine = (VisitorFile.contact_id == contact_id, VisitorFile.sent_by == "")
    theirs = select(VisitorFile).where(*mine, VisitorFile.sha256 != "")
    return session.exec(theirs.order_by(col(VisitorFile.id))).all()


def hashes(session: Session) -> set[str]:
    """Of all files that must stay in the folder."""
    return set(session.exec(select(VisitorFile.sha256).where(VisitorFile.sha256 != "").distinct()))


def forget(session: Session, contact_id: int) -> None:
    """Let go of everything one person sent; housekeeping then removes the bytes."""
    _empty(session, col(VisitorFile.contact_id) == contact_id)


def empty(session: Session, file_ids: Collection[int]) -> None:
    """Let go of these files."""
    _empty(session, col(VisitorFile.id).in_(file_ids))


def _empty(session: Session, which: ColumnElement[bool]) -> None:
    blank: dict[str, Any] = {"name": "", "sha256": ""}
    session.connection().execute(update(VisitorFile).where(which).values(**blank))
