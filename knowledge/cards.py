"""Curated question-and-answer cards (FAQ 卡片): read from TOML folders, checked, dated, their figures filled in.

A card answers one question in our own words and names the articles that prove it. A card that replaces another on a
date names it in `supersedes`; together they are the versions of one answer, and on any day at most one of them is live.
Folders are layers: a card of a later folder (the office's own) replaces the card with the same id. Where an office has
several outlets (网点), a card with an `outlet` answers only who belongs there: one of its own, or one instead of a card
everybody has (`Cards.seen_from`). A card that can't be used is skipped and reported in `Cards.problems`, in words an
outlet can act on; the rest keeps working.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from knowledge.authored import CardCitation, Raw, complaint, read_folder
from knowledge.card import Card
from knowledge.card_reading import inherit_from, make_card
from knowledge.editions import families_of, fill_in, root_of, settle_dates
from knowledge.english import in_chinese
from knowledge.facts import NO_FACTS, SHIPPED_FACTS, Facts, load_facts
from knowledge.passages import Passage
from knowledge.tokenise import normalise

__all__ = ["SERVICE_ITEMS", "SHIPPED_FOLDER", "Card", "CardCitation", "Cards", "load_cards"]

SHIPPED_FOLDER = Path(__file__).parent / "faq"
# The draft norm's 15 basic and 4 value-added service items (附录); another pack passes its own codes to `load_cards`.
SERVICE_ITEMS = frozenset([f"B{n:02}" for n in range(1, 16)] + [f"V{n:02}" for n in range(1, 5)])


@dataclass(frozen=True)
class Override:
    """A card of the outlet in place of the one everybody has; `reason` is "" when nobody wrote why."""

    card_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class Cards:
    """All usable cards by id, what was wrong with the others, the facts they were filled from, and which cards the
    outlet answers in its own way instead of the common one.
    """

    by_id: Mapping[str, Card]
    problems: tuple[str, ...] = ()
    facts: Facts = NO_FACTS
    overrides: tuple[Override, ...] = ()
    instead: Mapping[str, tuple[Card, ...]] = field(default_factory=dict)
    n_unseen: int = 0

    @functools.cached_property
    def outlets(self) -> frozenset[str]:
        """The outlets that have cards of their own."""
        return frozenset(each.outlet for each in self.by_id.values() if each.outlet)

    def seen_from(self, outlet: str) -> Cards:
        """The cards that answer who belongs to an outlet, "" for none: those of everybody and of that outlet.

        `instead` are the outlet's cards by the id of the one they answer instead of, `n_unseen` how many that can be
        found belong to other outlets.
        """
        if not self.outlets:
            return self
        instead: dict[str, tuple[Card, ...]] = {}
        for each in self.by_id.values():
            if each.overrides and each.outlet == outlet:
                instead[each.overrides] = (*instead.get(each.overrides, ()), each)
        findable = {card_id: each for card_id, each in self.by_id.items() if not each.overrides}
        seen = {card_id: each for card_id, each in findable.items() if each.outlet in ("", outlet)}
        return replace(self, by_id=seen, instead=instead, n_unseen=len(findable) - len(seen))

    def told_instead(self, card: Card, day: date) -> Card | None:
        """The card the outlet answers with instead of this one on that day, if it has one."""
        return next((each for each in self.instead.get(card.base_id, ()) if each.is_live(day)), None)

    def instead_of(self, card_id: str, day: date) -> dict[str, Card]:
        """What outlets answer instead of that card on that day, by outlet."""
        return {each.outlet: each for each in self.local_overrides() if each.overrides == card_id and each.is_live(day)}

    def local_overrides(self) -> list[Card]:
        """The outlets' cards that answer instead of one everybody has, by outlet."""
        return sorted((each for each in self.by_id.values() if each.overrides), key=lambda each: each.outlet)

    def is_outdated(self, card: Card, day: date) -> bool:
        """Whether the card it answers instead of ended, or says something else than when somebody last looked."""
        if card.overrides not in self.by_id:
            return False
        common = self.version_on(card.overrides, day)
        return common is None or common.version != card.overrides_version

    def live_on(self, day: date) -> list[Card]:
        """The cards that hold on that day, empty ones included, in order of id."""
        return [card for card in self.by_id.values() if card.is_live(day)]

    def version_on(self, card_id: str, day: date) -> Card | None:
        """The version of this card that holds on that day, whichever of its versions is named."""
        named = self.by_id.get(card_id)
        if named is None or named.is_live(day):
            return named
        return next((each for each in self.versions(card_id) if each.is_live(day)), None)

    def versions(self, card_id: str) -> list[Card]:
        """All versions of the card, oldest first; just the card itself when it never changes."""
        return self._families.get(self._roots.get(card_id, ""), [])

    def as_filed(self, card: Card, days: tuple[date, date] | None) -> Card:
        """The version of a card `by_filing_day` for what was filed on those days (both included); the card itself where
        they say nothing, or fit several versions.
        """
        if not card.by_filing_day or days is None:
            return card
        fitting = [
            each
            for each in self.versions(card.card_id)
            if (each.effective_from or date.min) <= days[1] and days[0] <= (each.effective_to or date.max)
        ]
        return fitting[0] if len(fitting) == 1 else card

    def next_version(self, card_id: str) -> Card | None:
        """The version that replaces this card later, if one is known."""
        family = self.versions(card_id)
        place = next((n for n, each in enumerate(family) if each.card_id == card_id), len(family))
        return family[place + 1] if place + 1 < len(family) else None

    def previous_version(self, card_id: str) -> Card | None:
        """The version this card replaced, if it is known."""
        family = self.versions(card_id)
        place = next((n for n, each in enumerate(family) if each.card_id == card_id), 0)
        return family[place - 1] if place else None

    def sources(self) -> dict[str, list[Passage]]:
        """The same by source: each card is one, so that a changed card costs the index no more than itself."""
        return {each.source_id: [each] for each in self.passages()}

    def passages(self) -> list[Passage]:
        """What the index holds of the cards: one passage each, found by its title and its wordings."""
        return [_passage(card) for card in self.by_id.values() if not card.overrides]

    @functools.cached_property
    def _roots(self) -> dict[str, str]:
        return {card_id: root_of(card_id, self.by_id) for card_id in self.by_id}

    @functools.cached_property
    def _families(self) -> dict[str, list[Card]]:
        return families_of(self.by_id)


