"""What changed between two versions of a policy (版本对照), article by article, renumbering recognised."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import accumulate
from typing import Literal

from policies.counterparts import Clause, links, squeezed, without_references
from policies.numerals import NUMERAL

Kind = Literal["same", "changed", "moved", "moved_changed", "split", "merged", "added", "removed"]
KIND_NAMES: Mapping[Kind, str] = {
    "same": "未变",
    "changed": "修改",
    "moved": "条号变动",
    "moved_changed": "条号变动并修改",
    "split": "拆分",
    "merged": "合并",
    "added": "新增",
    "removed": "删除",
}
# Characters, but numbers of articles, days, figures with their unit and Latin words whole.
_TOKEN = re.compile(
    rf"第[{NUMERAL}]{{1,9}}[条款项]|\d{{4}}年\d{{1,2}}月\d{{1,2}}日"
    rf"|[{NUMERAL}\d.]+(?:个工作日|个月|万元|[年月日天元倍%])?|[A-Za-z]+|.",
    re.DOTALL,
)
_FEWEST_KEPT = 2  # characters; a shorter stretch that stayed between two changes reads better as changed


@dataclass(frozen=True)
class Change:
    """One line of a comparison: an article of the new text with those of the old it comes from, or a removed one.

    `new` is ``None`` for what was removed, `old` empty for what was added. `kind` ``merged`` has several old articles;
    ``split`` has one, of which other lines hold the rest.
    """

    kind: Kind
    old: tuple[Clause, ...]
    new: Clause | None

    @property
    def is_only_references(self) -> bool:
        """Whether nothing but the numbers of other articles named in it is different."""
        if self.kind not in ("changed", "moved_changed") or self.new is None:
            return False
        return without_references(self.old[0].text) == without_references(self.new.text)


@dataclass(frozen=True)
class Run:
    """A stretch of words that stayed, was taken out or was put in."""

    kind: Literal["kept", "removed", "added"]
    text: str


@dataclass(frozen=True)
class Comparison:
    """All changes in the order of the new text; what was removed stands where it stood."""

    changes: tuple[Change, ...] = ()

    @cached_property
    def _by_old(self) -> Mapping[str, tuple[Change, ...]]:
        found: dict[str, tuple[Change, ...]] = {}
        for change in self.changes:
            for each in change.old:
                found[each.key] = (*found.get(each.key, ()), change)
        return found

    def became(self, key: str) -> tuple[Change, ...]:
        """The lines an old article went into; empty for a number the old text does not have."""
        return self._by_old.get(key, ())

    def fate(self, key: str) -> Kind | None:
        """What became of an old article as a whole: ``split`` when it went into several."""
        lines = self.became(key)
        return ("split" if len(lines) > 1 else lines[0].kind) if lines else None

    @property
    def counts(self) -> Mapping[Kind, int]:
        """How many lines of each kind, in the order of `KIND_NAMES`; kinds without lines are missing."""
        counted = Counter(each.kind for each in self.changes)
        return {kind: counted[kind] for kind in KIND_NAMES if counted[kind]}


def compare(old: Sequence[Clause], new: Sequence[Clause]) -> Comparison:
    """What became of each article of `old`, and where each of `new` comes from; either may be empty."""
    linked = links(old, new)
    went_into, come_from = _grouped(linked), _grouped((j, i) for i, j in linked)
    lines: list[Change] = []
    for j, article in enumerate(new):
        sources = come_from.get(j, [])
        before = tuple(old[i] for i in sources)
        lines.append(Change(_kind(before, article, any(len(went_into[i]) > 1 for i in sources)), before, article))
    return Comparison(tuple(_in_order(old, lines, went_into)))


def mark_words(before: str, after: str) -> tuple[Run, ...]:
    """The words of both texts once, in order: what stayed, what was taken out, what was put in."""
    old, new = (_TOKEN.findall(text) for text in (before, after))
    runs: list[Run] = []
    for tag, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i:i_end]), "".join(new[j:j_end])
        runs += [Run("kept", come)] if tag == "equal" else [Run("removed", gone), Run("added", come)]
    return tuple(_joined(runs))


def mark_change(change: Change) -> tuple[Run, ...]:
    """The words of an article and of all those it comes from, one after another, as `mark_words` gives them; empty for
    what has only one side.
    """
    if change.new is None or not change.old:
        return ()
    return mark_words("\n".join(each.text for each in change.old), change.new.text)


def old_side(change: Change) -> list[list[Run]]:
    """For each old article of a change its own words: what stayed and what was taken out."""
    found: list[list[Run]] = [[] for _ in change.old]
    ends = list(accumulate(len(each.text) + 1 for each in change.old))
    place = at = 0
    for run in mark_change(change):
        rest = run.text if run.kind != "added" else ""
        while rest:
            piece = rest[: ends[at] - place]
            found[at].append(Run(run.kind, piece.removesuffix("\n") if place + len(piece) == ends[at] else piece))
            place, rest = place + len(piece), rest[len(piece) :]
            at += place == ends[at] and at + 1 < len(ends)
    return [[each for each in runs if each.text] for runs in found]


def _joined(runs: Iterable[Run]) -> Iterable[Run]:
    """Neighbouring changes as one: first all that was taken out, then all that was put in."""
    gone, come = "", ""
    for run in runs:
        is_between = bool(gone or come) and run.kind == "kept" and len(run.text) < _FEWEST_KEPT and run.text.isalnum()
        if run.kind == "kept" and not is_between:
            yield from (each for each in (Run("removed", gone), Run("added", come)) if each.text)
            gone, come = "", ""
            yield run
            continue
        gone += run.text if run.kind != "added" else ""
        come += run.text if run.kind != "removed" else ""
    yield from (each for each in (Run("removed", gone), Run("added", come)) if each.text)


def _kind(old: Sequence[Clause], new: Clause, is_part: bool) -> Kind:
    if len(old) != 1:
        return "merged" if old else "added"
    if is_part:
        return "split"
    is_same = squeezed(old[0].text) == squeezed(new.text)
    if old[0].key == new.key:
        return "same" if is_same else "changed"
    return "moved" if is_same else "moved_changed"


def _in_order(
    old: Sequence[Clause], lines: Sequence[Change], went_into: Mapping[int, Sequence[int]]
) -> Iterable[Change]:
    """The lines of the new text, each removed article after the line of the one that stood before it."""
    after: dict[int, list[Change]] = defaultdict(list)
    place = -1
    for i, article in enumerate(old):
        if i in went_into:
            place = max(went_into[i])
        else:
            after[place].append(Change("removed", (article,), None))
    yield from after[-1]
    for j, line in enumerate(lines):
        yield line
        yield from after[j]


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for first, second in sorted(pairs):
        found[first].append(second)
    return dict(found)
