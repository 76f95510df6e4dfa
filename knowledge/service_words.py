"""What the words of a question say of the service item (服务事项): naive Bayes over the wordings of all cards.

By itself it is no better than the cards a question comes near to; together with them it tells what neither does
(docs/retrieval.md).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge.card import Card
from knowledge.tokenise import normalise, tokens

# How much a card's further service items count beside its main one.
FURTHER = 0.3
_SMOOTHING = 1.5


@dataclass(frozen=True)
class ServiceWords:
    """How many wordings hold each token, for each service item it stands in and in all; how many wordings each service
    item has. Wordings of a further item count `FURTHER`.
    """

    held: Mapping[str, Mapping[str, float]]
    everywhere: Mapping[str, float]
    sizes: Mapping[str, float]

    def shares(self, text: str) -> dict[str, float]:
        """The probability of each service item for a text, 1 together; empty when there are no cards."""
        words = [word for word in frozenset(tokens(normalise(text))) if word in self.held]
        totals = {code: self._total(code, words) for code in self.sizes}
        most = max(totals.values(), default=0.0)
        likelihoods = {code: math.exp(total - most) for code, total in totals.items()}
        together = sum(likelihoods.values())
        return {code: each / together for code, each in likelihoods.items()}

    def _total(self, code: str, words: list[str]) -> float:
        """What a service item's size and all words say; words say less each, the more there are: they go together."""
        size, n = self.sizes[code], sum(self.sizes.values())
        heard = 0.0
        for word in words:
            usual = self.everywhere[word] / n
            heard += math.log((self.held[word].get(code, 0.0) + _SMOOTHING * usual) / ((size + _SMOOTHING) * usual))
        return math.log(size / n) / 2 + heard / math.sqrt(len(words) or 1)


def service_words(cards: Iterable[Card]) -> ServiceWords:
    """The service items as the wordings of these cards tell them."""
    held: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    everywhere: defaultdict[str, float] = defaultdict(float)
    sizes: defaultdict[str, float] = defaultdict(float)
    for card in cards:
        weighed = [(code, FURTHER if place else 1.0) for place, code in enumerate(card.service_items)]
        together = sum(weight for _, weight in weighed)
        for wording in (card.title, *card.variants):
            for code, weight in weighed:
                sizes[code] += weight
            for word in frozenset(tokens(normalise(wording))):
                everywhere[word] += together
                for code, weight in weighed:
                    held[word][code] += weight
    return ServiceWords(held, everywhere, sizes)
