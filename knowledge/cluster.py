"""Questions that are one question in different words, grouped and ranked: where the cards have gaps (未答问题).

Grouping is incremental and deterministic: each question joins the group it is most like, or begins a new one, so adding
them one by one gives the groups of adding them at once. Two questions are alike when they share the rare part of their
words, lay words counting as the official ones; never when they ask for different things (多少钱, 多久), name different
acts (转让, 续展) or cases (未注册, 已注册), or speak of different things (发明专利, 外观设计).
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest

from rapidfuzz import fuzz

from knowledge.conditions import conditions
from knowledge.evidence import plainly
from knowledge.markup import without_markup
from knowledge.routing import is_our_field, route, word_lists
from knowledge.tokenise import HAN, normalise, terms, tokens

# From this likeness on two questions are one. Read off the wordings of the shipped cards (`benchmarks/gaps.py`): below
# it groups mix neighbouring cards, above it they fall apart.
ALIKE = 0.45
# Nobody writes a card about these: complaints have their own way, a personal case needs a person.
_NO_GAPS = frozenset(
    {
        "greeting",
        "thanks",
        "human",
        "complaint",
        "abuse",
        "wrongdoing",
        "injection",
        "chitchat",
        "identity",
        "empty",
        "personal",
    }
)
_LONGEST = 400  # characters that are compared; what comes after is tale
_RAREST_TOKENS = 6  # by which groups are looked up,
_LAST_PLACES = 200  # each among the last questions that have it,
_COMPARED = 8  # and the best of them compared
_COMPARED_MEMBERS = 5  # of each group, the first different ones: a group does not drift
_WEIGHED_MEMBERS = 60  # among which the typical one is looked for
# Blanks and punctuation that separate nothing but Chinese.
_PAUSES = re.compile(rf"(?<=[{HAN}])[\W_]+(?=[{HAN}])|^[\W_]+|[\W_]+$")
_HALF_LIFE = timedelta(days=30)  # after it a question counts three quarters, long after half


@dataclass(frozen=True)
class Asked:
    """One question without a good answer. `key` is the caller's, `contact` tells people apart, `badness` (0–1) says how
    bad it was: 1 when the asker said so.
    """

    key: int
    text: str
    contact: int
    at: datetime
    badness: float = 0.5


@dataclass(frozen=True)
class Cluster:
    """One question in all its wordings, oldest first; `typical` names it: the one most like all others."""

    members: tuple[Asked, ...]
    typical: Asked

    @property
    def n_contacts(self) -> int:
        """How many different people asked."""
        return len({each.contact for each in self.members})

    @property
    def last_at(self) -> datetime:
        """When it was asked last."""
        return max(each.at for each in self.members)

    @property
    def badness(self) -> float:
        """How bad it was on average, 0–1."""
        return sum(each.badness for each in self.members) / len(self.members)

    @property
    def wordings(self) -> tuple[str, ...]:
        """The different wordings, the typical one first."""
        return tuple(dict.fromkeys((self.typical.text, *(each.text for each in self.members))))

    def weight(self, now: datetime) -> float:
        """What it is ranked by: the people who asked, down to half of them when it was long ago, up to twice for
        badness.
        """
        age = max(now - self.last_at, timedelta(0)) / _HALF_LIFE
        return self.n_contacts * (0.5 + 0.5 * math.pow(0.5, age)) * (1 + self.badness)


class Likeness:
    """How much two questions are one, with words weighed by how rare they are in a collection of questions."""

    def __init__(self, collection: Iterable[str]) -> None:
        """`collection`: such as all wordings of all cards; empty makes every word count the same."""
        counts = Counter(token for text in collection for token in _shape(text).tokens)
        total = sum(counts.values()) / 8  # about the number of questions: 8 tokens each
        self._weights = {token: math.log(1 + total / count) for token, count in counts.items()}
        self._rarest = math.log(1 + total) or 1.0

    def __call__(self, one: str, other: str) -> float:
        """0–1; `ALIKE` and more means that they are one question."""
        return self.of(self.weighed(one), self.weighed(other))

    def weighed(self, text: str) -> Weighed:
        """A question, ready to be compared."""
        shape = _shape(text)
        weights = {token: self._weights.get(token, self._rarest) for token in shape.tokens}
        return Weighed(shape, weights, sum(weights.values()))

    @staticmethod
    def of(one: Weighed, other: Weighed) -> float:
        """The same for questions weighed before."""
        if one.shape.text == other.shape.text:
            return 1.0
        if _differ(one.shape, other.shape):
            return 0.0
        shared = sum([one.weights[token] for token in one.shape.tokens & other.shape.tokens])
        dice = 2 * shared / (one.total + other.total or 1.0)
        return float(dice + fuzz.ratio(one.shape.text, other.shape.text) / 100) / 2


@dataclass(frozen=True)
class Weighed:
    """A question with the weight of each of its tokens, and of all of them."""

    shape: _Shape
    weights: Mapping[str, float]
    total: float


class Groups:
    """Groups that grow question by question."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._groups: list[_Group] = []
        self._same: dict[str, int] = {}
        self._known: list[tuple[Weighed, int]] = []
        self._having: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, asked: Asked) -> None:
        """Put a question into the group it is most like, or into a new one."""
        weighed = self._likeness.weighed(asked.text)
        place = self._same.get(weighed.shape.text)
        if place is None:
            place = self._same[weighed.shape.text] = self._most_like(weighed)
            self._learn(weighed, place)
        self._groups[place].members.append(asked)

    def clusters(self) -> list[Cluster]:
        """The groups so far, in the order in which they began."""
        return [Cluster(tuple(each.members), _typical(each, self._likeness)) for each in self._groups]

    def _most_like(self, weighed: Weighed) -> int:
        """The group of a question never seen before; a new one when it is like none."""
        best, found = 0.0, -1
        for place in self._near(weighed):
            members = self._groups[place].first
            alike = sum([Likeness.of(weighed, each) for each in members]) / len(members)
            if alike > best:
                best, found = alike, place
        if best >= ALIKE:
            return found
        self._groups.append(_Group())
        return len(self._groups) - 1

    def _near(self, weighed: Weighed) -> list[int]:
        """The groups that may be like it, those of the nearest questions first."""
        shared: defaultdict[int, float] = defaultdict(float)
        rarest = sorted(weighed.weights.items(), key=lambda each: (-each[1], each[0]))[:_RAREST_TOKENS]
        for token, weight in rarest:
            for number in self._having[token][-_LAST_PLACES:]:
                shared[number] += weight
        shares = [(share / self._known[number][0].total, -number) for number, share in shared.items()]
        nearest = nlargest(_COMPARED, shares)
        return list(dict.fromkeys(self._known[-number][1] for _, number in nearest))

    def _learn(self, weighed: Weighed, place: int) -> None:
        for token in weighed.weights:
            self._having[token].append(len(self._known))
        self._known.append((weighed, place))
        if len(self._groups[place].first) < _COMPARED_MEMBERS:
            self._groups[place].first.append(weighed)


