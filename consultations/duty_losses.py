"""What stood in the duty book (值班册) and does not any more: a file cut off between two entries is a right file, and
reads as if somebody had taken the rest out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from consultations.duty_book import DutyBook

# What it is called, the entries by id, and what one of them is called.
_TABLES: tuple[tuple[str, Callable[[DutyBook], Mapping[str, Any]], Callable[[Any], str]], ...] = (
    ("工作人员", lambda book: book.members, lambda each: str(each.name)),
    ("网点", lambda book: book.outlets, lambda each: str(each.name)),
    ("工单类型", lambda book: book.kinds, lambda each: str(each.name)),
    ("时限", lambda book: book.deadlines, lambda each: str(each.name)),
    ("风险类别", lambda book: book.risks, lambda each: str(each.name)),
    ("派单规则", lambda book: {each.rule_id: each for each in book.rules}, lambda each: str(each.name)),
    ("快捷回复", lambda book: book.quick_replies, lambda each: str(each.name)),
)


def lost(before: DutyBook, now: DutyBook) -> tuple[str, ...]:
    """A line for each kind of entry of which some are gone, with their names; of people still on the list, whose shifts
    and absences became fewer.
    """
    lines = []
    for called, entries, name in _TABLES:
        gone = [name(each) for key, each in entries(before).items() if key not in entries(now)]
        if gone:
            lines.append(f"{called} {len(gone)} 项：{'、'.join(gone)}")
    shifts = ([member for each in book.shifts for member in each.members] for book in (before, now))
    absences = ([each.member for each in book.absences] for book in (before, now))
    return (*lines, *_fewer("排班", now, *shifts), *_fewer("请假", now, *absences))


def _fewer(called: str, now: DutyBook, before: Sequence[str], after: Sequence[str]) -> list[str]:
    names = [now.members[each].name for each in Counter(before) - Counter(after) if each in now.members]
    return [f"{called}变少的：{'、'.join(names)}"] if names else []
