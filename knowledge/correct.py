"""Same-sound repair (同音纠错): people type with pinyin input methods, so most typos sound right and look wrong.

A pair of characters that occurs nowhere in the collection (续占) is read aloud, and the known pairs that sound the same
(续展) take its place. Nothing is repaired in a text whose pairs are all known, so clean text pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from knowledge.sounds import merged, readings
from knowledge.tokenise import is_han, ranking_text, tokens

_MOST_REPLACEMENTS = 2
# One question is looked for among cards and among articles, and then perhaps repaired.
_QUESTIONS_KEPT = 32


class Sounds:
    """The pairs of characters of a collection by their sound. Never changes; build it once per generation."""

    def __init__(self, pairs: Mapping[str, int]) -> None:
        """`pairs`: each known pair with the number of passages it occurs in; others than Chinese ones are ignored."""
        self._known = pairs
        self._exact: dict[str, list[str]] = {}
        self._merged: dict[str, list[str]] = {}
        for pair in sorted(pairs, key=lambda each: (-pairs[each], each)):
            exact, alike = _sounds(pair)
            if exact:
                self._exact.setdefault(exact, []).append(pair)
                self._merged.setdefault(alike, []).append(pair)
        self.replacements = lru_cache(maxsize=_QUESTIONS_KEPT)(self._replacements)

    def _replacements(self, question: str) -> Mapping[str, Sequence[str]]:
        """Each unknown pair of the question with at most two known ones that sound the same, the commonest first."""
        found = {}
        for pair in dict.fromkeys(tokens(question)):
            if len(pair) == 2 and is_han(pair[0]) and pair not in self._known and (alike := self._alike(pair)):
                found[pair] = alike
        return found

    def repaired(self, question: str) -> str:
        """The question in `ranking_text` spelling with each unknown pair replaced by what it sounds like."""
        text = ranking_text(question)
        for pair, alike in self.replacements(question).items():
            text = text.replace(pair, alike[0])
        return text

    def _alike(self, pair: str) -> list[str]:
        exact, alike = _sounds(pair)
        return (self._exact.get(exact) or self._merged.get(alike) or [])[:_MOST_REPLACEMENTS]


def repaired_weights(weights: Mapping[str, float], replacements: Mapping[str, Iterable[str]]) -> dict[str, float]:
    """The tokens of a question with the unknown pairs given up for the ones they sound like, and their characters."""
    kept = {token: weight for token, weight in weights.items() if token not in replacements}
    for pair, alike in replacements.items():
        for token in alike:
            for part in (token, *token):
                kept.setdefault(part, weights[pair])
    return kept


def _sounds(pair: str) -> tuple[str, str]:
    """How a pair sounds, exactly and with what is easily confused made the same; empty when it is no Chinese pair."""
    one, other = map(_syllables, pair) if len(pair) == 2 else (("", ""), ("", ""))
    return (f"{one[0]} {other[0]}", f"{one[1]} {other[1]}") if one[0] and other[0] else ("", "")


@lru_cache(maxsize=30_000)
def _syllables(sign: str) -> tuple[str, str]:
    found = readings(sign)[0] if is_han(sign) else ""
    return found, merged(found)
