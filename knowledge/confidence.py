"""How sure we are, and what follows from it: answer, ask back, hand over, or decline.

Evidence for a card is how well its best wording and the question cover each other, weighed by how rare the shared
characters and pairs are among all cards; the search's coverage and the lead over the next card add to it. A small
logistic model turns this into a probability that the card is the right one; model and thresholds are data with the
date and the set they were calibrated on (``confidence.toml``, made by ``benchmarks/answers.py --calibrate``).
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from knowledge.cards import Card
from knowledge.passages import Action, Hit
from knowledge.tokenise import normalise, tokens

MODEL_FILE = Path(__file__).parent / "confidence.toml"


@dataclass(frozen=True)
class Candidate:
    """A card that might answer, with the evidence for it; all values 0–1 but `lead` (−1…1).

    `match` how well question and best wording cover each other · `recall` the share of the question in that wording ·
    `fuzzy` their similarity as strings · `coverage` and `rank` from the search (rank 1 is the best hit) · `negative`
    how well the question fits what the card says it is not.
    """

    card: Card
    match: float
    recall: float
    precision: float
    fuzzy: float
    coverage: float
    rank: float
    negative: float
    lead: float = 0.0
    probability: float = 0.0


@dataclass(frozen=True)
class Model:
    """Weights of the logistic model and the thresholds chosen with it; see `MODEL_FILE`."""

    weights: Mapping[str, float]
    answer_at: float
    answer_unrouted_at: float
    clarify_at: float
    option_at: float
    article_at: float


@dataclass(frozen=True)
class Decision:
    """What to do with a question: the card to answer with, or the cards to offer, best first."""

    action: Action
    confidence: float
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class _Wording:
    text: str
    tokens: frozenset[str]
    weight: float


class Wordings:
    """The wordings of all cards as weighed token sets; made once, asked often, never changed."""

    def __init__(self, cards: Iterable[Card]) -> None:
        known = list(cards)
        counts = Counter(token for card in known for token in _token_set(" ".join((card.title, *card.variants))))
        self._weights = {token: math.log(1 + len(known) / count) for token, count in counts.items()}
        self._rarest = math.log(1 + len(known))
        self._asked = {card.card_id: self._prepared((card.title, *card.variants)) for card in known}
        self._not_asked = {card.card_id: self._prepared(card.negatives) for card in known}

    def evidence(self, text: str, words: frozenset[str], card_id: str, *, but: str = "") -> dict[str, float]:
        """``match``, ``recall``, ``precision``, ``fuzzy`` and ``negative`` of a card for a normalised question.

        `but` leaves one (normalised) wording out, for calibration.
        """
        wordings = [each for each in self._asked.get(card_id, []) if each.text != but]
        best = max((self._overlap(words, each) for each in wordings), default=(0.0, 0.0, 0.0))
        negative = max((self._overlap(words, each)[0] for each in self._not_asked.get(card_id, [])), default=0.0)
        fuzzy = max((fuzz.ratio(text, each.text) for each in wordings), default=0.0) / 100
        return dict(zip(("match", "recall", "precision"), best, strict=True)) | {"fuzzy": fuzzy, "negative": negative}

    def _overlap(self, words: frozenset[str], wording: _Wording) -> tuple[float, float, float]:
        shared = self._weight(words & wording.tokens)
        if not shared:
            return (0.0, 0.0, 0.0)
        asked = self._weight(words)
        return (2 * shared / (asked + wording.weight), shared / asked, shared / wording.weight)

    def _prepared(self, texts: Iterable[str]) -> list[_Wording]:
        made = ((normalise(text), _token_set(text)) for text in texts)
        return [_Wording(text, words, self._weight(words)) for text, words in made]

    def _weight(self, words: Iterable[str]) -> float:
        return sum(self._weights.get(word, self._rarest) for word in words)


def candidates(question: str, hits: Sequence[Hit], cards: Mapping[str, Card], wordings: Wordings) -> list[Candidate]:
    """The cards among the hits with the evidence for each, most probable first."""
    text = normalise(question)
    words = _token_set(text)
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    found = [
        Candidate(card, coverage=hit.coverage, rank=hit.score / best, **wordings.evidence(text, words, card.card_id))
        for hit in hits
        if hit.passage.kind == "card" and (card := cards.get(hit.passage.passage_id.removeprefix("card:")))
    ]
    return rated(found, model())


def rated(found: Sequence[Candidate], with_model: Model) -> list[Candidate]:
    """Candidates with lead over the best other and probability filled in, most probable first."""
    made = []
    for each in found:
        others = max((other.match for other in found if other is not each), default=0.0)
        led = replace(each, lead=each.match - others)
        made.append(replace(led, probability=probability(led, with_model)))
    return sorted(made, key=lambda each: -each.probability)


def features(candidate: Candidate) -> dict[str, float]:
    """What the model weighs."""
    return {
        "bias": 1.0,
        "match": candidate.match,
        "recall": candidate.recall,
        "precision": candidate.precision,
        "fuzzy": candidate.fuzzy,
        "coverage": candidate.coverage,
        "rank": candidate.rank,
        "lead": candidate.lead,
        "negative": max(0.0, candidate.negative - candidate.match),
    }


def probability(candidate: Candidate, with_model: Model) -> float:
    """The calibrated probability that this card is the one that answers."""
    total = sum(with_model.weights.get(name, 0.0) * value for name, value in features(candidate).items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def decide(found: Sequence[Candidate], *, is_ours: bool) -> Decision:
    """Answer when sure, ask back when one of a few cards is likely, else hand over (our field) or decline.

    Args:
        found: From `candidates`, most probable first.
        is_ours: The question mentions our field. A question that does not must fit a card far better.
    """
    limits = model()
    top = found[0].probability if found else 0.0
    if top >= (limits.answer_at if is_ours else limits.answer_unrouted_at):
        return Decision("answer", top, tuple(found))
    options = tuple(each for each in found if each.probability >= limits.option_at)[:4]
    if options and top >= limits.clarify_at and is_ours:
        return Decision("clarify", top, options)
    return Decision("escalate" if is_ours else "out_of_scope", top, options)


@cache
def model() -> Model:
    """The shipped model."""
    content: dict[str, Any] = tomllib.loads(MODEL_FILE.read_text(encoding="utf-8"))
    return Model(weights=content["weights"], **content["thresholds"])


def _token_set(text: str) -> frozenset[str]:
    return frozenset(tokens(text))
