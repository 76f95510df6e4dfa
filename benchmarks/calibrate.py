"""Fits the model of ``knowledge/confidence.toml`` to questions nobody wrote into a card; prints the new file.

    python -m benchmarks.calibrate tests/relevance/{dev,heldout,calibration}.jsonl --out-of-scope FILE… [--ranking]
        > knowledge/confidence.toml

Certainty is fitted to labelled questions, each asked once as things are and once with its fact taken away: then, as
with questions of other fields (JSONL, ``question`` or ``text``), no card is right, however near the nearest. Scope is
fitted to the same questions: ours or not. With ``--ranking`` the weights that order the candidates are fitted as well,
to the variants of all cards, each asked with that variant (and others of its fifth) taken out. Thresholds are chosen by
hand on what the last lines of the error output show (every question judged by a model that has not seen its fact), and
kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.answers import MEASURED_ON, lines_of
from knowledge.cards import SHIPPED_FOLDER, Card, Cards, load_cards
from knowledge.confidence import (
    Candidate,
    Model,
    candidates,
    certainty_features,
    model,
    rated,
    said_of_us,
    scope_features,
)
from knowledge.evidence import Question, Wordings
from knowledge.index import Index
from knowledge.search import Search, open_search
from knowledge.tokenise import ranking_text
from knowledge.understand import understand

FOLDS = 5
# Evidence that speaks against a card; everything else speaks for it.
AGAINST = frozenset(
    {"negative", "strange", "apart", "unasked", "other_aspect", "title_aspect", "figure", "unfigured", "other_act"}
    | {"new_law", "unsaid", "unknown", "beside", "mute", "undefined", "condition", "unconditioned", "other_realm"}
    | {"unknown_unsaid", "unasked_unsaid"}
)
# What may go either way.
FREE = frozenset({"bias", "ours", "short"})
_CANDIDATES = 12
# Questions without their fact are as many as those with it, in life they are fewer; those of other fields are few here.
_WEIGHTS = {"ours": 1.0, "gone": 0.4, "person": 1.5, "others": 1.5}
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """One question: what it says of itself, its candidates, and the facts (id of the first card) that answer it.

    `kind` is ``ours``, ``gone`` (ours, its fact taken away), ``person`` (staff must answer) or ``others``.
    """

    text: str
    kind: str
    right: frozenset[str]
    of_us: Mapping[str, float]
    found: tuple[Candidate, ...]

    @property
    def fold(self) -> int:
        """Questions of one fact stay together."""
        return zlib.crc32((min(self.right) if self.right else self.text).encode()) % FOLDS


class Desk:
    """Cards, ready to be asked."""

    def __init__(self, cards: Cards, folder: Path) -> None:
        index = Index.open(folder)
        index.replace({"cards": cards.passages()})
        self.cards = cards
        self.search: Search = open_search(index)
        self.wordings = Wordings(cards.by_id.values())

    def ask(self, line: Mapping[str, Any], kind: str, right: frozenset[str], gone: frozenset[str]) -> Asked:
        """One question with its candidates, those of the facts `gone` left out."""
        text = line.get("question") or line["text"]
        reading = understand(text, MEASURED_ON, previous=line.get("previous", ""))
        asked = reading.parts[0] if len(reading.parts) == 1 else reading.text
        hits = self.search.find(asked, on=MEASURED_ON, limit=3 * _CANDIDATES, kind="card")
        kept = [hit for hit in hits if self.fact(hit.passage.passage_id.removeprefix("card:")) not in gone]
        found = candidates(asked, kept[:_CANDIDATES], self.cards.by_id, self.wordings, is_ours=reading.is_ours)
        of_us = said_of_us(Question.of(asked), self.wordings, is_ours=reading.is_ours)
        return Asked(asked, kind, right, of_us, tuple(found))

    def fact(self, card_id: str) -> str:
        """The id of the first card of a fact."""
        versions = self.cards.versions(card_id)
        return versions[0].base_id if versions else card_id


def labelled(desk: Desk, lines: Iterable[Mapping[str, Any]]) -> Iterator[Asked]:
    """The labelled questions, each asked as things are and, when a card answers it, once more without that fact."""
    for line in lines:
        right = _right(desk, line)
        if line["action"] == "out_of_scope":
            yield desk.ask(line, "others", frozenset(), frozenset())
        elif line["action"] == "escalate" and not right:
            yield desk.ask(line, "person", frozenset(), frozenset())
        else:
            yield desk.ask(line, "ours", right, frozenset())
            if right:
                yield desk.ask(line, "gone", frozenset(), right)


def _right(desk: Desk, line: Mapping[str, Any]) -> frozenset[str]:
    """The facts that answer a labelled question: those named, or those that hold every key fact."""
    named = [*line.get("cards", []), *([line["card"]] if line.get("card") else [])]
    if not line.get("facts"):
        return frozenset(desk.fact(each) for each in named)
    holding = (card for card in desk.cards.live_on(MEASURED_ON) if line["law"] in {each.law for each in card.citations})
    return frozenset(desk.fact(card.card_id) for card in holding if _holds(card, line["facts"]))


def _holds(card: Card, facts: Sequence[Sequence[str]]) -> bool:
    said = _bare(" ".join((card.answer, *card.details)))
    return all(any(_bare(each) in said for each in group) for group in facts)


def _bare(text: str) -> str:
    return "".join(ranking_text(text).split())


def variants_held_out(cards: Cards) -> Iterator[Asked]:
    """Every variant, asked of cards that do not hold it."""
    for fold in range(FOLDS + 1):  # in the last one nothing is held out: some people do ask as the card does
        thinned = Cards({card_id: _thinned(card, fold) for card_id, card in cards.by_id.items()})
        with tempfile.TemporaryDirectory() as scratch:
            desk = Desk(thinned, Path(scratch))
            for card in cards.live_on(MEASURED_ON):
                for each in card.variants[fold::FOLDS] if fold < FOLDS else card.variants[:1]:
                    right = frozenset({desk.fact(card.card_id)})
                    yield desk.ask({"text": each}, "ours", right, frozenset())


def _thinned(card: Card, fold: int) -> Card:
    return replace(card, variants=tuple(each for n, each in enumerate(card.variants) if n % FOLDS != fold))


def fitted(
    rows: Sequence[Mapping[str, float]], labels: Sequence[bool], weights: Floats | None = None
) -> dict[str, float]:
    """A logistic regression with a light ridge (Newton's method, projected): evidence for a card never lowers the
    probability, evidence against it never raises it, so that unusual questions get no surprising answer.
    """
    names = list(rows[0])
    x = np.array([[row[name] for name in names] for row in rows])
    y = np.array(labels, dtype=float)
    weight = np.ones(len(y)) if weights is None else weights
    least = np.array([-np.inf if name in FREE or name in AGAINST else 0.0 for name in names])
    most = np.array([0.0 if name in AGAINST else np.inf for name in names])
    beta = np.zeros(len(names))
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weight * (y - p)) - 0.5 * beta
        moving = ~(((beta <= least) & (gradient < 0)) | ((beta >= most) & (gradient > 0)))
        moved = x[:, moving]
        hessian = (moved * (weight * p * (1 - p))[:, None]).T @ moved + 0.5 * np.eye(int(moving.sum()))
        beta[moving] += 0.7 * np.linalg.solve(hessian, gradient[moving])
        beta = np.clip(beta, least, most)
    return {name: round(float(value), 3) for name, value in zip(names, beta, strict=True)}


def choice_weights(asked: Sequence[Asked], desk: Desk) -> dict[str, float]:
    """Weights under which the right card wins among the candidates (a conditional logit, gradient ascent)."""
    groups = [each for each in asked if any(_is_right(one, each, desk) for one in each.found)]
    names = list(groups[0].found[0].evidence)
    width = max(len(each.found) for each in groups)
    x = np.zeros((len(groups), width, len(names)))
    right = np.zeros((len(groups), width))
    real = np.zeros((len(groups), width))
    for row, each in enumerate(groups):
        for column, one in enumerate(each.found):
            x[row, column] = [one.evidence[name] for name in names]
            right[row, column] = _is_right(one, each, desk)
            real[row, column] = 1.0
    right /= right.sum(axis=1, keepdims=True)
    against = np.array([name in AGAINST for name in names])
    beta = np.zeros(len(names))
    for _ in range(3000):
        p = np.exp(x @ beta) * real
        p /= p.sum(axis=1, keepdims=True)
        beta += 3.0 * (np.einsum("gcf,gc->f", x, right - p) / len(groups) - 0.0003 * beta)
        # Held-out wordings alone would punish a perfect match, for they never have one: more evidence never hurts.
        beta = np.where(against, np.minimum(beta, 0.0), np.maximum(beta, 0.0))
    return {name: round(float(value), 3) for name, value in zip(names, beta, strict=True)}


def certainty_rows(asked: Sequence[Asked], with_model: Model) -> list[tuple[Asked, tuple[Candidate, ...]]]:
    """The questions that have candidates, these in the order of the model."""
    return [(each, tuple(rated(each.found, with_model, each.of_us))) for each in asked if each.found]


def calibrated(asked: Sequence[Asked], desk: Desk, before: Model) -> Model:
    """Certainty and scope fitted to the labelled questions; weights and thresholds stay."""
    ranked = certainty_rows(asked, before)
    rows = [certainty_features(0, found, each.of_us) for each, found in ranked]
    labels = [_is_right(found[0], each, desk) for each, found in ranked]
    weights = np.array([_WEIGHTS[each.kind] for each, _ in ranked])
    made = replace(before, certainty=fitted(rows, labels, weights))
    judged = [each for each in asked if each.kind != "person"]
    scope = [scope_features(rated(each.found, made, each.of_us), each.of_us) for each in judged]
    weights = np.array([1.0 if each.kind != "others" else 2.0 for each in judged])
    return replace(made, scope=fitted(scope, [each.kind != "others" for each in judged], weights))


def _is_right(candidate: Candidate, asked: Asked, desk: Desk) -> bool:
    return desk.fact(candidate.card.card_id) in asked.right


def show_thresholds(asked: Sequence[Asked], desk: Desk, before: Model) -> None:
    """Print what each threshold would do to questions whose facts the model has not seen."""
    outcomes = []
    for fold in range(FOLDS):
        made = calibrated([each for each in asked if each.fold != fold], desk, before)
        for each, found in certainty_rows([each for each in asked if each.fold == fold], made):
            outcomes.append((each.kind, found[0].probability, _is_right(found[0], each, desk)))
    for limit in (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
        shares = {
            kind: sum(top >= limit for name, top, _ in outcomes if name == kind)
            / max(1, sum(name == kind for name, _, _ in outcomes))
            for kind in ("gone", "person", "others")
        }
        ours = [(top >= limit, fits) for kind, top, fits in outcomes if kind == "ours"]
        right = sum(given and fits for given, fits in ours) / len(ours)
        wrong = sum(given and not fits for given, fits in ours) / len(ours)
        told = " ".join(f"{kind} {share:.3f}" for kind, share in shares.items())
        print(f"  {limit:4} right {right:.3f} wrong {wrong:.4f} answered without a card: {told}", file=sys.stderr)


def as_toml(made: Model, n_questions: int) -> str:
    """The file of a model."""
    lines = [
        "# The model that decides whether to answer (knowledge/confidence.py). Made by benchmarks/calibrate.py.",
        f"calibrated_on = {datetime.now(UTC).date()}",
        f'calibrated_with = "{n_questions} questions: labelled, the same with their fact taken away, other fields"',
    ]
    for name, values in (("weights", made.weights), ("certainty", made.certainty), ("scope", made.scope)):
        lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in values.items())]
    notes = {
        "answer_at": "answer with the card",
        "plain_at": "below this a card must be about what is asked and clearly ahead of the next",
        "beside_at": "below this a card must not be about another right, or silent on the act or every condition",
        "close_within": "a logit this close to the next one's is not clearly ahead",
        "clarify_at": "ask back when the best card is at least this likely",
        "ours_at": "below this probability of being ours a question is declined",
        "option_within": "a card is offered when its logit is this close to the best one's",
        "article_at": "coverage from which an article is quoted without a card",
        "offer_article_at": "coverage from which an article is offered",
    }
    return (
        "\n".join([*lines, "", "[thresholds]", *(f"{k} = {getattr(made, k)} # {v}" for k, v in notes.items())]) + "\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="+", type=Path)
    parser.add_argument("--out-of-scope", nargs="*", type=Path, default=[])
    parser.add_argument("--ranking", action="store_true", help="fit the weights that order the candidates as well")
    given = parser.parse_args()
    cards = load_cards(SHIPPED_FOLDER)
    with tempfile.TemporaryDirectory() as scratch:
        desk = Desk(cards, Path(scratch))
        before = model()
        if given.ranking:
            before = replace(before, weights=choice_weights(list(variants_held_out(cards)), desk))
        others = [{**line, "action": "out_of_scope"} for line in lines_of(*given.out_of_scope)]
        asked = list(labelled(desk, [*lines_of(*given.questions), *others]))
        made = calibrated(asked, desk, before)
        show_thresholds(asked, desk, before)
    print(as_toml(made, len(asked)), end="")


if __name__ == "__main__":
    main()
