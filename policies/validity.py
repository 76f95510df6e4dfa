"""From which day to which day a revision may be quoted. Nothing is quoted on a day it may no longer be in force.

Rules, in this order:
1. Start (施行日期): what the file states (comment, file name, history) · the table of known instruments · the text's
   own 施行 clause unless it is older than the version (amended laws keep the clause of their first version).
   A notice, reply or guide (通知、批复、公告、指南 …) without any of these starts on the day it was issued.
2. Start unknown: quoted only from one year after the version's day (no statute here waited longer to take effect); a
   date known to the month or year counts from its end. Without any day it is held back and a person is asked.
3. End: the day before the next version may at the earliest take effect, a stated or known end, or the day before
   a text that says 同时废止 took effect, whichever is first.
4. A text that calls itself superseded, with no end known, is held back.
5. An excerpt never hides a whole text of the same version; an excerpt of a newer version does end the older ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from policies import metadata
from policies.compilation import Revision
from policies.draft import ParseProblem, PolicyDraft
from policies.known import KnownInstruments

_DAY = timedelta(days=1)
_PAPER = re.compile(r"(?:通知|公告|通告|批复|复函|指南|须知|说明|清单|问答)$")


@dataclass(frozen=True)
class Start:
    """The day a revision may be quoted from, the earliest day it may have taken effect, and how that is known."""

    on: date | None
    earliest: date | None
    source: str
    problem: ParseProblem | None = None


def start_of(draft: PolicyDraft, known: KnownInstruments) -> Start:
    """Rules 1 and 2 for one draft. A draft for comments (征求意见稿) has no start and needs none."""
    if draft.is_draft:
        return Start(None, None, "draft")
    adopted = metadata.span(draft.version) if draft.version else None
    floor = adopted.first if adopted else date.min
    candidates = (
        ("stated", draft.effective_from),
        ("known", known.start_of(draft.title, draft.version)),
        ("clause", draft.clause_from),
    )
    for source, day in candidates:
        if day is not None and day >= floor:
            return Start(day, day, source)
    if adopted is not None and _PAPER.search(draft.title):
        return Start(adopted.last, adopted.first, "issued")
    return _unknown(adopted)


def in_force(revisions: Iterable[Revision], on: date) -> list[Revision]:
    """The revisions that may be quoted on a day (Asia/Shanghai, both ends included), newest version first.

    At most one whole text per policy; excerpts of the same version are left out beside it, several excerpts stay
    together. Drafts for comments are in force on no day.
    """
    open_on = [each for each in revisions if _is_open(each, on)]
    newest: dict[int, Revision] = {}
    for each in sorted(open_on, key=_rank):
        newest[each.policy_id] = each
    chosen = [each for each in open_on if _belongs(each, newest[each.policy_id])]
    return sorted(chosen, key=_rank, reverse=True)


def settle(revisions: Sequence[Revision], known: KnownInstruments, title: str, repealed: Sequence[date]) -> None:
    """Write rules 3–5 into the days, `is_quotable` and `hold_reason` of all revisions of a policy.

    Args:
        revisions: Published ones of one policy, any order.
        known: The table; versions listed there count although their text is not imported.
        title: The policy's short title.
        repealed: Days on which other texts that repeal this title took effect.
    """
    for each in revisions:
        each.effective_from = each.starts_on
        each.effective_to = min(_ends(each, revisions, known, title, repealed), default=None)
        each.hold_reason = _hold_reason(each, revisions)
        each.is_quotable = not each.hold_reason


def _unknown(adopted: metadata.Span | None) -> Start:
    if adopted is None:
        message = "没有找到任何日期，暂不用于回答；请在文件名后注明，例如“某某办法(2026-10-08)[2026-11-01施行]”。"
        return Start(None, None, "none", ParseProblem("effective", message))
    later = adopted.last + timedelta(days=366)
    message = (
        f"没有找到施行日期，为稳妥自 {later.isoformat()} 起才引用；"
        "知道施行日期时，写入之前改正“施行日期”这一项，或在文件名后加“[年-月-日施行]”再导入。"
    )
    return Start(later, adopted.first, "assumed", ParseProblem("effective", message))


def _ends(
    each: Revision, all_of_them: Sequence[Revision], known: KnownInstruments, title: str, repealed: Sequence[date]
) -> list[date]:
    if each.is_draft:
        return []
    imported = [(other.version, other.starts_earliest) for other in all_of_them if not other.is_draft]
    listed = [(entry.version, entry.effective_from or _first_day(entry.version)) for entry in known.versions_of(title)]
    newer = [start for version, start in imported + listed if start and version > each.version]
    own = [each.ends_on] if each.ends_on else []
    return own + [start - _DAY for start in newer] + [day - _DAY for day in repealed if _first_day(each.version) < day]


def _first_day(version: str) -> date:
    span = metadata.span(version) if version else None
    return span.first if span else date.min


def _hold_reason(each: Revision, all_of_them: Sequence[Revision]) -> str:
    if each.is_draft:
        return ""
    whole = any(not other.is_excerpt and other.version == each.version for other in all_of_them)
    if each.is_excerpt and whole:
        return "covered"
    if each.is_superseded and each.effective_to is None:
        return "superseded"
    return "" if each.starts_on else "undated"


def _is_open(each: Revision, on: date) -> bool:
    if not each.is_quotable or each.is_draft or each.effective_from is None or each.effective_from > on:
        return False
    return each.effective_to is None or on <= each.effective_to


def _rank(each: Revision) -> tuple[str, bool, int]:
    return (each.version, not each.is_excerpt, each.id or 0)


def _belongs(each: Revision, newest: Revision) -> bool:
    return each is newest or (each.is_excerpt and newest.is_excerpt and each.version == newest.version)
