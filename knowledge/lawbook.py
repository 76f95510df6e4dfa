"""Which editions (版本) of which laws exist, from what day to what day, and which articles each has.

Made of the imported articles, the facts of a table of known instruments, and what the cards cite: so a law is known
even when its text was never imported, and an edition is never taken for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from knowledge.articles import NO_ARTICLES, Articles, folded
from knowledge.cards import Cards
from knowledge.passages import Passage

# A text whose articles are numbered 1, 2, 3 … without a gap is a whole law; an excerpt has gaps or begins later.
_FEWEST_OF_A_WHOLE = 3
_NUMBER = re.compile(r"(\d{1,4})(?:[-之](\d{1,2}))?", re.ASCII)


@dataclass(frozen=True)
class Edition:
    """One edition of a law. `version` is the day of adoption as in 2019-04-23 (or "", when only an end is known).

    Days are both included, ``None`` is open. `articles` are those imported, by number; `cited` the numbers cards cite;
    `note` says what ended it. `is_whole` means that the numbers in `articles` are all there are.
    """

    law: str
    version: str
    effective_from: date | None = None
    effective_to: date | None = None
    note: str = ""
    articles: Mapping[str, Passage] = field(default_factory=dict, repr=False)
    cited: frozenset[str] = frozenset()

    def is_in_force(self, on: date) -> bool:
        """Whether it may be quoted as law on that day."""
        return self.has_begun(on) and not self.has_ended(on)

    def has_begun(self, on: date) -> bool:
        """Whether it took effect by that day; when that day is unknown, whether it was adopted by then."""
        return self.begins <= on

    @property
    def begins(self) -> date:
        """The day it took effect; when that is unknown the first day it may have, its day of adoption."""
        return self.effective_from or _first_day(self.version)

    def has_ended(self, on: date) -> bool:
        """Whether it is law no longer."""
        return self.effective_to is not None and self.effective_to < on

    @property
    def name(self) -> str:
        """As in 2020年10月17日版; a version that is no day as it stands; "" when there is none."""
        try:
            day = date.fromisoformat(self.version)
        except ValueError:
            return f"{self.version}版" if self.version else ""
        return f"{day.year}年{day.month}月{day.day}日版"

    @property
    def numbers(self) -> list[int]:
        """The numbers of its imported articles in order, 之一 aside."""
        return sorted({int(found[1]) for each in self.articles if (found := _NUMBER.fullmatch(each))})

    @property
    def is_whole(self) -> bool:
        """Whether the whole text is imported."""
        numbers = self.numbers
        return len(numbers) >= _FEWEST_OF_A_WHOLE and numbers == list(range(1, len(numbers) + 1))


@dataclass(frozen=True)
class LawBook:
    """All editions by folded title, oldest first. `generation` is that of the index it was made from."""

    generation: str = ""
    editions: Mapping[str, tuple[Edition, ...]] = field(default_factory=dict, repr=False)
    titles: frozenset[str] = frozenset()

    def editions_of(self, law: str) -> tuple[Edition, ...]:
        """The editions of a law, oldest first; empty for a law nobody knows."""
        return self.editions.get(folded(law), ())

    def in_force(self, law: str, on: date) -> Edition | None:
        """The edition that is law on that day."""
        return next((each for each in reversed(self.editions_of(law)) if each.is_in_force(on)), None)

    def coming(self, law: str, on: date) -> Edition | None:
        """The next edition that is published but not in force on that day."""
        return next((each for each in self.editions_of(law) if not each.has_begun(on)), None)

    def version(self, law: str, version: str) -> Edition | None:
        """The edition of that very version."""
        return next((each for each in self.editions_of(law) if each.version == version), None)

    def after(self, edition: Edition) -> Edition | None:
        """The edition that replaced this one, or will."""
        later = [each for each in self.editions_of(edition.law) if each.version > edition.version]
        return later[0] if later else None

    def before(self, edition: Edition) -> Edition | None:
        """The edition this one replaced."""
        earlier = [each for each in self.editions_of(edition.law) if each.version and each.version < edition.version]
        return earlier[-1] if earlier else None

    def meant(self, law: str, edition: str, on: date) -> Edition | None:
        """The edition somebody names: ``""`` the one in force, ``old``, ``new``, a year, or the day of a version.

        While a published edition waits for its day, the law in force is the old one and the coming one the new.
        A year means the edition adopted in it, else the one that took effect in it, else the one then in force.
        """
        current = self.in_force(law, on) or next(iter(reversed(self._begun(law, on))), None)
        if not edition:
            return current
        coming = self.coming(law, on)
        if edition == "new":
            return coming or current
        if edition == "old":
            return current if coming else self.before(current) if current else None
        return self._dated(law, edition)

    def _begun(self, law: str, on: date) -> list[Edition]:
        return [each for each in self.editions_of(law) if each.has_begun(on)]

    def _dated(self, law: str, edition: str) -> Edition | None:
        known = self.editions_of(law)
        adopted = [each for each in known if each.version.startswith(edition)]
        begun = [each for each in known if each.effective_from and str(each.effective_from).startswith(edition)]
        if adopted or begun or len(edition) != len("2019"):
            return next(iter(reversed(adopted)), None) or next(iter(begun), None)
        # Before the oldest edition we know begins, nothing is known: an open beginning proves nothing here.
        day = date(int(edition), 12, 31)
        return next((each for each in reversed(known) if each.effective_from and each.is_in_force(day)), None)


NO_LAWS = LawBook()


def law_book(articles: Articles = NO_ARTICLES, known: Iterable[Edition] = (), cards: Cards | None = None) -> LawBook:
    """The book of all laws.

    Args:
        articles: The imported ones.
        known: Facts about editions, imported or not; an edition without `version` tells how a whole law ended.
        cards: What they cite is known to exist.
    """
    facts = list(known)
    found = {(folded(each.law), each.version): each for each in facts if each.version}
    for place, passages in articles.by_text.items():
        found[place] = _with_texts(found.get(place), passages)
    for law, version, numbers in _cited(cards):
        place = (folded(law), version)
        found[place] = replace(found.get(place) or Edition(law, version), cited=numbers)
    ends = {folded(each.law): each for each in facts if not each.version}
    return _bound(articles.generation, list(found.values()), ends)


def _first_day(version: str) -> date:
    """``2024-12`` → 1 December 2024; the first of all days for what is no day."""
    try:
        return date.fromisoformat(f"{version}-01-01"[:10])
    except ValueError:
        return date.min


def _with_texts(known: Edition | None, passages: tuple[Passage, ...]) -> Edition:
    """An edition with its imported articles; of several texts of one article the fullest."""
    first = passages[0]
    articles: dict[str, Passage] = {}
    for each in passages:
        if each.article not in articles or len(each.text) > len(articles[each.article].text):
            articles[each.article] = each
    edition = known or Edition(first.law, first.version)
    # A text held back for staff begins on no day (`date.max`): of its days nothing is known from it.
    dated = [each for each in passages if each.effective_from != date.max]
    if dated:
        edition = replace(edition, effective_from=dated[0].effective_from, effective_to=dated[0].effective_to)
    return replace(edition, law=first.law, articles=articles)


def _cited(cards: Cards | None) -> Iterable[tuple[str, str, frozenset[str]]]:
    numbers: dict[tuple[str, str], set[str]] = {}
    for card in cards.by_id.values() if cards else ():
        for each in card.citations:
            numbers.setdefault((each.law, each.version), set()).add(each.article)
    return [(law, version, frozenset(found)) for (law, version), found in numbers.items()]


def _bound(generation: str, editions: list[Edition], ends: Mapping[str, Edition]) -> LawBook:
    """The book, each edition ending at the latest where the next begins or the law as a whole ends."""
    by_law: dict[str, list[Edition]] = {}
    for each in sorted(editions, key=lambda edition: edition.version):
        by_law.setdefault(folded(each.law), []).append(each)
    for name, whole in ends.items():
        by_law.setdefault(name, [whole])
    book = {name: tuple(_ended(each, found, ends.get(name)) for each in found) for name, found in by_law.items()}
    return LawBook(generation, book, frozenset(found[0].law for found in book.values()))


def _ended(edition: Edition, family: list[Edition], whole: Edition | None) -> Edition:
    later = [each.effective_from for each in family if each.version > edition.version and each.effective_from]
    days = [day - timedelta(days=1) for day in later]
    days += [day for day in (edition.effective_to, whole.effective_to if whole else None) if day]
    note = edition.note or (whole.note if whole else "")
    return replace(edition, effective_to=min(days, default=None), note=note)
