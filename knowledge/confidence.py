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
from typing import Any

from knowledge.cards import Card
from knowledge.evidence import Question, Wordings
from knowledge.passages import Action, Hit

# Evidence that tells a sure card from one that merely leads.
_CERTAINTY_EVIDENCE = (
    "precision",
    "fuzzy",
    "asked",
    "said",
    "title",
    "strange",
    "unasked",
    "other_aspect",
    "title_aspect",
    "exact",
    "unknown",
    "beside",
    "mute",
    "undefined",
    "negative",
)

# Any of these, and the card is offered rather than given: a term the card lacks, another act, no period or sum.
_VETOES = ("strange", "other_act", "unfigured")
# The question has a character this rare that the card never uses (知识产权 cards hardly ever do).
_NEVER_SPOKEN_OF = 0.85
_MOSTLY_SAID = 0.65

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
    said_at: float


@dataclass(frozen=True)
class Decision:
    """What to do with a question: the card to answer with, or the cards to offer, best first."""

    action: Action
    confidence: float
    candidates: tuple[Candidate, ...] = ()


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
    if top >= limits.answer_at and not _is_beside_the_point(found[0], limits):
        return Decision("answer", top, tuple(found))
    options = tuple(each for each in found if found[0].logit - each.logit <= limits.option_within)[:4]
    if options and top >= (limits.clarify_at if is_ours else limits.clarify_unrouted_at):
        return Decision("clarify", top, options)
    return Decision("escalate" if is_ours else "out_of_scope", top, options)


def _is_beside_the_point(candidate: Candidate, limits: Model) -> bool:
    """A card with a term nobody mentioned, or about a period or sum nobody asked for, that lacks part of the question.

    Such a card may lead clearly and still be wrong: 发明专利授权需要多久 is not 优先审查要多久.
    It is offered, not given.
    """
    evidence = candidate.evidence
    if evidence["exact"]:
        return False
    if any(evidence[name] for name in _VETOES):
        return True
    if evidence["unknown"] >= _NEVER_SPOKEN_OF and evidence["said"] < _MOSTLY_SAID:
        return True
    return evidence["said"] < limits.said_at and bool(evidence["unasked"] or evidence["figure"])


@cache
def model() -> Model:
    """The shipped model."""
    content: dict[str, Any] = tomllib.loads(MODEL_FILE.read_text(encoding="utf-8"))
    return Model(content["weights"], content["certainty"], **content["thresholds"])
