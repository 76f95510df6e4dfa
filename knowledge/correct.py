"""Same-sound repair (同音纠错): people type with pinyin input methods, so most typos sound right and look wrong.

A pair of characters that occurs nowhere in the collection (续占) is read aloud, and the known pairs that sound the same
(续展) take its place. Nothing is repaired in a text whose pairs are all known, so clean text pays nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

from knowledge.pairs import Pairs
from knowledge.sounds import merged, readings
from knowledge.tokenise import is_han, ranking_text, tokens

_MOST_REPLACEMENTS = 2
# One question is looked for among cards and among articles, and then perhaps repaired.
_QUESTIONS_KEPT = 32


class Sounds:
    """The pairs of characters of a collection by their sound. Never changes; one per generation."""

    def __init__(self, pairs: Pairs) -> None:
        """`pairs` that are known."""
        self._pairs = pairs
        self.replacements = lru_cache(maxsize=_QUESTIONS_KEPT)(self._replacements)

    def _replacements(self, question: str) -> Mapping[str, Sequence[str]]:
        """Each unknown pair of the question with at most two known ones that sound the same, the commonest first."""
        found = {}
        for pair in dict.fromkeys(tokens(question)):
            if len(pair) == 2 and is_han(pair[0]) and not self._pairs.among(*pair) and (alike := self._alike(pair)):
                found[pair] = alike
        return found

    def repaired(self, question: str) -> str:
        """The question in `ranking_text` spelling with each unknown pair replaced by what it sounds like."""
        text = ranking_text(question)
        for pair, alike in self.replacements(question).items():
            text = text.replace(pair, alike[0])
        return text

    def _alike(self, pair: str) -> list[str]:
        exactly, nearly = self._signs
        for signs, heard in ((exactly, 0), (nearly, 1)):
            one, other = (signs.get(_syllables(sign)[heard], ()) for sign in pair)
            if one and other and (found := self._pairs.among(one, other)):
                return sorted(found, key=lambda each: (-found[each], each))[:_MOST_REPLACEMENTS]
        return []

    @cached_property
    def _signs(self) -> tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]:
        """The characters of the collection by their sound: exactly, and with what is easily confused made the same."""
        exactly, nearly = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for sign in self._pairs.signs():
            sound, merged_sound = _syllables(sign)
            if sound:
                exactly[sound].append(sign)
                nearly[merged_sound].append(sign)
        return exactly, nearly


def repaired_weights(weights: Mapping[str, float], replacements: Mapping[str, Iterable[str]]) -> dict[str, float]:
    """The tokens of a question with the unknown pairs given up for the ones they sound like, and their characters."""
    kept = {token: weight for token, weight in weights.items() if token not in replacements}
    for pair, alike in replacements.items():
        for token in alike:
            for part in (token, *token):
                kept.setdefault(part, weights[pair])
    return kept


@lru_cache(maxsize=30_000)
def _syllables(sign: str) -> tuple[str, str]:
    found = readings(sign)[0] if is_han(sign) else ""
    return found, merged(found)
