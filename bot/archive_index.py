"""The index of the archive (档案索引): which consultations may hold some words, without reading them all.

A file of its own beside the database, the same for SQLite and PostgreSQL: derived, so it may be deleted at any time.
It knows pairs of neighbouring signs (and triples of letters and digits), so any part of any Chinese word is found;
what it names is looked at again by `handlers.archive`. The chain of seals tells it what changed or was erased: after an
erasure it is made anew, so that nothing of what was erased stays in it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import structlog
from sqlmodel import Session, col, select

from bot.database import SessionMaker
from consultations.archive import Consultation
from consultations.seals import Seal, head
from consultations.tickets import Ticket

log = structlog.get_logger(__name__)

FILE = "archive-index.sqlite3"
_SCHEMA = """
PRAGMA secure_delete = ON;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(signs, content='', detail='none', tokenize='ascii');
CREATE TABLE IF NOT EXISTS entry (n INTEGER PRIMARY KEY, consultation_id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS reach (one INTEGER PRIMARY KEY, consultation_id INTEGER, position INTEGER, hash TEXT);
INSERT OR IGNORE INTO reach VALUES (1, 0, 0, '');
"""


class ArchiveIndex:
    """The index in one file; two processes may use it at once."""

    def __init__(self, path: Path, *, at_once: int = 500) -> None:
        self._path = path
        self._at_once = at_once

    @property
    def through(self) -> int:
        """Consultations up to this id are in it; 0 when the index can't be used."""
        with self._opened() as file:
            return int(file.execute("SELECT consultation_id FROM reach").fetchone()[0]) if file else 0

    def candidates(self, words: Sequence[str]) -> Iterator[list[int]]:
        """The ids of consultations that may hold all words, the newest first, some at a time."""
        wanted = " ".join(_query(each) for each in words)
        found = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC"
        with self._opened() as file:
            if file is None:
                return
            rows = file.execute(f"SELECT consultation_id FROM ({found}) JOIN entry ON n = rowid", (wanted,))  # noqa: S608
            while batch := rows.fetchmany(self._at_once):
                yield [each[0] for each in batch]

    def catch_up(
        self,
        reading: SessionMaker,
        *,
        seconds: float = float("inf"),
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> int:
        """How many consultations were taken up, for at most about that long; forgets at once what was erased."""
        try:
            return self._catch_up(reading, time.monotonic() + seconds, progress)
        except sqlite3.OperationalError:
            raise  # locked, or the disk is full: not the file's fault
        except sqlite3.DatabaseError as error:
            log.warning("archive_index.broken", reason=str(error))
            self._path.unlink()
            return self._catch_up(reading, time.monotonic() + seconds, progress)

    def _catch_up(self, reading: SessionMaker, until: float, progress: Callable[[int, int], None]) -> int:
        n_taken = 0
        with self._opened() as file, reading() as session:
            if file is None:
                return 0
            total = session.exec(select(Consultation.id).order_by(col(Consultation.id).desc()).limit(1)).first() or 0
            while batch := _take(file, session, self._at_once):
                n_taken += batch
                progress(min(n_taken, total), total)
                if time.monotonic() > until:
                    break
        return n_taken

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection | None]:
        """The file; ``None`` where SQLite was built without full-text search."""
        with contextlib.closing(sqlite3.connect(self._path, timeout=15, isolation_level=None)) as file:
            yield _ready(file)


def _ready(file: sqlite3.Connection) -> sqlite3.Connection | None:
    try:
        file.executescript(_SCHEMA)
    except sqlite3.OperationalError as error:
        if "fts5" in str(error):
            return None
        raise
    return file


def _take(file: sqlite3.Connection, session: Session, at_once: int) -> int:
    """One step, committed: begin anew, take up what changed, or what is new; how many consultations it took up."""
    file.execute("BEGIN IMMEDIATE")
    through, position, last = file.execute("SELECT consultation_id, position, hash FROM reach").fetchone()
    end, newest = head(session)
    changed = list(_changed(session, through, position, end)) if position < end else []
    if any(cause == "erase" for _, cause in changed) or not _is_passed(session, position, last):
        _begin_anew(file)
        through, changed = 0, []
    rows = list(_rows(session, through, {each for each, _ in changed}, at_once))
    for consultation, number in rows:
        _add(file, consultation, number or "")
    reached = max((each.key for each, _ in rows), default=through)
    file.execute("UPDATE reach SET consultation_id = ?, position = ?, hash = ?", (max(reached, through), end, newest))
    file.execute("COMMIT")
    session.expunge_all()
    return len(rows)


def _is_passed(session: Session, position: int, last: str) -> bool:
    """Whether the chain still goes through where it ended last time: another database, or an older one, does not."""
    return not position or session.exec(select(Seal.hash).where(Seal.position == position)).first() == last


def _begin_anew(file: sqlite3.Connection) -> None:
    log.info("archive_index.made_anew")
    for table in ("words", "entry", "reach"):
        file.execute(f"DROP TABLE {table}")
    file.execute("COMMIT")
    file.executescript("VACUUM;" + _SCHEMA)
    file.execute("BEGIN IMMEDIATE")


def _rows(
    session: Session, through: int, again: Collection[int], at_once: int
) -> Iterator[tuple[Consultation, str | None]]:
    """What is to be taken up, each consultation with the number of its ticket."""
    found = select(Consultation, Ticket.number).outerjoin(Ticket, col(Ticket.id) == col(Consultation.ticket_id))
    if again:
        yield from session.exec(found.where(col(Consultation.id).in_(again)))
    yield from session.exec(found.where(col(Consultation.id) > through).order_by(col(Consultation.id)).limit(at_once))


def _changed(session: Session, through: int, position: int, end: int) -> Iterable[tuple[int, str]]:
    """Which consultations that are in the index changed since, and why."""
    seals = select(Seal.record_id, Seal.cause).where(
        Seal.kind == "consultation",
        col(Seal.cause).in_(("change", "erase")),
        col(Seal.record_id) <= through,
        col(Seal.position) > position,
        col(Seal.position) <= end,
    )
    return session.exec(seals)


def _add(file: sqlite3.Connection, consultation: Consultation, ticket_number: str) -> None:
    parts = (consultation.question, consultation.reply, consultation.edited_text, consultation.number, ticket_number)
    added = file.execute("INSERT INTO entry (consultation_id) VALUES (?)", (consultation.key,))
    signs = " ".join({each for part in parts for each in _signs(part, is_whole=True)})
    file.execute("INSERT INTO words (rowid, signs) VALUES (?, ?)", (added.lastrowid, signs))


def _query(word: str) -> str:
    """What a text must hold when it holds the word."""
    if len(word) == 1:
        return f'"{_code(word.lower())}"*'
    return " ".join(f'"{each}"' for each in sorted(set(_signs(word, is_whole=False))))


def _signs(text: str, *, is_whole: bool) -> Iterator[str]:
    """Each sign with the next one as one word of letters and digits, triples within numbers and Latin words as well.
    The last sign of a whole text stands alone.
    """
    text = text.lower()
    for at, sign in enumerate(text):
        after = text[at + 1 : at + 3]
        if after or is_whole:
            yield _code(sign) + (f"{ord(after[0]):x}" if after else "")
        if len(after) == 2 and (sign + after).isascii() and (sign + after).isalnum():
            yield f"t{sign}{after}"


def _code(sign: str) -> str:
    return f"{ord(sign):x}g"
