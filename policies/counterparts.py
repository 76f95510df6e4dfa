"""Which articles of two versions of a text are the same ones, whatever their numbers.

Texts are compared by the pairs of neighbouring characters they share, rare pairs counting more; the numbers of other
articles are left out, they change with every renumbering. The strongest chain of pairs that keeps the order of both
texts comes first; articles left over may have moved anywhere. What of an article its counterpart does not hold is then
looked for elsewhere, sentence by sentence: so splits and mergers are found. An article that would then come from
nowhere may still have one whole clause from a sentence that is nowhere else.
"""

from __future__ import annotations

import math
import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Protocol

from policies.numerals import NUMERAL

# Likeness (0–1) from which two articles are counterparts: in the order of both texts, out of it, and between the same
# two neighbours. Found by reading two revisions of 商标法 and 反不正当竞争法 beside each other (docs/policies.md).
_CHAINED, _ELSEWHERE, _BETWEEN = 0.3, 0.38, 0.2
# Likeness from which two sentences are the same, when the article of the old one has a counterpart and when it has
# none; or the share of the shorter one that both have. Each must hold so much more of the other than its counterpart.
_STRAY, _ORPHANED, _CONTAINED, _MORE = 0.5, 0.38, 0.75, 0.1
# A short article made out of a part of another one: so much of it stands there, and so many characters in one piece.
_MOSTLY, _PIECE = 0.6, 12
_TELLING = 0.45  # how rare what they share must be (1: found once); below lie set phrases like 情节严重的，处…罚款
# So many characters make a clause that is no accident when it stands in one article of either text only, and so much
# (0–1) of the sentence it comes from may stand where the rest of its article went.
_CLAUSE, _STAYED = 6, 0.5
_SHORTEST = 10  # characters; a shorter sentence says too little to link two articles
_REFERENCE = re.compile(rf"第[{NUMERAL}\d]{{1,9}}[条款项](?:之[{NUMERAL}])?")
_BESIDE_WORDS = re.compile(r"[^\w]|^[（(][^（）()]{1,3}[)）]", re.MULTILINE)
_SENTENCE_END = re.compile(r"[。；\n]")
_CLAUSE_END = re.compile(r"[，、：]")
_AROUND_CLAUSE = re.compile(r"^(?:对于?|由|以|依照|根据|违反)|[的者]$")
_FIGURE = re.compile(rf"[{NUMERAL}\d]+[元年月日倍万]|[{NUMERAL}\d]{{2,}}")


class Clause(Protocol):
    """What is compared: an article of a revision, or of a draft."""

    @property
    def key(self) -> str: ...  # noqa: D102  see policies.compilation.Article
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


def links(old: Sequence[Clause], new: Sequence[Clause]) -> set[tuple[int, int]]:
    """``(place in old, place in new)`` of articles that have words from one another; either text may be empty."""
    texts = _Texts(old, new)
    partners = _counterparts(texts)
    found = set(partners.items()) | _strays(texts, partners) | _contained(texts, partners)
    return found | _quoted(texts, partners, found)


def without_references(text: str) -> str:
    """The text without the numbers of articles it names: 第四条、第十五条第二款 …"""
    return _REFERENCE.sub("", text)


