"""``zhixun verify``: the archive looked at from the first seal to the last, the result printed."""

from __future__ import annotations

from pathlib import Path

from bot import seal_codes
from bot.screen import OUT, bar, say
from consultations.seal_check import Code
from handlers import wording
from handlers.desk import Desk
from handlers.talk import office_time
from handlers.vouch import lines, vouch


def verify(desk: Desk, home: Path, code: Code | None = None) -> bool:
    """Print what does not agree with the seals, first things first; whether anything does not.

    Args:
        desk: Whose archive.
        home: The folder in which the heads of the chain are noted; that of a sound chain is added.
        code: A head that somebody noted elsewhere.
    """
    codes, unreadable = seal_codes.read(home)
    with bar("正在核验", None) as progress:

        def advance(done: int, total: int) -> None:
            progress.update(progress.task_ids[0], completed=done, total=total)

        report = vouch(desk, [*codes, *([code] if code else [])], advance)
    for line in lines(report, office_time(desk.settings).zone):
        say(line)
    if unreadable:
        places = "、".join(map(str, unreadable))
        OUT.print(f"{seal_codes.FILE} 第 {places} 行读不懂，没有用来核对。", highlight=False)
    if report.code.position and not report.faults:
        seal_codes.note(desk, home, report.code)
        say(wording.seal_code(report.code.short))
    return bool(report.faults or unreadable)