def is_card_source(source_id: str) -> bool:
    """Whether a source of the index is a card; ``cards`` held all of them in earlier releases."""
    return source_id.startswith("card:") or source_id == "cards"


def load_cards(*folders: Path, service_items: Collection[str] = SERVICE_ITEMS, facts: Facts | None = None) -> Cards:
    """Read all ``*.toml`` of the folders; a later folder replaces cards of an earlier one by id.

    Args:
        folders: Missing folders are empty ones.
        service_items: The codes a card may name.
        facts: What the cards' placeholders mean; the shipped facts when missing. Their problems are passed on.

    Returns:
        The usable cards, and in `problems` one sentence for each thing wrong: file, card, fault and cure.
    """
    known_facts = load_facts(SHIPPED_FACTS) if facts is None else facts
    problems = list(known_facts.problems)
    layers = [_read_layer(folder, problems) for folder in folders]
    cards: dict[str, Card] = {}
    known: dict[str, Raw] = {}
    overrides: dict[str, Override] = {}
    for raws in layers:
        known |= {card_id: inherit_from(known.get(card_id), raw) for card_id, raw in raws.items()}
        known |= {key: inherit_from(known.get(raw["overrides"]), raw) for key, raw in raws.items() if _overrides(raw)}
        for card_id in raws:
            made = make_card(known[card_id], known, service_items)
            if isinstance(made, Card):
                if card_id in cards and not cards[card_id].is_empty:  # filling in an empty card contradicts nobody
                    reason = str(raws[card_id].get("override_reason", "")).strip()
                    overrides[card_id] = Override(card_id, made.title, reason)
                cards[card_id] = made
            else:
                problems.append(made)
    filled = fill_in(settle_dates(cards, known, problems), known, known_facts, problems)
    problems += _dangling(filled, known)
    return Cards(dict(sorted(filled.items())), tuple(problems), known_facts, tuple(overrides.values()))


def _overrides(raw: Raw) -> bool:
    return isinstance(raw.get("overrides"), str) and bool(raw["overrides"])


def _read_layer(folder: Path, problems: list[str]) -> dict[str, Raw]:
    """The raw cards of one folder by id; the first of two with one id counts."""
    raws: dict[str, Raw] = {}
    for raw in read_folder(folder, "card", "卡片", problems):
        first = raws.setdefault(raw["id"], raw)
        if first is not raw:
            fault = f"{raw['file']}：卡片 {raw['id']} 的编号重复（{first['file']} 里已有一张）。"
            problems.append(f"{fault}请改用别的编号，或删去一张。")
    return raws


def _as_questions_are_read(wording: str) -> str:
    """A wording with English words in Chinese, as in a question; others as they stand."""
    return in_chinese(normalise(wording)) if re.search("[A-Za-z]{2}", wording) else wording


def _passage(card: Card) -> Passage:
    return Passage(
        passage_id=f"card:{card.card_id}",
        source_id=f"card:{card.card_id}",
        kind="card",
        title=card.title,
        text="\n".join((card.answer, *card.details)).strip(),
        version=card.version,
        effective_from=card.effective_from,
        effective_to=card.effective_to,
        wordings=tuple(_as_questions_are_read(each) for each in card.variants),
        negatives=card.negatives,
        service_items=card.service_items,
    )


def _dangling(cards: Mapping[str, Card], raws: Mapping[str, Raw]) -> list[str]:
    """Complaints about `related` ids that lead nowhere new; the card itself stays."""
    return [
        complaint(raws[card_id], "卡片", fault)
        for card_id, card in cards.items()
        if card_id in raws
        for each in card.related
        if (fault := _astray(each, card, cards))
    ]


def _astray(related: str, card: Card, cards: Mapping[str, Card]) -> str:
    if related not in cards:
        return f"related 里的 {related} 不存在，按钮不会显示。请改正或删去。"
    if root_of(related, cards) == root_of(card.card_id, cards):
        return f"related 里的 {related} 就是这张卡片自己（或它的另一个版本）。请换成接着可能问的卡片。"
    return ""
