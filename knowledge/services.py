"""Law and article → the service item (服务事项) a question about it belongs to, as our cards have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.card import Card
from knowledge.confidence import Candidate
from knowledge.service_words import FURTHER

# Where a question of our field goes when nothing tells a service item: B08 知识产权业务办理咨询服务.
GENERAL_SERVICE = "B08"
# How much the words of a question count beside the cards it comes near to (docs/retrieval.md).
_WORDS = 0.5


@dataclass(frozen=True)
class Services:
    """The service item whose cards cite an article, or else its law, most often."""

    by_article: dict[tuple[str, str], str]
    by_law: dict[str, str]

    def of(self, law: str, article: str = "") -> str:
        """The service item of an article; `GENERAL_SERVICE` for a law no card cites."""
        return self.of_article(law, article) or self.by_law.get(law, GENERAL_SERVICE)

    def of_article(self, law: str, article: str) -> str:
        """The service item of an article that cards cite; empty when none does."""
        return self.by_article.get((law, article), "")

    def knows(self, law: str) -> bool:
        """Whether any card cites this law."""
        return law in self.by_law


def likely_service(found: Sequence[Candidate], words: Mapping[str, float], *, follows_up: bool = False) -> str:
    """The service item most of the likely cards belong to, each counted by how probably it is right: where none is
    sure, the best one alone is often of another item than its neighbours. `words`: see `ServiceWords.shares`; of a
    question that `follows_up` they are those of the last one too, and count double.
    """
    together = sum(each.probability for each in found) or 1.0
    votes = {code: _WORDS * (2 if follows_up else 1) * share for code, share in words.items()}
    for each in found:
        for place, code in enumerate(each.card.service_items):
            votes[code] = votes.get(code, 0.0) + each.probability / together * (FURTHER if place else 1.0)
    return max(votes, key=lambda code: votes[code])


def services_of(cards: Iterable[Card]) -> Services:
    """The service items as these cards have them."""
    articles: dict[tuple[str, str], Counter[str]] = {}
    laws: dict[str, Counter[str]] = {}
    for card in cards:
        for each in card.citations:
            articles.setdefault((each.law, each.article), Counter())[card.service_items[0]] += 1
            laws.setdefault(each.law, Counter())[card.service_items[0]] += 1
    return Services(
        {place: counts.most_common(1)[0][0] for place, counts in articles.items()},
        {law: counts.most_common(1)[0][0] for law, counts in laws.items()},
    )
