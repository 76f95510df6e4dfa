"""What the words of a question say of the service item (服务事项): naive Bayes over the wordings of all cards.

By itself it is no better than the cards a question comes near to; together with them it tells what neither does
(docs/retrieval.md).
"""

from __future__ import annotations

import math
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.card import Card
from knowledge.tokenise import normalise, tokens

# How much a card's further service items count beside its main one.
FURTHER = 0.3
_SMOOTHING = 1.5
EXAMPLES_FILE = Path(__file__).parent / "service_examples.toml"
# One example written for an item counts like so many wordings of cards, whose items are those of their authors.
_EXAMPLE = 12.0


@dataclass(frozen=True, eq=False)
class ServiceWords:
    """``held[places[token], n]``: how many wordings of the service item ``codes[n]`` hold a token; `everywhere` of all,
    `sizes` how many wordings each item has. Wordings of a further item count `FURTHER`.
    """

    codes: tuple[str, ...]
    places: Mapping[str, int]
    held: npt.NDArray[np.float64]
    everywhere: npt.NDArray[np.float64]
    sizes: npt.NDArray[np.float64]

    def shares(self, text: str) -> dict[str, float]:
        """The probability of each service item for a text, 1 together; empty when there are no cards."""
        if not self.codes:
            return {}
        words = frozenset(tokens(normalise(text)))
        totals = self._totals([self.places[word] for word in words if word in self.places])
        likelihoods = np.exp(totals - totals.max())
        return dict(zip(self.codes, (likelihoods / likelihoods.sum()).tolist(), strict=True))

    def _totals(self, words: list[int]) -> npt.NDArray[np.float64]:
        """What each item's size and all words say; words say less each, the more there are: they go together."""
        n = self.sizes.sum()
        usual = self.everywhere[words, None] / n
        heard = np.log((self.held[words] + _SMOOTHING * usual) / ((self.sizes + _SMOOTHING) * usual)).sum(axis=0)
        return np.asarray(np.log(self.sizes / n) / 2 + heard / math.sqrt(len(words) or 1))


def service_words(cards: Iterable[Card]) -> ServiceWords:
    """The service items as the wordings of these cards and the examples tell them; nothing without cards."""
    codes: dict[str, int] = {}
    places: dict[str, int] = {}
    counts: defaultdict[tuple[int, int], float] = defaultdict(float)
    sizes: defaultdict[int, float] = defaultdict(float)
    for text, weighed in _texts(tuple(cards)):
        words = frozenset(map(sys.intern, tokens(normalise(text))))  # kept once, whoever counts them
        heard = [places.setdefault(word, len(places)) for word in words]
        for name, weight in weighed:
            code = codes.setdefault(name, len(codes))
            sizes[code] += weight
            for word in heard:
                counts[word, code] += weight
    held = np.zeros((len(places), len(codes)))
    for (word, code), count in counts.items():
        held[word, code] = count
    return ServiceWords(
        tuple(codes), places, held, held.sum(axis=1), np.array([sizes[each] for each in range(len(codes))])
    )


def _texts(cards: tuple[Card, ...]) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """Every text with the service items it speaks for, and how much it does."""
    for card in cards:
        weighed = [(code, FURTHER if place else 1.0) for place, code in enumerate(card.service_items)]
        yield from ((wording, weighed) for wording in (card.title, *card.variants))
    if cards:
        examples: dict[str, list[str]] = tomllib.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))
        yield from ((text, [(code, _EXAMPLE)]) for code, texts in examples.items() for text in texts)
