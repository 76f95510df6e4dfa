"""Days as people and spreadsheets write them."""

from __future__ import annotations

import re
from datetime import date

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")


def written_day(text: str) -> date:
    """The day ``2026-11-01``, ``2026/11/1``, ``2026.11.1``, ``2026年11月1日`` or ``20261101`` names.

    Raises:
        ValueError: It is none of these, or no such day exists.
    """
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    year, month, day = (int(each) for each in found.groups() if each is not None)
    return date(year, month, day)
