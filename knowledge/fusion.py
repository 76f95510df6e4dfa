"""Two rankings made one: what shares a question's words, and what is near it in meaning.

Both are put on one scale by how far a passage stands out from all others on that day (a z-score each): scores of BM25
and cosines can't be added, and ranks alone throw away by how much the first leads (``docs/retrieval.md``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from knowledge.postings import Floats
from knowledge.ranking import Ranked

# How much meaning counts beside words; measured on five labelled sets (docs/retrieval.md).
MEANING_WEIGHT = 2.0
# So many passages of the ranking by words are weighed; the rest counts as sharing no word.
POOL = 300


def fused(
    ranked: Sequence[Ranked],
    likeness: Floats,
    is_open: npt.NDArray[np.bool_],
    limit: int,
    *,
    weight: float = MEANING_WEIGHT,
) -> list[Ranked]:
    """The best passages by words and meaning together, best first; equal ones in order of place. All stand out.

    Args:
        ranked: By words, at most `POOL`.
        likeness: How near each passage is in meaning; NaN where that is not known, which counts as average.
        is_open: Which passages may be quoted.
        limit: How many to give.
        weight: How much meaning counts beside words.
    """
    words = np.zeros(len(likeness), dtype=np.float32)
    words[[each.place for each in ranked]] = [each.score for each in ranked]
    spread = _spread(words[is_open])
    known = likeness[is_open & ~np.isnan(likeness)]
    if not len(known):
        return list(ranked[:limit])
    meaning = np.nan_to_num((likeness - known.mean()) / _spread(known))
    total = words + weight * spread * meaning
    total[~is_open] = -np.inf
    order = np.argsort(-total, kind="stable")[:limit]
    return [Ranked(int(place), float(total[place])) for place in order if total[place] > 0]


def _spread(values: Floats) -> float:
    return max(float(values.std()), 1e-6)
