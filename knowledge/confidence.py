"""How sure we are, and what follows from it: answer, ask back, hand over, or decline.

Out of the evidence for each card (`knowledge.evidence`) a conditional logit ranks the candidates, and a logistic model
tells how probably the best one is right at all: no card may be. Both, and the thresholds, are data with the date and
the set they were calibrated on (``confidence.toml``, made by ``benchmarks/calibrate.py``).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from knowledge.cards import Card
from knowledge.evidence import Question, Wordings
from knowledge.passages import Action, Hit
from knowledge.routing import is_surely_ours

# What only says how well a card leads, not how sure it is.
_ONLY_RANKS = frozenset({"rank"})
# Leads beyond this tell no more.
_LONGEST_LEAD = 4.0
# A card that leads by so much is given although a question it is not for is a little nearer than its wordings.
_CLEAR_LEAD = 2.5
_A_LITTLE = 0.1
# Of the nearest wording the question has no more than this: the rest is about something else (docs/retrieval.md).
_MOSTLY_ELSE = 0.32
# A question of so few characters leaves most of what it means unsaid.
_SHORT = 6

MODEL_FILE = Path(__file__).parent / "confidence.toml"


@dataclass(frozen=True)
class Candidate:
    """A card that might answer. `evidence` by name (see `Wordings.evidence`), each 0–1; `logit` what the model makes
    of it; `lead` how far that is ahead of the best other (negative behind it, at most 4); `probability` that this card
    is the right one, given the strength of the others.
    """

    card: Card
    evidence: Mapping[str, float]
    logit: float = 0.0
    probability: float = 0.0
    lead: float = _LONGEST_LEAD


@dataclass(frozen=True)
class Model:
    """Weights and thresholds; see `MODEL_FILE`. `weights` make a candidate's logit out of its evidence, `certainty`
    the best one's probability out of its logit and the lead over the next, `scope` the probability that the question
    is ours to answer at all.
    """

    weights: Mapping[str, float]
    certainty: Mapping[str, float]
    scope: Mapping[str, float]
    answer_at: float
    plain_at: float
    beside_at: float
    close_within: float
    clarify_at: float
    ours_at: float
    option_within: float
    article_at: float
    offer_article_at: float


@dataclass(frozen=True)
class Decision:
    """What to do with a question: the card to answer with, or the cards to offer, best first. `scope` is the
    probability that it is ours to answer.
    """

    action: Action
    confidence: float
    candidates: tuple[Candidate, ...] = ()
    scope: float = 0.0


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
    return rated(found, model(), said_of_us(question, wordings, is_ours=is_ours))


def said_of_us(question: Question, wordings: Wordings, *, is_ours: bool) -> dict[str, float]:
    """What a question says of itself, whatever card is looked at: that it names our field, is of it beyond doubt,
    sounds like it, is short.
    """
    return {
        "surely": float(is_surely_ours(question.text)),
        "ours": float(is_ours),
        "field": wordings.field(question, names_it=is_ours),
        "short": float(len(question.text) <= _SHORT),
    }


def rated(found: Iterable[Candidate], with_model: Model, of_us: Mapping[str, float]) -> list[Candidate]:
    """Candidates with logit and probability, most probable first. `of_us`: see `said_of_us`."""
    weighed = [replace(each, logit=_weighed(each.evidence, with_model.weights)) for each in found]
    weighed.sort(key=lambda each: -each.logit)
    return [
        replace(
            each,
            lead=_lead(n, weighed),
            probability=_sigmoid(_weighed(certainty_features(n, weighed, of_us), with_model.certainty)),
        )
        for n, each in enumerate(weighed)
    ]


def certainty_features(place: int, ranked: Sequence[Candidate], of_us: Mapping[str, float]) -> dict[str, float]:
    """What the probability of a ranked candidate rests on: its logit, the lead over the best other (at most 4), its
    evidence, what the question says of itself, and what weighs more when the card says little of the question.
    """
    mine = ranked[place]
    unsaid = 1.0 - mine.evidence["said"]
    return {
        "bias": 1.0,
        "logit": mine.logit,
        "lead": _lead(place, ranked),
        **of_us,
        **{name: value for name, value in mine.evidence.items() if name not in _ONLY_RANKS},
        "unknown_unsaid": mine.evidence["unknown"] * unsaid,
        "unasked_unsaid": mine.evidence["unasked"] * unsaid,
    }


def _lead(place: int, ranked: Sequence[Candidate]) -> float:
    """How far a ranked candidate is ahead of the best other; negative for all but the first."""
    mine = ranked[place].logit
    others = max((each.logit for n, each in enumerate(ranked) if n != place), default=mine - _LONGEST_LEAD)
    return max(-_LONGEST_LEAD, min(_LONGEST_LEAD, mine - others))


def scope_features(found: Sequence[Candidate], of_us: Mapping[str, float]) -> dict[str, float]:
    """What the probability that a question is ours rests on: what it says of itself, and how near a card comes."""
    return {
        "bias": 1.0,
        "field": of_us["field"],
        "ours_field": of_us["ours"] * of_us["field"],
        "coverage": found[0].evidence["coverage"] if found else 0.0,
        "top": found[0].probability if found else 0.0,
    }


def _weighed(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum([weights.get(name, 0.0) * value for name, value in values.items()])


def _sigmoid(total: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def decide(found: Sequence[Candidate], of_us: Mapping[str, float]) -> Decision:
    """Answer when sure; else, of our field, ask back when a few cards are likely and hand over when none is; decline
    what is not ours.
    """
    limits = model()
    top = found[0].probability if found else 0.0
    scope = _sigmoid(_weighed(scope_features(found, of_us), limits.scope))
    if found and not refusal(found[0], found[0], limits):
        return Decision("answer", top, tuple(found), scope)
    options = tuple(each for each in found if refusal(each, found[0], limits) != "far")[:4]
    if scope < limits.ours_at and not of_us.get("surely"):
        return Decision("out_of_scope", top, options, scope)
    return Decision("clarify" if options and top >= limits.clarify_at else "escalate", top, options, scope)


Refusal = Literal["", "unsure", "close", "other_matter", "silent", "not_for", "behind", "far"]


def refusal(candidate: Candidate, best: Candidate, limits: Model) -> Refusal:
    """Why a candidate is not given as the answer; empty for the one that is. `best` is the most probable one.

    ``unsure`` not probable enough · ``close`` not very probable, and the next is about as likely · ``other_matter`` not
    very probable, and the card is about something else to be done (质押 …) or to be known than is asked; or a little
    more probable, but see `_is_beside` · ``silent`` see `_is_silent_on_it` · ``not_for`` what the card says it is not
    for fits the question better than its wordings · ``behind`` another is more probable, but it may be offered ·
    ``far`` too far behind for that.
    """
    if best.logit - candidate.logit > limits.option_within:
        return "far"
    if candidate is not best:
        return "behind"
    if candidate.probability < limits.answer_at:
        return "unsure"
    return "" if candidate.evidence["exact"] else _objection(candidate, limits)


def _objection(candidate: Candidate, limits: Model) -> Refusal:
    """Why the most probable card is not given although it is probable enough."""
    is_doubtful = candidate.probability < limits.plain_at
    if candidate.probability < limits.beside_at and _is_beside(candidate):
        return "other_matter"
    if is_doubtful and (candidate.evidence["unasked_act"] or candidate.evidence["unasked_aspect"]):
        return "other_matter"
    if is_doubtful and candidate.lead < limits.close_within:
        return "close"
    if _is_not_for_it(candidate):
        return "not_for"
    return "silent" if _is_silent_on_it(candidate) else ""


def _is_beside(candidate: Candidate) -> bool:
    """The card is about another right, never speaks of what is to be done or of any of the conditions, or its nearest
    wording is mostly about something else.
    """
    evidence = candidate.evidence
    says_otherwise = evidence["other_realm"] or evidence["unsaid_act"] or evidence["condition"] >= 1
    return bool(says_otherwise) or evidence["precision"] <= _MOSTLY_ELSE


def _is_not_for_it(candidate: Candidate) -> bool:
    """What the card says it is not for fits better than its wordings; a little better, when it does not lead by far."""
    negative = candidate.evidence["negative"]
    return negative >= _A_LITTLE or (negative > 0 and candidate.lead < _CLEAR_LEAD)


def _is_silent_on_it(candidate: Candidate) -> bool:
    """A period or a sum is asked for, no wording of the card asks for one and the card tells none: however well the
    rest fits, it is offered, not given.
    """
    evidence = candidate.evidence
    return bool(evidence["unfigured"] and evidence["mute"])


@cache
def calibrated_on() -> str:
    """The day the shipped model was calibrated, and on what."""
    content: dict[str, Any] = tomllib.loads(MODEL_FILE.read_text(encoding="utf-8"))
    return f"{content['calibrated_on']}（{content['calibrated_with']}）"


@cache
def model() -> Model:
    """The shipped model."""
    content: dict[str, Any] = tomllib.loads(MODEL_FILE.read_text(encoding="utf-8"))
    return Model(content["weights"], content["certainty"], content["scope"], **content["thresholds"])
