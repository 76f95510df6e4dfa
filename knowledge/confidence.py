"""How sure we are, and what follows from it: answer, ask back, hand over, or decline.

Evidence for a card is how well its best wording and the question cover each other, weighed by how rare the shared
characters and pairs are among all cards; the search's coverage and the lead over the next card add to it. A small
logistic model turns this into a probability that the card is the right one; model and thresholds are data with the
date and the set they were calibrated on (``confidence.toml``, made by ``benchmarks/answers.py --calibrate``).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from knowledge.cards import Card
from knowledge.dictionary import load_dictionary
from knowledge.passages import Action, Hit
from knowledge.tokenise import normalise, terms, tokens
from knowledge.understand import ROUTING_FILE, asks_for_new_law

# From this likeness on, two texts differ in nothing but particles.
_SAME = 0.97

# Evidence that tells a sure card from one that merely leads.
_CERTAINTY_EVIDENCE = ("recall", "asked", "said", "strange", "aspect", "other_aspect", "exact")

MODEL_FILE = Path(__file__).parent / "confidence.toml"


@dataclass(frozen=True)
class Candidate:
    """A card that might answer. `evidence` by name (see `Wordings.evidence`), each 0–1; `logit` what the model makes
    of it; `probability` that this card is the right one, given the strength of the others.
    """

    card: Card
    evidence: Mapping[str, float]
    logit: float = 0.0
    probability: float = 0.0


@dataclass(frozen=True)
class Model:
    """Weights and thresholds; see `MODEL_FILE`. `weights` make a candidate's logit out of its evidence, `certainty`
    the best one's probability out of its logit and the lead over the next.
    """

    weights: Mapping[str, float]
    certainty: Mapping[str, float]
    answer_at: float
    clarify_at: float
    clarify_unrouted_at: float
    option_within: float
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


@dataclass(frozen=True)
class _Known:
    """What is known of one card: its wordings, what it is not, everything it says, and its terms."""

    wordings: tuple[_Wording, ...]
    negatives: tuple[_Wording, ...]
    asked: frozenset[str]
    said: frozenset[str]
    terms: frozenset[str]
    main_terms: frozenset[str]
    aspects: Mapping[str, float]
    is_about_new_law: bool


@dataclass(frozen=True)
class Question:
    """A question, taken apart once for all candidates."""

    text: str
    tokens: frozenset[str]
    terms: frozenset[str]
    aspects: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Question:
        """The question of a text as typed."""
        plain = _plain(text)
        return cls(plain, frozenset(tokens(plain)), _terms(plain), _aspects(plain))


class Wordings:
    """The wordings of all cards as weighed token sets; made once, asked often, never changed."""

    def __init__(self, cards: Iterable[Card]) -> None:
        known = list(cards)
        counts = Counter(token for card in known for token in frozenset(tokens(_plain(_all_asked(card)))))
        self._weights = {token: math.log(1 + len(known) / count) for token, count in counts.items()}
        self._rarest = math.log(1 + len(known))
        self._known = {card.card_id: self._taken_apart(card) for card in known}

    def evidence(self, question: Question, card_id: str) -> dict[str, float]:
        """What speaks for a card, each 0–1.

        ``match`` how well question and best wording cover each other, ``recall`` and ``precision`` its two sides ·
        ``fuzzy`` their likeness as strings · ``asked`` and ``said`` the share of the question in all wordings, and in
        everything the card says · ``negative`` how much better the question fits what the card is not ·
        ``terms`` the share of the question's terms the card has · ``strange`` terms it lacks · ``apart`` a term of the
        question that must not be taken for one of the card's · ``unasked`` main terms of the card nobody asked for ·
        ``title`` how well question and title cover each other · ``aspect`` the share of the card's wordings that ask
        for the same (money, time, papers …), ``other_aspect`` 1 when none does · ``exact`` a wording is the question
        itself · ``new_law`` the card is about a coming law, the question is not.
        """
        known = self._known[card_id]
        match, recall, precision = max(self._overlap(question.tokens, each) for each in known.wordings)
        negative = max((self._overlap(question.tokens, each)[0] for each in known.negatives), default=0.0)
        strange = question.terms - known.terms
        aspect = max((known.aspects.get(each, 0.0) for each in question.aspects), default=0.0)
        return {
            "match": match,
            "recall": recall,
            "precision": precision,
            "fuzzy": max(fuzz.ratio(question.text, each.text) for each in known.wordings) / 100,
            "asked": self._share(question.tokens, known.asked),
            "said": self._share(question.tokens, known.said),
            "negative": max(0.0, negative - match),
            "terms": len(question.terms & known.terms) / len(question.terms) if question.terms else 0.0,
            "strange": min(len(strange), 3) / 3,
            "apart": float(any(_kept_apart(each) & known.terms for each in strange)),
            "unasked": len(known.main_terms - question.terms) / len(known.main_terms) if known.main_terms else 0.0,
            "title": self._overlap(question.tokens, known.wordings[0])[0],
            "aspect": aspect,
            "other_aspect": float(bool(question.aspects) and not aspect),
            "exact": float(match >= _SAME),
            "new_law": float(known.is_about_new_law and not asks_for_new_law(question.text)),
        }

    def _taken_apart(self, card: Card) -> _Known:
        texts = [_plain(each) for each in (card.title, *card.variants)]
        found = [_terms(each) for each in texts]
        counts = Counter(term for each in found for term in each)
        asked = frozenset(token for each in texts for token in tokens(each))
        said = _plain(" ".join((card.answer, *card.details)))
        return _Known(
            wordings=tuple(self._wording(each) for each in texts),
            negatives=tuple(self._wording(_plain(each)) for each in card.negatives),
            asked=asked,
            said=asked | frozenset(tokens(said)),
            terms=frozenset(counts) | _terms(said),
            # A term of two wordings in three is what the card is about.
            main_terms=frozenset(term for term, count in counts.items() if count * 3 >= len(texts) * 2),
            aspects=_shares([_aspects(each) for each in texts]),
            is_about_new_law=asks_for_new_law(texts[0]),
        )

    def _wording(self, plain: str) -> _Wording:
        words = frozenset(tokens(plain))
        return _Wording(plain, words, self._weight(words))

    def _overlap(self, words: frozenset[str], wording: _Wording) -> tuple[float, float, float]:
        shared = self._weight(words & wording.tokens)
        if not shared:
            return (0.0, 0.0, 0.0)
        asked = self._weight(words)
        return (2 * shared / (asked + wording.weight), shared / asked, shared / wording.weight)

    def _share(self, words: frozenset[str], known: frozenset[str]) -> float:
        return self._weight(words & known) / (self._weight(words) or 1.0)

    def _weight(self, words: Iterable[str]) -> float:
        return sum(self._weights.get(word, self._rarest) for word in words)


def candidates(
    text: str, hits: Sequence[Hit], cards: Mapping[str, Card], wordings: Wordings, *, is_ours: bool
) -> list[Candidate]:
    """The cards among the hits with the evidence for each, most probable first.

    Args:
        text: The question, one part of a message.
        hits: What the search found for it.
        cards: All cards by id; hits on others are ignored.
        wordings: Of the same cards.
        is_ours: The message mentions our field: weak evidence then counts for more.
    """
    question = Question.of(text)
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    found = []
    for hit in hits:
        card = cards.get(hit.passage.passage_id.removeprefix("card:"))
        if card and hit.passage.kind == "card":
            evidence = {"coverage": hit.coverage, "rank": hit.score / best, **wordings.evidence(question, card.card_id)}
            found.append(Candidate(card, evidence))
    return rated(found, model(), is_ours=is_ours)


def rated(found: Iterable[Candidate], with_model: Model, *, is_ours: bool) -> list[Candidate]:
    """Candidates with logit and probability, most probable first."""
    weighed = [replace(each, logit=_weighed(each.evidence, with_model.weights)) for each in found]
    weighed.sort(key=lambda each: -each.logit)
    return [
        replace(
            each,
            probability=_sigmoid(_weighed(certainty_features(n, weighed, is_ours=is_ours), with_model.certainty)),
        )
        for n, each in enumerate(weighed)
    ]


def certainty_features(place: int, ranked: Sequence[Candidate], *, is_ours: bool) -> dict[str, float]:
    """What the probability of a ranked candidate rests on: its logit, the lead over the best other (at most 4), the
    evidence that tells our field from others.
    """
    mine = ranked[place]
    others = max((each.logit for n, each in enumerate(ranked) if n != place), default=mine.logit - 4.0)
    kept = {name: mine.evidence[name] for name in _CERTAINTY_EVIDENCE}
    return {
        "bias": 1.0,
        "logit": mine.logit,
        "lead": max(-4.0, min(4.0, mine.logit - others)),
        "ours": float(is_ours),
        **kept,
    }


def _weighed(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in values.items())


def _sigmoid(total: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def decide(found: Sequence[Candidate], *, is_ours: bool) -> Decision:
    """Answer when sure, ask back when one of a few cards is likely, else hand over (our field) or decline."""
    limits = model()
    top = found[0].probability if found else 0.0
    if top >= limits.answer_at:
        return Decision("answer", top, tuple(found))
    options = tuple(each for each in found if found[0].logit - each.logit <= limits.option_within)[:4]
    if options and top >= (limits.clarify_at if is_ours else limits.clarify_unrouted_at):
        return Decision("clarify", top, options)
    return Decision("escalate" if is_ours else "out_of_scope", top, options)


@cache
def model() -> Model:
    """The shipped model."""
    content: dict[str, Any] = tomllib.loads(MODEL_FILE.read_text(encoding="utf-8"))
    return Model(content["weights"], content["certainty"], **content["thresholds"])


@cache
def _everyday() -> tuple[tuple[str, str], ...]:
    """Everyday words and the plain ones cards use, longest first."""
    words: dict[str, list[str]] = tomllib.loads(ROUTING_FILE.read_text(encoding="utf-8"))["everyday"]
    pairs = [(lay, plain) for plain, lays in words.items() for lay in lays]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def _plain(text: str) -> str:
    """A text normalised, everyday words (啥, 咋) made plain, so that only the matter differs."""
    plain = normalise(text)
    for lay, word in _everyday():
        plain = plain.replace(lay, word)
    return plain


def _all_asked(card: Card) -> str:
    return " ".join((card.title, *card.variants))


def _aspects(plain: str) -> frozenset[str]:
    """What a question wants to know: money, time, papers, a place …"""
    return frozenset(name for name, pattern in _aspect_patterns() if pattern.search(plain))


@cache
def _aspect_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    content = tomllib.loads(ROUTING_FILE.read_text(encoding="utf-8"))["aspects"]
    return tuple((name, re.compile(pattern)) for name, pattern in content.items())


def _shares(sets: Sequence[frozenset[str]]) -> dict[str, float]:
    counts = Counter(each for found in sets for each in found)
    return {each: count / len(sets) for each, count in counts.items()}


def _terms(text: str) -> frozenset[str]:
    return frozenset(term.official for term in terms(text))


@cache
def _kept_apart(term: str) -> frozenset[str]:
    """The terms that must never be taken for this one."""
    return frozenset(other for entry in load_dictionary() if entry.official == term for other in entry.keep_apart)
