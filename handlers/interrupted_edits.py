"""Changes of files that a death cut short: the file holds the new words, the row that says who changed it is missing.

What will be the row is written beside the file first (``duty/.staff.toml.edit``) and taken away once it is committed.
Whoever finds such a note writes the row after all, if the file is the changed one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from sqlmodel import Session

from consultations import audit, file_edits
from consultations.file_edits import FileEdit
from consultations.toml_edits import write_whole
from handlers.desk import Desk


def leave_note(path: Path, text: str, row: FileEdit) -> Path:
    """The note beside the file that is about to hold `text`.

    Raises:
        OSError: It can't be written; then neither can the file.
    """
    note = path.with_name(f".{path.name}.edit")
    told = {"sha256": _hash_of(text.encode()), "row": row.model_dump(mode="json", exclude={"id"})}
    write_whole(note, json.dumps(told, ensure_ascii=False))
    return note


def put_right(desk: Desk, folders: Iterable[Path]) -> int:
    """How many rows were missing and stand there now."""
    notes = [note for folder in folders for note in sorted(folder.glob(".*.toml.edit"))]
    if not notes:
        return 0
    with desk.writing() as session:  # nobody is writing a file meanwhile
        found = [_row_missing(session, each) for each in notes]
        missing = [each for each in found if each is not None]
        for row in missing:
            session.add(row)
            audit.note(session, "edit", 0, row.actor, row.at)
    for each in notes:
        each.unlink(missing_ok=True)
    return len(missing)


def _row_missing(session: Session, note: Path) -> FileEdit | None:
    """The row of a note, when its file was replaced and nobody committed it."""
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        is_replaced = _hash_of((note.parent / note.name[1 : -len(".edit")]).read_bytes()) == told["sha256"]
        row = FileEdit.model_validate(told["row"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # half a note is older than its file
    return row if is_replaced and not file_edits.is_there(session, row) else None


def _hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
