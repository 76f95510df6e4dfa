"""What answering stands on whoever asks: everything learnt of the cards, and the laws as the index has them now.

Made once for all outlets (网点): it costs seconds and tens of megabytes, what an outlet sees of it costs nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from knowledge.articles import NO_ARTICLES, articles_of
from knowledge.cards import Cards
from knowledge.changes import Compare
from knowledge.evidence import Wordings
from knowledge.field import other_questions
from knowledge.lawbook import Edition, law_book
from knowledge.local_laws import LocalLaws, known_to, local_laws
from knowledge.manner import Manners, manners_over
from knowledge.passages import Hit, Passage, PassageKind
from knowledge.service_words import ServiceWords, service_words
from knowledge.services import services_of
from knowledge.telling import Telling


class Finder(Protocol):
    """What answering needs from the search."""

    @property
    def generation(self) -> str:
        """Changes with every change of the index."""
        ...

    def find(self, question: str, *, on: date, limit: int = 10, kind: PassageKind | None = None) -> list[Hit]:
        """Passages in force on the day, best first."""
        ...

    def passages(self) -> Iterable[Passage]:
        """Everything indexed."""
        ...

    def repaired(self, question: str) -> str:
        """The question as it was probably meant; empty when nothing needs repair."""
        ...


class CommonGround:
    """See the module. Safe to share between threads."""

    def __init__(self, search: Finder, cards: Cards, known: Iterable[Edition], compare: Compare | None = None) -> None:
        """`cards` are those of all outlets; `known` facts about editions of laws, imported or not (see `law_book`);
        `compare` what tells two editions apart, each pair once.
        """
        self.search, self.cards, self._known = search, cards, tuple(known)
        self.compare = compare
        self._findable = [each for each in cards.by_id.values() if not each.overrides]
        self.services = services_of(self._findable)
        self.told = Telling(cards, self.services, NO_ARTICLES, law_book(NO_ARTICLES, self._known, cards))
        self._told = {"": self.told}
        self._local = LocalLaws()

    @functools.cached_property
    def wordings(self) -> Wordings:
        """What speaks for one card and against another; half a second's work, which a command that answers nothing
        need not do.
        """
        return Wordings(self._findable)

    @functools.cached_property
    def service_words(self) -> ServiceWords:
        """Which words of a question speak for which service item."""
        return service_words(self._findable)

    @functools.cached_property
    def manners(self) -> Manners:
        """How messages sound that are no questions."""
        ours = (text for card in self._findable for text in (card.title, *card.variants))
        return manners_over(ours, other_questions())

    @property
    def local_laws(self) -> LocalLaws:
        """Which texts belong to outlets, renewed along with the index."""
        if self._local.generation != self.search.generation:
            self._local = local_laws(self.search.passages(), self.search.generation)
        return self._local

    @property
    def outlets(self) -> frozenset[str]:
        """The outlets that have cards or texts of their own."""
        return self.cards.outlets | self.local_laws.outlets

    def telling(self, outlet: str = "") -> Telling:
        """What is told of cards and laws to who belongs to an outlet, renewed along with the index."""
        layer = self.local_laws.layer_of(outlet)
        told = self._told.get(layer)
        if told is None or told.articles.generation != self.search.generation:
            articles = articles_of(known_to(self.search.passages(), layer), self.search.generation)
            book = law_book(articles, self._known, self.cards)
            told = self._told[layer] = Telling(self.cards, self.services, articles, book)
        return told
