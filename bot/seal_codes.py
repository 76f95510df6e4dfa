"""The heads of the chain of seals (封存码), noted night by night in ``seal-codes.txt`` of the instance.

The file lies beside the database, not in it: copied elsewhere from time to time it shows whether the whole chain was
written anew. A line is ``2026-11-26T02:00:00+08:00 12345-8f3a…``.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from consultations.seal_check import Code, Fault
from handlers.desk import Desk
from handlers.talk import office_time
from handlers.vouch import vouch

log = structlog.get_logger(__name__)

FILE = "seal-codes.txt"


def read(home: Path) -> tuple[list[Code], list[int]]:
    """The codes in the file, and the numbers of lines that are none."""
    path = home / FILE
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    found = {n: Code.read(line.split()[-1]) for n, line in enumerate(lines, start=1) if line.strip()}
    return [each for each in found.values() if each], [n for n, each in found.items() if each is None]


def note(desk: Desk, home: Path, code: Code) -> bool:
    """Whether the code is in the file now; one that stands there at the end already is not repeated."""
    codes, _ = read(home)
    if not code.position or (codes and codes[-1] == code):
        return bool(code.position)
    at = desk.now().astimezone(office_time(desk.settings).zone)
    try:
        with (home / FILE).open("a", encoding="utf-8") as file:
            file.write(f"{at:%Y-%m-%dT%H:%M:%S%z} {code}\n")
    except OSError as error:
        log.warning("seals.code_not_noted", reason=error.strerror or str(error))
        return False
    return True


def nightly(desk: Desk, home: Path) -> tuple[Fault, ...]:
    """What does not agree with the seals; the head of a chain that is whole is noted."""
    codes, _ = read(home)
    report = vouch(desk, codes)
    if not report.faults:
        note(desk, home, report.code)
    log.info("seals.checked", seals=report.n_seals, faults=len(report.faults))
    return report.faults
