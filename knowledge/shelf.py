"""The card shelf (卡片架): the cards of an instance at work, taken up anew when a file in one of its folders changes.

Answering goes on while cards change: a new `Answerer` takes the place of the old one whole. A file that can't be read
(somebody is in the middle of saving it) leaves the cards as they were until it can.
"""

from __future__ import annotations

import functools
import itertools
import shutil
import tempfile
import threading
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from knowledge.answer import Answerer
from knowledge.authored import CardCitation
from knowledge.card import Card
from knowledge.card_files import PUBLISHED, is_stored, store
from knowledge.cards import Cards
from knowledge.check import CardFinding, check_cards
from knowledge.cited import CitedArticle, articles_cited
from knowledge.cluster import Likeness
from knowledge.evidence import taken_apart
from knowledge.facts import NO_FACTS
from knowledge.passages import Answer, Citation, Passage
from knowledge.proofread import Flaw
from knowledge.review_due import DueEntry, due_cards

# A card this probable, or this like the question, has what was asked in two cases of three (tests/relevance/dev.jsonl,
# questions that were not answered): enough to show it to staff.
_PROBABLE, _LIKE = 0.2, 0.65
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
        return self.likeness >= _LIKE or self.probability >= _PROBABLE


class Shelf:
    """The answering path over cards that may change. Safe to share between threads."""

    def __init__(  # noqa: PLR0913  its parts, each named
        self,
        cards: Cards,
        *,
        load: Callable[[Path], Cards],
        make: Callable[[Cards], Answerer],
        passages: Callable[[], Iterable[Passage]],
        folder: Path,
        also: Sequence[Path] = (),
    ) -> None:
        """The shelf of an instance.

        Args:
            cards: To begin with.
            load: All cards, the instance's own from the given folder.
            make: An answerer of cards.
            passages: Everything that can be found.
            folder: The instance's own cards.
            also: Further folders whose files are watched.
        """
        self._load, self._make, self._passages, self._folder = load, make, passages, folder
        self._folders = (folder, *also)
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

    @property
    def outlets(self) -> frozenset[str]:
        """The outlets (网点) that have cards or texts of their own."""
        return self._on_shelf.answerer.outlets

    def answer(self, question: str, on: date, *, previous: str = "", outlet: str = "") -> Answer:
        """See `Answerer.answer`."""
        return self._on_shelf.answerer.answer(question, on, previous=previous, outlet=outlet)

    def card(self, card_id: str, on: date, *, day: date | None = None, outlet: str = "") -> Answer | None:
        """See `Answerer.card`."""
        return self._on_shelf.answerer.card(card_id, on, day=day, outlet=outlet)

    def flaws(self, text: str, on: date) -> tuple[Flaw, ...]:
        """See `Answerer.flaws`."""
        return self._on_shelf.answerer.flaws(text, on)

    def is_wrong(self, text: str, on: date) -> bool:
        """Whether a text must not go out on a day because of the articles it names."""
        return any(each.holds_back for each in self.flaws(text, on))

    def version_on(self, card_id: str, on: date) -> Card | None:
        """See `Cards.version_on`."""
        return self.cards.version_on(card_id, on)

    def instead_of(self, card_id: str, on: date) -> Mapping[str, Card]:
        """See `Cards.instead_of`."""
        return self.cards.instead_of(card_id, on)

    def cite(self, cited: CardCitation) -> Citation:
        """See `Answerer.cite`."""
        return self._on_shelf.answerer.cite(cited)

    def due_for_review(self, on: date, until: date) -> list[DueEntry]:
        """See `due_cards`."""
        return due_cards(self.cards, on, until)

    def prepare(self, n_cards: int) -> int:
        """Take the next so many cards apart, two milliseconds each, so that no question waits for it; how many there
        were to take. Also make whatever else the first questions would wait for, see `Answerer.prepare`.
        """
        self._on_shelf.answerer.prepare()
        return sum(1 for _ in map(taken_apart, itertools.islice(self._on_shelf.untaken, n_cards)))

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

    def cited(self, text: str, on: date, said: str = "") -> tuple[CitedArticle, ...]:
        """See `articles_cited`."""
        return articles_cited(text, self._on_shelf.answerer.book, on, said)

    def try_out(self, text: str, card_ids: Collection[str], on: date) -> tuple[str, ...]:
        """Why the file of published cards could not say `text`; empty when these cards may go out with it on that day.

        Every card is read as it would be, with all others, and each of its sources is looked up: it must be imported,
        in force on all days of the card, and hold the proof.
        """
        if broken := unreadable(self._folders):
            return tuple(f"{name} 读不懂，请先按 TOML 格式改正。" for name in broken)
        with tempfile.TemporaryDirectory() as scratch:
            for path in self._folder.glob("*.toml"):
                shutil.copy(path, scratch)
            (Path(scratch) / PUBLISHED).write_text(text, encoding="utf-8")
            cards = self._load(Path(scratch))
        known = set(self._load(self._folder).problems)
        reasons = [each for each in cards.problems if each not in known]
        return tuple(reasons) or tuple(self._faults(cards, card_ids, on))

    def is_stored(self, text: str) -> bool:
        """Whether the file of published cards says `text`."""
        return is_stored(self._folder, text)

    def store(self, text: str) -> None:
        """See `knowledge.card_files.store`."""
        store(self._folder, text)

    def _faults(self, cards: Cards, card_ids: Collection[str], on: date) -> Iterator[str]:
        chosen = {each.card_id: each for each in cards.by_id.values() if each.base_id in card_ids}
        missing = set(card_ids) - {each.base_id for each in chosen.values()}
        yield from (f"{card_id} 没有成为卡片。" for card_id in sorted(missing))
        report = check_cards(replace(cards, by_id=chosen, facts=NO_FACTS), self._passages(), on)
        yield from (str(each) for each in report.findings if each.finding != "proven")
        yield from (f"{each.card_id}：没有出处。" for each in chosen.values() if not each.citations)

    @property
    def is_stale(self) -> bool:
        """Whether a file changed since the cards were read."""
        return bool(stamp(self._folders) != self._stamp)

    def refresh(self, put: Callable[[Cards], None] = lambda _: None) -> bool:
        """Take up what changed in the folders; whether the cards are others now. Cheap when nothing changed.

        `put` makes other cards findable before they answer; when it fails, the next refresh tries again.
        """
        with self._refreshing:
            found = stamp(self._folders)
            if found == self._stamp or unreadable(self._folders):
                return False
            cards = self._load(self._folder)
            if is_new := cards != self._on_shelf.cards:
                put(cards)
                answerer = self._make(cards)
                answerer.prepare()  # so that nobody waits for it: until then the old one answers
                self._on_shelf = _OnShelf(cards, answerer)
            self._stamp = found
            return is_new


@dataclass(frozen=True)
class _OnShelf:
    """One state of the cards with all that is made of them; never changes."""

    cards: Cards
    answerer: Answerer

    @functools.cached_property
    def untaken(self) -> Iterator[Card]:
        """The cards that nobody prepared yet."""
        return iter(self.cards.by_id.values())

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
