"""Let records expire (保存期限届满): anonymise what is over for longer than its period, a little at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from consultations import retention
from handlers.desk import Desk


def expire(
    desk: Desk,
    periods: Mapping[str, int],
    *,
    seconds: float = float("inf"),
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """How many records were anonymised, for at most about that long; each batch is a transaction of its own.

    Args:
        desk: Whose records.
        periods: Days by the name of the setting (``[retention]``).
        seconds: When to leave the rest for the next time.
        progress: Called with what is done so far.
    """
    until, now, n_done = time.monotonic() + seconds, desk.now(), 0
    for kind in retention.KINDS:
        before = now - timedelta(days=periods[kind.period])
        while ids := _due(desk, kind, before):
            with desk.writing() as session:
                retention.anonymise(session, kind, ids, now)
            n_done += len(ids)
            progress(n_done)
            if time.monotonic() > until:
                return n_done
    return n_done


def look(desk: Desk, periods: Mapping[str, int], at: datetime) -> list[retention.Due]:
    """What would be anonymised at that moment; nothing is changed."""
    with desk.reading() as session:
        return retention.look(session, periods, at)


def _due(desk: Desk, kind: retention.Kind, before: datetime) -> list[int]:
    """Found while nobody waits for us to write."""
    with desk.reading() as session:
        return retention.due_ids(session, kind, before)
