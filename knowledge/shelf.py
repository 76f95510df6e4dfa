"""The card shelf (卡片架): the cards of an instance at work, taken up anew when a file in one of its folders changes.

Answering goes on while cards change: a new `Answerer` takes the place of the old one whole. A file that can't be read
(somebody is in the middle of saving it) leaves the cards as they were until it can.
"""

from __future__ import annotations

import functools
import threading
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.answer import Answerer
from knowledge.authored import CardCitation
from knowledge.card import Card
from knowledge.cards import Cards
from knowledge.check import CardFinding
from knowledge.cluster import ALIKE, Likeness
from knowledge.passages import Answer, Citation
from knowledge.proofread import Flaw

# A card this probable has what was asked, or nearly: it lies between asking back and answering.
_PROBABLE = 0.2
# Of a card's wordings those that weigh words for likeness: all of them tell no more.
_WEIGHED_WORDINGS = 4


@dataclass(frozen=True)
class NearCard:
    """The card a question comes closest to. `likeness` to its likest wording and `probability` that it is the one
    asked for, both 0–1.
    """

    card_id: str
    title: str
    likeness: float
    probability: float
    is_empty: bool = False

    @property
    def is_likely(self) -> bool:
        """Whether the card probably has the answer, so that it wants a wording and not a neighbour."""
        return self.likeness >= ALIKE or self.probability >= _PROBABLE


class Shelf:
    """The answering path over cards that may change. Safe to share between threads."""

    def __init__(
        self,
        cards: Cards,
        *,
        load: Callable[[], Cards],
        make: Callable[[Cards], Answerer],
        folders: Sequence[Path],
    ) -> None:
        """`load` reads all cards anew, `make` makes an answerer of them; the files of the instance's own `folders` are
        watched.
        """
        self._load, self._make, self._folders = load, make, folders
        self._refreshing = threading.Lock()
        self._stamp: object = None
        self._on_shelf = _OnShelf(cards, make(cards))

    @property
    def cards(self) -> Cards:
        """The cards answers are made from."""
        return self._on_shelf.cards

    @property
    def likeness(self) -> Likeness:
        """How alike questions are, words weighed by the cards' wordings; made when first needed."""
        return self._on_shelf.likeness

    def answer(self, question: str, on: date, *, previous: str = "") -> Answer:
        """See `Answerer.answer`."""
        return self._on_shelf.answerer.answer(question, on, previous=previous)

    def card(self, card_id: str, on: date, *, day: date | None = None) -> Answer | None:
        """See `Answerer.card`."""
        return self._on_shelf.answerer.card(card_id, on, day=day)

    def flaws(self, text: str, on: date) -> tuple[Flaw, ...]:
        """See `Answerer.flaws`."""
        return self._on_shelf.answerer.flaws(text, on)

    def is_wrong(self, text: str, on: date) -> bool:
        """Whether a text must not go out on a day because of the articles it names."""
        return any(each.holds_back for each in self.flaws(text, on))

    def version_on(self, card_id: str, on: date) -> Card | None:
        """See `Cards.version_on`."""
        return self.cards.version_on(card_id, on)

    def cite(self, cited: CardCitation) -> Citation:
        """See `Answerer.cite`."""
        return self._on_shelf.answerer.cite(cited)

    def wrong_cards(self, on: date) -> list[CardFinding]:
        """See `Answerer.wrong_cards`."""
        return self._on_shelf.answerer.wrong_cards(on)

    def nearest(self, question: str, on: date) -> NearCard | None:
        """The card a question comes closest to on that day; ``None`` when no card shares a word with it."""
        found = self._on_shelf.answerer.nearest(question, on)
        if not found:
            return None
        likeness = self.likeness
        card, probability = found[0].card, found[0].probability
        likest = max(likeness(question, each) for each in (card.title, *card.variants))
        return NearCard(card.base_id, card.title, likest, probability, is_empty=card.is_empty)

    def refresh(self, put: Callable[[Cards], None] = lambda _: None) -> bool:
        """Take up what changed in the folders; whether the cards are others now. Cheap when nothing changed.

        `put` makes other cards findable before they answer; when it fails, the next refresh tries again.
        """
        with self._refreshing:
            found = stamp(self._folders)
            if found == self._stamp or unreadable(self._folders):
                return False
            cards = self._load()
            if is_new := cards != self._on_shelf.cards:
                put(cards)
                self._on_shelf = _OnShelf(cards, self._make(cards))
            self._stamp = found
            return is_new


@dataclass(frozen=True)
class _OnShelf:
    """One state of the cards with all that is made of them; never changes."""

    cards: Cards
    answerer: Answerer

    @functools.cached_property
    def likeness(self) -> Likeness:
        """See `Shelf.likeness`."""
        cards = self.cards.by_id.values()
        return Likeness(text for each in cards for text in (each.title, *each.variants)[:_WEIGHED_WORDINGS])


def unreadable(folders: Sequence[Path]) -> list[str]:
    """The names of the files that are no TOML at this moment."""
    return [path.name for path in _files(folders) if not _is_readable(path)]


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.glob("*.toml"))


def _is_readable(path: Path) -> bool:
    try:
        tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return True


def stamp(folders: Sequence[Path]) -> tuple[tuple[str, int, int, int], ...]:
    """What changes when any file of the folders does."""
    stamps = []
    for path in _files(folders):
        try:
            found = path.stat()
        except OSError:  # gone while we looked: the next look sees it
            continue
        stamps.append((str(path), found.st_mtime_ns, found.st_size, found.st_ino))
    return tuple(stamps)
