"""The ledger of erasures (删除记录) as a file beside the database, ``erasures.txt``, and its use after a restore.

The file survives the database: copied elsewhere, it takes out again whom an older backup brings back. A line is
``2026-11-26T02:00:00+00:00 8f3a1c2d…``, a moment and a keyed digest; nobody's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from bot.application import Office, survey_key
from bot.database import sessions
from consultations import erasures
from consultations.erasures import Erased
from handlers.privacy import forget_person

FILE = "erasures.txt"
ACTOR = "restore"
_LINE = re.compile(r"(\S+) ([0-9a-f]{32})")


class FaultyLedgerError(Exception):
    """A line of the file is none."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"{path} 第 {line} 行读不懂：请换一份完整的 {FILE}，或删去这一行。")


@dataclass
class Export:
    """Brings the file in line with the database, a little at a time; what stands in the file already stays."""

    home: Path
    _done: int = 0

    def run(self, office: Office) -> int:
        """How many lines were added."""
        with office.reading() as session:
            rows = erasures.after(session, self._done)
            found = [Erased(each.digest, each.at) for each in rows]
            last = rows[-1].id or 0 if rows else self._done
        n_added = add(self.home, found) if found else 0
        self._done = last
        return n_added


def add(home: Path, lines: Iterable[Erased]) -> int:
    """How many of these lines the file did not have; they are on the disk when this returns."""
    known = set(read(home / FILE))
    fresh = [each for each in dict.fromkeys(lines) if each not in known]
    if fresh:
        with (home / FILE).open("a", encoding="utf-8") as file:
            file.writelines(f"{each.at.isoformat()} {each.digest}\n" for each in fresh)
    return len(fresh)


def read(path: Path) -> list[Erased]:
    """The lines of a file; none when it is not there. A last line that was cut off while it was written is left out.

    Raises:
        FaultyLedgerError: Another line is none.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else [""]
    found = []
    for number, line in enumerate(lines[:-1], start=1):
        match = _LINE.fullmatch(line)
        try:
            at = datetime.fromisoformat(match[1]) if match else None
        except ValueError:
            at = None
        if match is None or at is None or at.tzinfo is None:
            raise FaultyLedgerError(path, number)
        found.append(Erased(match[2], at))
    return found


def erase_again(engine: Engine, home: Path, ledger: Sequence[Erased], now: datetime) -> int:
    """How many people a restored backup had brought back; they are taken out, all or none, each with its line."""
    key = survey_key(home)
    with sessions(engine)[0]() as session:
        returned = erasures.come_back(session, key, ledger)
        for each in returned:
            forget_person(session, each, now, actor=ACTOR, key=key)
    return len(returned)
