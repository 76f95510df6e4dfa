"""Policies in the staff chat: what changed between two versions, a page at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from consultations.messages import Inbound
from handlers import policy_wording
from handlers.compare_policies import Compared, CompareRefusedError, compare_editions, compare_revisions, lines_of
from handlers.desk import Desk
from handlers.talk import Replies, StaffTalk, row, say
from handlers.wish import Wish, identity
from policies.compilation import Revision

_PAGE = 8  # lines
_LONGEST_LINE = 160  # characters
_COMMAND = re.compile(r"(?P<title>\S+?)(?:\s+(?P<earlier>\d[\d-]*))?(?:\s+(?P<later>\d[\d-]*))?")


@dataclass(frozen=True)
class FoundComparison:
    """What a route compared before the session, the page wanted (from 1), or why not."""

    compared: Compared | None = None
    page: int = 1
    reason: str = ""


def look_for_comparison(inbound: Inbound, wish: Wish, desk: Desk) -> FoundComparison:
    """``/compare 商标法 2019 2026``, or the button of another page."""
    if inbound.kind == "choice":
        return _pressed(wish.argument, desk)
    command = _COMMAND.fullmatch(wish.argument)
    if command is None:
        return FoundComparison(reason=policy_wording.COMPARE_HOW)
    try:
        with desk.reading() as session:
            return FoundComparison(
                compare_editions(session, command["title"], command["earlier"] or "", command["later"] or "")
            )
    except CompareRefusedError as error:
        return FoundComparison(reason=str(error))


def show_comparison(talk: StaffTalk) -> Replies:
    """One page of what changed, and the button of the next."""
    found: FoundComparison = talk.found
    if found.compared is None:
        return (say(talk, found.reason),)
    compared = found.compared
    lines = lines_of(compared.comparison)
    last = max(1, -(-len(lines) // _PAGE))
    page = min(found.page, last)
    shown = [_cut(each) for each in lines[(page - 1) * _PAGE : page * _PAGE]]
    head = policy_wording.comparison_head(compared.title, (compared.old.version, compared.new.version), page, last)
    counted = policy_wording.counts_line(compared.comparison.counts)
    ids = f"{compared.old.id}-{compared.new.id}"
    buttons = (row((policy_wording.NEXT_PAGE, f"compare:{ids}:{page + 1}")),) if page < last else ()
    return (say(talk, head, counted, "\n".join(shown), choices=buttons),)


def _pressed(argument: str, desk: Desk) -> FoundComparison:
    ids, _, page = argument.partition(":")
    older, newer = (identity(each) for each in (*ids.split("-", 1), "")[:2])
    with desk.reading() as session:
        old, new = session.get(Revision, older or 0), session.get(Revision, newer or 0)
        if old is None or new is None:
            return FoundComparison(reason=policy_wording.COMPARE_HOW)
        return FoundComparison(compare_revisions(session, old, new), identity(page) or 1)


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