def squeezed(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


# --- likeness ---


class _Texts:
    """Both texts as sets of character pairs, with what each pair tells: the rarer, the more."""

    def __init__(self, old: Sequence[Clause], new: Sequence[Clause]) -> None:
        self.articles = (old, new)
        self.pairs = ([_pairs(each.text) for each in old], [_pairs(each.text) for each in new])
        counts = Counter(pair for side in self.pairs for article in side for pair in article)
        self.rarest = math.log(1 + len(old) + len(new))  # what a pair tells that occurs in one article only
        self._weights = {pair: math.log(1 + (len(old) + len(new)) / count) for pair, count in counts.items()}
        self.totals = ([self.weigh(pairs) for pairs in self.pairs[0]], [self.weigh(pairs) for pairs in self.pairs[1]])

    def weigh(self, pairs: Iterable[str]) -> float:
        """What some pairs tell together."""
        return sum(self._weights.get(each, 0.0) for each in pairs)

    def is_telling(self, pairs: frozenset[str]) -> bool:
        """Whether some pairs are rare enough to be more than set phrases."""
        return self.weigh(pairs) >= _TELLING * len(pairs) * self.rarest

    @cached_property
    def likeness(self) -> Mapping[tuple[int, int], float]:
        """``(old, new)`` → how alike two articles are (0–1); what shares nothing is missing."""
        holders: dict[str, list[int]] = defaultdict(list)
        for j, pairs in enumerate(self.pairs[1]):
            for each in pairs:
                holders[each].append(j)
        found: dict[tuple[int, int], float] = {}
        for i, pairs in enumerate(self.pairs[0]):
            shared: dict[int, float] = defaultdict(float)
            for each in pairs:
                for j in holders.get(each, ()):
                    shared[j] += self._weights[each]
            whole = self.totals[0][i]
            found |= {(i, j): 2 * common / (whole + self.totals[1][j]) for j, common in shared.items()}
        return found


def _pairs(text: str) -> frozenset[str]:
    words = _BESIDE_WORDS.sub("", without_references(text)) or squeezed(text)
    return frozenset(words[at : at + 2] for at in range(max(len(words) - 1, 1)))


# --- counterparts ---


def _counterparts(texts: _Texts) -> dict[int, int]:
    """Old → new: at most one counterpart each, the strongest evidence first."""
    chained = _chain(texts.likeness)
    found = dict(chained)
    found |= _greedily({pair: alike for pair, alike in texts.likeness.items() if alike >= _ELSEWHERE}, found)
    bounds = sorted(chained.items())
    old_bounds, new_bounds = [i for i, _ in bounds], [j for _, j in bounds]
    between = {
        (i, j): alike * (texts.totals[0][i] + texts.totals[1][j])  # what they share, twice
        for (i, j), alike in texts.likeness.items()
        if alike >= _BETWEEN and bisect(old_bounds, i) == bisect(new_bounds, j)
    }
    return found | _greedily(between, found)


def _chain(likeness: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """Old → new: the pairs, growing on both sides, that are most alike in all."""
    pairs = sorted(pair for pair, alike in likeness.items() if alike >= _CHAINED)
    best = _RunningBest(1 + max((j for _, j in pairs), default=0))
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    row: list[tuple[float, tuple[int, int]]] = []
    for at, pair in enumerate(pairs):
        total, previous = best.up_to(pair[1])
        before[pair] = previous
        row.append((total + likeness[pair], pair))
        if (
            at + 1 == len(pairs) or pairs[at + 1][0] != pair[0]
        ):  # an old article has one counterpart: enter its row whole
            for reached, each in row:
                best.enter(each[1], reached, each)
            row = []
    found: dict[int, int] = {}
    _, last = best.up_to(best.size)
    while last is not None:
        found[last[0]] = last[1]
        last = before[last]
    return found


class _RunningBest:
    """The best total among all places below one, while totals are entered in any order (a Fenwick tree)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._best: list[tuple[float, tuple[int, int] | None]] = [(0.0, None)] * (size + 1)

    def up_to(self, place: int) -> tuple[float, tuple[int, int] | None]:
        """The best of the places before `place`."""
        found: tuple[float, tuple[int, int] | None] = (0.0, None)
        while place > 0:
            found = max(found, self._best[place], key=lambda each: each[0])
            place -= place & -place
        return found

    def enter(self, place: int, total: float, pair: tuple[int, int]) -> None:
        """A chain that ends at `place`."""
        at = place + 1
        while at <= self.size:
            if total > self._best[at][0]:
                self._best[at] = (total, pair)
            at += at & -at


def _greedily(strength: Mapping[tuple[int, int], float], taken: Mapping[int, int]) -> dict[int, int]:
    """Counterparts among the articles not taken yet, the strongest pair first."""
    taken_old, taken_new, found = set(taken), set(taken.values()), dict[int, int]()
    for i, j in sorted(strength, key=lambda pair: (-strength[pair], pair)):
        if i not in taken_old and j not in taken_new:
            found[i] = j
            taken_old.add(i)
            taken_new.add(j)
    return found


# --- splits and mergers ---


def _contained(texts: _Texts, partners: Mapping[int, int]) -> set[tuple[int, int]]:
    """Links of articles without a counterpart whose words, nearly all, stand in one article of the other text."""
    taken = set(partners.values())
    found: set[tuple[int, int]] = set()
    for i, j in texts.likeness:
        if i in partners and j in taken:
            continue
        shared = texts.pairs[0][i] & texts.pairs[1][j]
        orphans = [texts.totals[0][i]] * (i not in partners) + [texts.totals[1][j]] * (j not in taken)
        held = texts.weigh(shared) / min(orphans)
        if (held >= _CONTAINED and texts.is_telling(shared)) or (
            held >= _MOSTLY and _longest_piece(texts, i, j) >= _PIECE
        ):
            found.add((i, j))
    return found


def _longest_piece(texts: _Texts, i: int, j: int) -> int:
    """How many characters two articles share in one piece, beside the numbers of articles they name."""
    old, new = (without_references(squeezed(side[at].text)) for side, at in zip(texts.articles, (i, j), strict=True))
    return SequenceMatcher(None, old, new, autojunk=False).find_longest_match().size


@dataclass(frozen=True)
class _Sentence:
    """One sentence of an article, and how much of it the article's counterpart holds (0–1; 0 without counterpart)."""

    article: int
    text: str
    pairs: frozenset[str]
    kept: float
    is_orphan: bool

    @cached_property
    def clauses(self) -> list[str]:
        """Its longer clauses without the words that introduce or close one; figures repeat by chance."""
        bare = (_AROUND_CLAUSE.sub("", each) for each in _CLAUSE_END.split(self.text))
        return [each for each in bare if len(each) >= _CLAUSE and not _FIGURE.search(each)]


def _strays(texts: _Texts, partners: Mapping[int, int]) -> set[tuple[int, int]]:
    """Further links, from sentence to sentence: each holds more of the other than their articles' counterparts do."""
    old = _sentences_of(texts, 0, partners)
    new = _sentences_of(texts, 1, {j: i for i, j in partners.items()})
    holders: dict[str, set[int]] = defaultdict(set)
    for at, other in enumerate(new):
        for pair in other.pairs:
            holders[pair].add(at)
    found: set[tuple[int, int]] = set()
    for sentence in old:
        near = set().union(*(holders[pair] for pair in sentence.pairs))
        found |= {(sentence.article, new[at].article) for at in near if _is_same(texts, sentence, new[at])}
    return found


def _sentences_of(texts: _Texts, side: int, partners: Mapping[int, int]) -> list[_Sentence]:
    """All sentences but those the counterpart of their article holds whole."""
    found: list[_Sentence] = []
    for at, article in enumerate(texts.articles[side]):
        held = texts.pairs[1 - side][partners[at]] if at in partners else frozenset()
        for text in _sentences(article.text):
            pairs = _pairs(text)
            kept = texts.weigh(pairs & held) / texts.weigh(pairs)
            if kept < 1 - _MORE:
                found.append(_Sentence(at, text, pairs, kept, at not in partners))
    return found


def _is_same(texts: _Texts, old: _Sentence, new: _Sentence) -> bool:
    both = old.pairs & new.pairs
    shared, of_old, of_new = texts.weigh(both), texts.weigh(old.pairs), texts.weigh(new.pairs)
    are_orphans = old.is_orphan and new.is_orphan
    if not both or not (are_orphans or texts.is_telling(both)):
        return False
    if shared < (old.kept + _MORE) * of_old or shared < (new.kept + _MORE) * of_new:
        return False
    least = _ORPHANED if old.is_orphan else _STRAY
    return shared >= _CONTAINED * min(of_old, of_new) or 2 * shared >= least * (of_old + of_new)


def _sentences(text: str) -> list[str]:
    found = (squeezed(without_references(each)) for each in _SENTENCE_END.split(text))
    return [each for each in found if len(_BESIDE_WORDS.sub("", each)) >= _SHORTEST]


def _quoted(texts: _Texts, partners: Mapping[int, int], linked: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Links of articles that have none yet, by a whole clause that stands in one sentence of either text only."""
    taken_old, taken_new = {i for i, _ in linked}, {j for _, j in linked}
    old = [each for each in _sentences_of(texts, 0, partners) if each.kept <= _STAYED]
    new = [each for each in _sentences_of(texts, 1, {j: i for i, j in partners.items()}) if each.kept <= _STAYED]
    sides = [[squeezed(without_references(each.text)) for each in side] for side in texts.articles]
    return {
        (one.article, other.article)
        for one in old
        for other in new
        if (one.article not in taken_old or other.article not in taken_new)
        and any(all(sum(clause in each for each in side) == 1 for side in sides) for clause in _shared(one, other))
    }


def _shared(one: _Sentence, other: _Sentence) -> list[str]:
    """The clauses of either sentence that stand in the other."""
    return [each for each in one.clauses if each in other.text] + [each for each in other.clauses if each in one.text]