def cluster(questions: Iterable[Asked], likeness: Likeness) -> list[Cluster]:
    """The groups of these questions, in the order in which they were first asked."""
    groups = Groups(likeness)
    for each in sorted(questions, key=lambda asked: (asked.at, asked.key)):
        groups.add(each)
    return groups.clusters()


def ranked(clusters: Iterable[Cluster], now: datetime) -> list[Cluster]:
    """The most pressing first; of equal ones the older."""
    return sorted(clusters, key=lambda each: (-each.weight(now), each.members[0].at, each.members[0].key))


def is_gap(text: str, action: str) -> bool:
    """Whether an archived question asks for a card: no greeting, abuse, complaint or personal case, and of our field
    when it was taken for out of scope.
    """
    plain = without_markup(normalise(text[:_LONGEST]))
    return route(plain) not in _NO_GAPS and (action != "out_of_scope" or is_our_field(plain))


# --- what a question looks like --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shape:
    """What is compared of a question. `tokens` are its pairs and words, a term of the trade being one token; `text` has
    the official terms for the lay ones.
    """

    text: str
    tokens: frozenset[str]
    aspects: frozenset[str]
    acts: frozenset[str]
    conditions: frozenset[str]
    terms: frozenset[str]


@dataclass
class _Group:
    members: list[Asked] = field(default_factory=list)
    first: list[Weighed] = field(default_factory=list)


@functools.lru_cache(maxsize=20_000)
def _shape(text: str) -> _Shape:
    plain = _PAUSES.sub("", plainly(text[:_LONGEST]))
    pieces, found, end = [], [], 0
    for term in terms(plain):
        pieces.append(plain[end : term.start])
        found.append(term.official)
        end = term.start + len(term.text)
    pieces.append(plain[end:])
    official = "".join(part for pair in zip(pieces, [*found, ""], strict=True) for part in pair)
    beside = frozenset(each for each in tokens(" ".join(pieces)) if len(each) > 1)
    named = frozenset(f"《{each}》" for each in found)
    return _Shape(
        text=official,
        tokens=beside | named or frozenset(tokens(plain)),
        aspects=frozenset(name for name, pattern in _aspects() if pattern.search(plain)),
        acts=frozenset(_acts().findall(plain)),
        conditions=conditions(plain),
        terms=frozenset(found),
    )


@functools.cache
def _aspects() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What can be asked for, by name (多少钱: money)."""
    return tuple((name, re.compile(pattern)) for name, pattern in word_lists()["aspects"].items())


@functools.cache
def _acts() -> re.Pattern[str]:
    """What can be done with a right (转让, 续展)."""
    return re.compile("|".join(word_lists()["acts"]["words"]))


def _differ(one: _Shape, other: _Shape) -> bool:
    """Whether they ask for different things, want different things done, in different cases, or speak of different
    things.
    """
    pairs = ((one.aspects, other.aspects), (one.acts, other.acts), (one.conditions, other.conditions))
    if any(mine and theirs and not mine & theirs for mine, theirs in pairs):
        return True
    return bool(one.terms - other.terms and other.terms - one.terms)


def _typical(group: _Group, likeness: Likeness) -> Asked:
    """The member most like all others, those asked often counting as often; of equal ones the shorter, then the
    earlier.
    """
    first: dict[str, Asked] = {}
    for each in group.members:
        first.setdefault(_shape(each.text).text, each)
    counts = Counter(_shape(each.text).text for each in group.members)
    weighed = [(each, likeness.weighed(each.text), counts[text]) for text, each in first.items()][:_WEIGHED_MEMBERS]

    def centrality(mine: Weighed) -> float:
        return sum([likeness.of(mine, other) * n for _, other, n in weighed])

    return max(weighed, key=lambda each: (round(centrality(each[1]), 9), -len(each[0].text), -each[0].key))[0]
