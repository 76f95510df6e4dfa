"""Law and article → the service item (服务事项) a question about it belongs to, as our cards have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.card import Card
from knowledge.confidence import Candidate

# Where a question of our field goes when nothing tells a service item: B08 知识产权业务办理咨询服务.
GENERAL_SERVICE = "B08"
# How much the words of a question count beside the cards it comes near to (docs/retrieval.md).
_WORDS = 0.5
_THEMES = 0.5
# The same where one card is the answer: they choose among its own items.
_WORDS_OF_CARD = 0.6
_THEMES_OF_CARD = 1.0
# How much a card's further items count beside its main one, among several cards and in the one that is the answer.
_FURTHER = 0.4
_FURTHER_OF_CARD = 0.3


@dataclass(frozen=True)
class Says:
    """What a question says of its service item by itself: shares by `words` (`ServiceWords.shares`) and by `themes`
    (`service_themes.theme_shares`).
    """

    words: Mapping[str, float]
    themes: Mapping[str, float]


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


def likely_service(found: Sequence[Candidate], says: Says, *, follows_up: bool = False) -> str:
    """The service item most of the likely cards belong to, each counted by how probably it is right: where none is
    sure, the best one alone is often of another item than its neighbours. The words of a question that `follows_up`
    are those of the last one too, and count double.
    """
    together = sum(each.probability for each in found) or 1.0
    votes = Counter({code: _WORDS * (2 if follows_up else 1) * share for code, share in says.words.items()})
    votes.update({code: _THEMES * share for code, share in says.themes.items()})
    for each in found:
        votes.update({code: each.probability / together * weight for code, weight in _weighed(each.card, _FURTHER)})
    return max(votes, key=lambda code: votes[code])


def service_of_card(card: Card, says: Says) -> str:
    """Which of its service items a card that answers a question is filed under: its main one, unless the question
    speaks of another.
    """
    votes = {
        code: weight + _WORDS_OF_CARD * says.words.get(code, 0.0) + _THEMES_OF_CARD * says.themes.get(code, 0.0)
        for code, weight in _weighed(card, _FURTHER_OF_CARD)
    }
    return max(votes, key=lambda code: votes[code])


def _weighed(card: Card, further: float) -> list[tuple[str, float]]:
    return [(code, further if place else 1.0) for place, code in enumerate(card.service_items)]


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
