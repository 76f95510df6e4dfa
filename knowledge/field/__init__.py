"""Does a text sound like our field? Words of our cards weighed against words of everyday life and other law.

A keyword proves nothing (商标掉色怎么洗 names one): every character and pair of a text speaks for or against us by how
much more often it occurs in our cards than in ``others.txt``, questions of our own about everything else.
"""

from __future__ import annotations

import functools
import math
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from knowledge.tokenise import normalise, tokens

OTHERS_FILE = Path(__file__).parent / "others.txt"
# One token alone says at most this much either way (natural logarithm of how much oftener it is ours).
_LOUDEST = 3.0
_SMOOTHING = 0.5
# From so few texts of ours nothing can be learnt.
_FEWEST_TEXTS = 200


class Field:
    """How much a text sounds like ours. Never changes. `is_learnt`: there were texts enough to tell."""

    def __init__(self, ours: Iterable[str]) -> None:
        """`ours`: texts of our field in plain spelling, each counted once per token."""
        counts, n_ours = _counted(ours)
        self.is_learnt = n_ours >= _FEWEST_TEXTS
        others, n_others = _others()
        # A token nobody else uses is no proof: it may be as rare there as here.
        rarest = 0.05 + _SMOOTHING * n_others / max(n_ours, 1)
        self._says = {
            token: max(-_LOUDEST, min(_LOUDEST, _log_share(counts[token], _SMOOTHING, n_ours) - other))
            for token in counts.keys() | others.keys()
            for other in (_log_share(others[token], rarest, n_others),)
        }

    def score(self, words: Iterable[str]) -> float:
        """Above 2: ours, most probably; below 1: not; 0 for a text of unknown tokens. Grows with the square root of
        what was said, so that long stories and short questions compare.
        """
        heard = [self._says[word] for word in frozenset(words) if word in self._says]
        return sum(heard) / math.sqrt(len(heard)) if heard else 0.0


def _log_share(count: float, smoothing: float, total: int) -> float:
    return math.log((count + smoothing) / (total + 1))


def _counted(texts: Iterable[str]) -> tuple[Counter[str], int]:
    counts: Counter[str] = Counter()
    total = 0
    for text in texts:
        counts.update(map(sys.intern, frozenset(tokens(text))))  # cards say most of them too
        total += 1
    return counts, total


@functools.cache
def _others() -> tuple[Counter[str], int]:
    return _counted(normalise(line) for line in other_questions())


def other_questions() -> list[str]:
    """Questions of our own about everything else: everyday life, other offices, other law, small talk."""
    return [line for line in OTHERS_FILE.read_text(encoding="utf-8").splitlines() if line.strip()]
