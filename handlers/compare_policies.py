"""Compare two versions of a policy (版本对照), and say which cards cite an article that changed.

Nothing is written here. A comparison takes up to seconds for the longest laws: make it before a turn's session opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlmodel import Session, select

from handlers import policy_wording
from knowledge.cards import Cards
from policies.compilation import Policy, Revision, articles_of, policy_titled, revisions_of
from policies.counterparts import Clause
from policies.differences import KIND_NAMES, Change, Comparison, Kind, compare, mark_words
from policies.metadata import short_title

_MOST_SUGGESTED = 8
_LONGEST_GLIMPSE = 60  # characters of an article shown in a list
_AROUND = 8  # characters of unchanged words shown beside a change


class CompareRefusedError(Exception):
    """Two versions can't be compared; the message says why and what helps."""


@dataclass(frozen=True)
class Compared:
    """Two versions of one policy, older first, and what changed. The revisions are detached from their session."""

    title: str
    old: Revision
    new: Revision
    comparison: Comparison


@dataclass(frozen=True)
class CitingCard:
    """A card that cites an article of the older version. `became` are the numbers it has now, empty when removed."""

    card_id: str
    title: str
    cited: str
    kind: Kind
    became: tuple[str, ...]
    state: Literal["needs review", "succeeded"]


def compare_editions(session: Session, title: str, earlier: str = "", later: str = "") -> Compared:
    """Compare two published versions.

    Args:
        session: Only read from.
        title: The policy's title, or a part of it that fits one only.
        earlier: The beginning of a version's day (``2019``, ``2019-04-23``); "" the one before the later.
        later: The same; "" the newest.

    Raises:
        CompareRefusedError: There is no such policy, or not two such versions.
    """
    policy = find_policy(session, title)
    found = [each for each in revisions_of(session, policy.id or 0) if not each.is_draft]
    new = _named(policy, found, later) if later else next(iter(found), None)
    before = [each for each in found if new is not None and each.version < new.version]
    old = _named(policy, found, earlier) if earlier else next(iter(before), None)
    if new is None or old is None:
        raise CompareRefusedError(policy_wording.nothing_to_compare(policy.title, _names(found)))
    if old.id == new.id:
        raise CompareRefusedError(policy_wording.same_version(_names(found)))
    return compare_revisions(session, *sorted((old, new), key=lambda each: each.version))


def compare_revisions(session: Session, old: Revision, new: Revision) -> Compared:
    """Compare these two; the session forgets them, so that they can be read after it is closed."""
    title = session.get_one(Policy, new.policy_id).title
    articles = [articles_of(session, each.id or 0) for each in (old, new)]
    session.expunge_all()
    return Compared(title, old, new, compare(*articles))


def find_policy(session: Session, title: str) -> Policy:
    """The policy of that title, or the only one whose title contains it.

    Raises:
        CompareRefusedError: None, or several; the message names them.
    """
    wanted = short_title(title)
    if policy := policy_titled(session, wanted):
        return policy
    near = [each for each in session.exec(select(Policy)) if wanted and wanted in each.title]
    if len(near) == 1:
        return near[0]
    if not near:
        raise CompareRefusedError(policy_wording.no_policy(wanted))
    raise CompareRefusedError(policy_wording.which_policy(wanted, [each.title for each in near[:_MOST_SUGGESTED]]))


def citing_cards(cards: Cards, compared: Compared) -> list[CitingCard]:
    """The cards that cite an article of the older version that changed, moved or went; by article, then by card.

    A card that ends before the newer version begins and has a successor is done; every other one needs review.
    """
    found: list[CitingCard] = []
    for card in cards.by_id.values():
        for each in card.citations:
            if (each.law, each.version) != (compared.title, compared.old.version):
                continue
            kind = compared.comparison.fate(each.article)
            if kind is None or kind == "same":
                continue
            became = tuple(line.new.key for line in compared.comparison.became(each.article) if line.new is not None)
            is_done = cards.next_version(card.card_id) is not None and _ends_before(card.effective_to, compared.new)
            state: Literal["needs review", "succeeded"] = "succeeded" if is_done else "needs review"
            found.append(CitingCard(card.card_id, card.title, each.article, kind, became, state))
    order = {each.key: place for place, line in enumerate(compared.comparison.changes) for each in line.old}
    return sorted(found, key=lambda each: (each.state, order.get(each.cited, 0), each.card_id))


# --- in words, for every door ---


def counts_line(comparison: Comparison) -> str:
    """How much of what happened, as in 未变 3，修改 7."""
    return "，".join(f"{KIND_NAMES[kind]} {count}" for kind, count in comparison.counts.items())


def name_of(clause: Clause) -> str:
    """第十五条, or the key of an article without a printed number."""
    return clause.label or clause.key or "开头"


def numbers_of(change: Change) -> str:
    """第四条、第九条 → 第五条; only one side for what was added or removed."""
    old = "、".join(name_of(each) for each in change.old)
    new = name_of(change.new) if change.new is not None else ""
    return " → ".join(dict.fromkeys(filter(None, (old, new))))


def lines_of(comparison: Comparison) -> list[str]:
    """Every change but those of numbers only in a line with the words around it; those last, in one line."""
    lines = [_line(each) for each in comparison.changes if each.kind not in ("same", "moved")]
    moved = [numbers_of(each) for each in comparison.changes if each.kind == "moved"]
    return [*lines, *([f"只有条号变了：{'；'.join(moved)}"] if moved else [])]


def changed_words(change: Change) -> str:
    """What changed inside an article, as in “…三个月…”改为“…二个月…”; its first words when it is new, gone or taken
    from several.
    """
    return "；".join(edits_of(change))


def edits_of(change: Change) -> list[str]:
    """The same, one edit each."""
    if change.new is None or not change.old or change.kind in ("split", "merged"):
        shown = change.new or change.old[0]
        return [_glimpse(shown.text)]
    if change.is_only_references:
        return ["只有所引条号不同"]
    parts: list[str] = []
    runs = mark_words(change.old[0].text, change.new.text)
    for at, run in enumerate(runs):
        after = runs[at + 1] if at + 1 < len(runs) else None
        if run.kind == "removed":
            come = after.text if after is not None and after.kind == "added" else ""
            parts.append(f"“{_glimpse(run.text)}”改为“{_glimpse(come)}”" if come else f"删去“{_glimpse(run.text)}”")
        elif run.kind == "added" and (at == 0 or runs[at - 1].kind != "removed"):
            before = runs[at - 1].text[-_AROUND:] if at else ""
            parts.append(f"{f'“{_glimpse(before)}”后' if before else ''}增加“{_glimpse(run.text)}”")
    return parts


def _line(change: Change) -> str:
    return f"{numbers_of(change)} {KIND_NAMES[change.kind]}：{changed_words(change)}"


def _glimpse(text: str) -> str:
    short = "".join(text.split())
    return short if len(short) <= _LONGEST_GLIMPSE else f"{short[:_LONGEST_GLIMPSE]}…"


def _named(policy: Policy, found: Sequence[Revision], version: str) -> Revision:
    fitting = [each for each in found if each.version.startswith(version)]
    if len({each.version for each in fitting}) == 1:
        return fitting[0]
    is_known = bool(fitting)
    raise CompareRefusedError(policy_wording.which_version(policy.title, version, _names(found), is_known=is_known))


def _names(found: Iterable[Revision]) -> list[str]:
    return list(dict.fromkeys(each.version for each in found))


def _ends_before(ends: date | None, newer: Revision) -> bool:
    return ends is not None and (newer.effective_from is None or ends < newer.effective_from)
