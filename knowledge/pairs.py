"""The pairs of neighbouring characters a collection holds, looked up a handful at a time; for repairing typos."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from knowledge.postings import Postings
from knowledge.tokenise import is_han

# A pair's key is its first character's code above so many bits and the second's below (`knowledge.postings.key_of`).
_BITS = 21


class Pairs(Protocol):
    """The pairs of Chinese characters of a collection. Never change."""

    def signs(self) -> Iterable[str]:
        """Every Chinese character of the collection, once."""
        ...

    def among(self, firsts: Sequence[str], seconds: Sequence[str]) -> dict[str, int]:
        """The pairs that begin with one of `firsts` and end with one of `seconds`, each with the number of passages or
        texts that have it.
        """
        ...


class KeyedPairs:
    """The pairs of the arrays the fast engine ranks by: no memory of their own."""

    def __init__(self, postings: Postings) -> None:
        self._postings = postings

    def signs(self) -> Iterable[str]:
        """See `Pairs`."""
        keys = self._postings.keys  # Words are negative, pairs are above all characters.
        first, last = np.searchsorted(keys, [0, 1 << _BITS])
        return filter(is_han, map(chr, keys[first:last].tolist()))

    def among(self, firsts: Sequence[str], seconds: Sequence[str]) -> dict[str, int]:
        """See `Pairs`."""
        keys, frequency = self._postings.keys, self._postings.frequency
        if not len(keys):
            return {}
        ones, others = (np.array([ord(each) for each in signs], dtype=np.int64) for signs in (firsts, seconds))
        wanted = ((ones[:, None] << _BITS) | others[None, :]).ravel()
        places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        places = places[keys[places] == wanted]
        spelled = (chr(key >> _BITS) + chr(key & ((1 << _BITS) - 1)) for key in keys[places].tolist())
        return dict(zip(spelled, frequency[places].tolist(), strict=True))


class PairTable:
    """Pairs counted in a table; others than Chinese ones are ignored."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts

    def signs(self) -> Iterable[str]:
        """See `Pairs`."""
        return self._signs

    @functools.cached_property
    def _signs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sign for pair in self._counts for sign in pair if is_han(sign)))

    def among(self, firsts: Sequence[str], seconds: Sequence[str]) -> dict[str, int]:
        """See `Pairs`."""
        wanted = (one + other for one in firsts for other in seconds)
        return {pair: self._counts[pair] for pair in wanted if pair in self._counts}
