"""Fits the model of ``knowledge/confidence.toml`` to held-out wordings; prints the new file.

    python benchmarks/calibrate.py [--out-of-scope FILE…] > knowledge/confidence.toml

Every variant of every card is asked once with that variant (and others of its fifth) taken out of the cards and the
index, and some once more with the whole fact taken out: then, as with questions of other fields (JSONL,
``question`` or ``text``), no card is right, however near the nearest. Thresholds are chosen by hand on what the
last lines of the error output show, and kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.answers import MEASURED_ON, lines_of
from knowledge.cards import SHIPPED_FOLDER, Card, Cards, load_cards
from knowledge.confidence import Candidate, Model, candidates, certainty_features, model, rated
from knowledge.evidence import Wordings
from knowledge.index import Index
from knowledge.search import open_search
from knowledge.understand import understand

FOLDS = 5
# Evidence that speaks against a card; everything else speaks for it.
AGAINST = frozenset(
    {"negative", "strange", "apart", "unasked", "other_aspect", "title_aspect", "figure", "unfigured", "other_act"}
    | {"new_law", "unsaid", "unknown", "beside", "mute", "undefined"}
)
# What may go either way.
FREE = frozenset({"bias", "ours"})
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """One held-out question: its candidates, and the id of the first card of the fact it asks for ("" for none)."""

    text: str
    wanted: str
    is_ours: bool
    found: tuple[Candidate, ...]


def held_out(cards: Cards, others: Sequence[str], on: date) -> Iterator[Asked]:
    """Every variant, and every question of other fields, asked of cards that do not hold it."""
    for fold in range(FOLDS + 1):  # in the last one nothing is held out: some people do ask as the card does
        thinned = Cards({card_id: _thinned(card, fold) for card_id, card in cards.by_id.items()})
        with tempfile.TemporaryDirectory() as scratch:
            yield from _asked(_questions(cards, others, fold, on), thinned, Path(scratch), on)


def without_card(cards: Cards, on: date) -> Iterator[Asked]:
    """Questions whose card is not there: every third variant, asked of the facts of the other fifths."""
    facts = sorted({cards.versions(each)[0].card_id for each in cards.by_id})
    for fold in range(FOLDS):
        gone = {each.card_id for fact in facts[fold::FOLDS] for each in cards.versions(fact)}
        kept = Cards({card_id: card for card_id, card in cards.by_id.items() if card_id not in gone})
        texts = [text for card in cards.live_on(on) if card.card_id in gone for text in card.variants[::3]]
        with tempfile.TemporaryDirectory() as scratch:
            yield from _asked([(text, "") for text in texts], kept, Path(scratch), on)


def _asked(questions: Iterable[tuple[str, str]], cards: Cards, folder: Path, on: date) -> Iterator[Asked]:
    """These questions (text, wanted fact) put to these cards alone."""
    index = Index.open(folder)
    index.replace({"cards": cards.passages()})
    search, wordings = open_search(index), Wordings(cards.by_id.values())
    for text, wanted in questions:
        reading = understand(text, on)
        hits = search.find(reading.text, on=on, limit=12, kind="card")
        found = candidates(reading.text, hits, cards.by_id, wordings, is_ours=reading.is_ours)
        yield Asked(text, wanted, reading.is_ours, tuple(found))


def _thinned(card: Card, fold: int) -> Card:
    return replace(card, variants=tuple(each for n, each in enumerate(card.variants) if n % FOLDS != fold))


def _questions(cards: Cards, others: Sequence[str], fold: int, on: date) -> Iterator[tuple[str, str]]:
    for card in cards.live_on(on):
        for each in card.variants[fold::FOLDS] if fold < FOLDS else card.variants[:1]:
            yield each, cards.versions(card.card_id)[0].card_id
    yield from ((each, "") for each in others[fold::FOLDS])


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


def choice_weights(asked: Sequence[Asked], cards: Cards) -> dict[str, float]:
    """Weights under which the right card wins among the candidates (a conditional logit, gradient ascent)."""
    groups = [each for each in asked if any(_is_right(one, each, cards) for one in each.found)]
    names = list(groups[0].found[0].evidence)
    width = max(len(each.found) for each in groups)
    x = np.zeros((len(groups), width, len(names)))
    right = np.zeros((len(groups), width))
    real = np.zeros((len(groups), width))
    for row, each in enumerate(groups):
        for column, one in enumerate(each.found):
            x[row, column] = [one.evidence[name] for name in names]
            right[row, column] = _is_right(one, each, cards)
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


def calibrated(asked: Sequence[Asked], cards: Cards, before: Model) -> Model:
    """The model fitted to the held-out questions; thresholds stay."""
    made = replace(before, weights=choice_weights(asked, cards))
    ranked = [(each, rated(each.found, made, is_ours=each.is_ours)) for each in asked if each.found]
    tops = [certainty_features(0, found, is_ours=each.is_ours) for each, found in ranked]
    labels = [_is_right(found[0], each, cards) for each, found in ranked]
    # Questions that no card answers are few here and many in life.
    weights = np.array([1.0 if each.wanted else 3.0 for each, _ in ranked])
    return replace(made, certainty=fitted(tops, labels, weights))


def _is_right(candidate: Candidate, asked: Asked, cards: Cards) -> bool:
    return bool(asked.wanted) and cards.versions(candidate.card.card_id)[0].card_id == asked.wanted


def show_thresholds(asked: Iterable[Asked], cards: Cards, made: Model) -> None:
    """Print what each threshold would do to held-out questions of our field and of others."""
    outcomes = []
    for each in asked:
        found = rated(each.found, made, is_ours=each.is_ours)
        top = found[0].probability if found else 0.0
        outcomes.append((bool(each.wanted), each.is_ours, top, bool(found) and _is_right(found[0], each, cards)))
    for routed in (True, False):
        of_kind = [each for each in outcomes if each[1] is routed]
        ours, others = [each for each in of_kind if each[0]], [each for each in of_kind if not each[0]]
        print(f"routed={routed}: {len(ours)} ours, {len(others)} others", file=sys.stderr)
        for limit in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
            right = sum(top >= limit and fits for _, _, top, fits in ours) / max(1, len(ours))
            wrong = sum(top >= limit and not fits for _, _, top, fits in ours) / max(1, len(ours))
            answered = sum(top >= limit for _, _, top, _ in others) / max(1, len(others))
            print(f"  {limit:4} right {right:.3f} wrong {wrong:.3f} others answered {answered:.3f}", file=sys.stderr)


def as_toml(made: Model, n_questions: int) -> str:
    """The file of a model."""
    lines = [
        "# The model that decides whether to answer (knowledge/confidence.py). Made by benchmarks/calibrate.py.",
        f"calibrated_on = {datetime.now(UTC).date()}",
        f'calibrated_with = "{n_questions} questions: variants held out, whole facts held out, other fields"',
    ]
    for name, values in (("weights", made.weights), ("certainty", made.certainty)):
        lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in values.items())]
    notes = {
        "answer_at": "answer with the card",
        "clarify_at": "ask back when the best card is at least this likely",
        "clarify_unrouted_at": "…when the question names nothing of our field",
        "option_within": "a card is offered when its logit is this close to the best one's",
        "article_at": "coverage from which an article is quoted without a card",
        "said_at": "a card that is narrower than the question must say this much of it to be given",
    }
    return (
        "\n".join([*lines, "", "[thresholds]", *(f"{k} = {getattr(made, k)} # {v}" for k, v in notes.items())]) + "\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out-of-scope", nargs="*", type=Path, default=[])
    given = parser.parse_args()
    cards = load_cards(SHIPPED_FOLDER)
    others = [line.get("question") or line["text"] for line in lines_of(*given.out_of_scope)]
    asked = [*held_out(cards, others, MEASURED_ON), *without_card(cards, MEASURED_ON)]
    made = calibrated(asked, cards, model())
    show_thresholds(asked, cards, made)
    print(as_toml(made, len(asked)), end="")


if __name__ == "__main__":
    main()
