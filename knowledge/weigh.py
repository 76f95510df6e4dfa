"""Question → weighted tokens: what it says, and, at a lower weight, what the law calls it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

from knowledge.dictionary import load_synonyms
from knowledge.tokenise import normalise, positioned_tokens, ranking_text, tokens

# Longer questions are cut: what matters stands near the beginning, and time stays bounded.
LONGEST_QUESTION = 1000
# Measured on six labelled sets and on held-out wordings of the cards (docs/retrieval.md).
CHARACTER_WEIGHT = 1.5
SYNONYM_WEIGHT = 0.6


@functools.lru_cache(maxsize=64)  # one question is looked for several times
def question_weights(question: str) -> Mapping[str, float]:
    """Each ranking token of a question with its weight; empty for a question without letters."""
    spelled = ranking_text(question[:LONGEST_QUESTION])
    weights = {token: _weight(token) for token, _ in positioned_tokens(spelled)}
    for token in synonym_tokens(spelled):
        weights.setdefault(token, SYNONYM_WEIGHT * _weight(token))
    return MappingProxyType(weights)


def synonym_tokens(spelled: str) -> list[str]:
    """The tokens of what the lay words in this question mean in the law's words."""
    return [token for says, means in _rules() if any(word in spelled for word in says) for token in means]


def _weight(token: str) -> float:
    return CHARACTER_WEIGHT if len(token) == 1 else 1.0


@functools.cache
def _rules() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    return tuple(
        (
            tuple(normalise(word) for word in rule.says),
            tuple(token for word in rule.means for token in tokens(word)),
        )
        for rule in load_synonyms()
    )
