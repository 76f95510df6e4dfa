"""How a message is meant where no pattern tells: a complaint about us, a judgement asked for, small talk.

Patterns (``routing.toml``) know what people usually say; this weighs every character and pair of a message by how much
oftener it occurs in examples of our own (one file a label) than in questions. ``question.txt`` holds questions that
sound like something else: 我家商标被人抢注了有什么办法要回来 asks for a rule, not for a judgement.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.tokenise import normalise, tokens

FOLDER = Path(__file__).parent
# From this score on a message is meant so, where no card comes near it. Read off cards, questions of other fields and
# labelled questions that were kept apart (docs/retrieval.md): hardly one in two hundred of those is above.
LEAST = {
    "complaint": 1.7,
    "personal": 1.5,
    "urgent": 1.8,
    "human": 2.3,
    "local": 3.1,
    "wrongdoing": 2.6,
    "injection": 2.0,
    "identity": 2.2,
    "abuse": 1.5,
    "chitchat": 1.1,
    "thanks": 1.5,
    "greeting": 1.5,
}
# The likelier a card is right, the more there is to lose: so much more is asked for at a probability of 1.
_MORE_WHEN_A_CARD_FITS = {"complaint": 4.0, "personal": 4.0, "urgent": 4.0, "local": 4.0}
# A case told at length that would be declined otherwise needs no more than this (docs/retrieval.md).
_FAINT_CASE = 0.4
_FAINT_CASE_ASKED_BACK = 0.8
# 机器人便背了出来 scores 2.6, 喊人来 4.2.
_CLEAR_WISH = 3.5
_LOUDEST = 3.0
# We write few lines of small talk and people many.
_TALK_WEIGHT = 8
# Questions that sound like something else are few and dear.
_LOOKALIKE_WEIGHT = 12
_SMOOTHING = 0.3
# From so few questions nothing can be learnt.
_FEWEST_QUESTIONS = 200


@dataclass(frozen=True, eq=False)
class Manners:
    """What each token says for each label: ``says[n, places[token]]`` for ``labels[n]``, NaN where a token was heard
    neither in that label's examples nor in questions.
    """

    labels: tuple[str, ...]
    places: Mapping[str, int]
    says: npt.NDArray[np.float64]

    def scores(self, text: str) -> dict[str, float]:
        """How much a normalised text sounds like each label; around 0 for an ordinary question."""
        words = frozenset(tokens(text))
        heard = self.says[:, [self.places[word] for word in words if word in self.places]]
        n_heard = np.maximum(1, np.count_nonzero(~np.isnan(heard), axis=1))
        return dict(zip(self.labels, (np.nansum(heard, axis=1) / np.sqrt(n_heard)).tolist(), strict=True))

    def label(self, text: str, *, unlike: Collection[str] = (), confidence: float = 0.0) -> str:
        """The label a normalised text most sounds like, none of those it is `unlike`; empty when it sounds like a
        question. `confidence`: how sure (0–1) the best that was found for it is.
        """
        more = {name: slope * confidence for name, slope in _MORE_WHEN_A_CARD_FITS.items()}
        scores = {name: score for name, score in self.scores(text).items() if name not in unlike}
        over = {name: score - LEAST[name] - more.get(name, 0.0) for name, score in scores.items()}
        return max((name for name in over if over[name] >= 0), key=lambda name: over[name], default="")

    def is_clearly_wish_for_person(self, text: str) -> bool:
        """Whether a normalised text wishes for a person so clearly, and more than it sounds like anything else, that it
        counts even beside what is refused.
        """
        scores = self.scores(text)
        return scores.get("human", 0.0) >= max([_CLEAR_WISH, *scores.values()])

    def faint_case(self, text: str, *, is_declined: bool) -> str:
        """``personal`` when a normalised text sounds at least a little like a case of one's own, a little more when it
        would not be declined otherwise but asked back; else empty.
        """
        least = _FAINT_CASE if is_declined else _FAINT_CASE_ASKED_BACK
        return "personal" if self.scores(text).get("personal", 0.0) >= least else ""


def manners_over(questions: Iterable[str], small_talk: Iterable[str]) -> Manners:
    """The labels told from ordinary questions of our field and from what people say besides; with too few questions
    every message sounds like a question.
    """
    ordinary, n_ordinary = _counted(questions)
    if n_ordinary < _FEWEST_QUESTIONS:
        return Manners((), {}, np.empty((0, 0)))
    for texts, weight in ((small_talk, _TALK_WEIGHT), (_examples("question"), _LOOKALIKE_WEIGHT)):
        counts, n_texts = _counted(texts)
        for token, count in counts.items():
            ordinary[token] += weight * count
        n_ordinary += weight * n_texts
    labels = tuple(LEAST)
    counted = [_counted(_examples(label)) for label in labels]
    heard = sorted(ordinary.keys() | set[str]().union(*(examples for examples, _ in counted)))
    usual = np.array([ordinary[token] for token in heard])
    says = np.full((len(labels), len(heard)), np.nan)
    for row, (examples, n_examples) in zip(says, counted, strict=True):
        found = np.array([examples[token] for token in heard])
        like = np.log((found + _SMOOTHING) / (n_examples + 1))
        unlike = np.log((usual + _SMOOTHING * n_ordinary / n_examples) / (n_ordinary + 1))
        known = (found > 0) | (usual > 0)
        row[known] = np.clip(like - unlike, -_LOUDEST, _LOUDEST)[known]
    return Manners(labels, {token: place for place, token in enumerate(heard)}, says)


def _examples(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip()]


def _counted(texts: Iterable[str]) -> tuple[Counter[str], int]:
    counts: Counter[str] = Counter()
    total = 0
    for text in texts:
        counts.update(map(sys.intern, frozenset(tokens(normalise(text)))))  # cards say most of them too
        total += 1
    return counts, total
