"""Which cards, facts and guides somebody is to look at again (复核), and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.cards import Cards
from knowledge.guides import Guides

Kind = Literal["card", "fact", "guide"]


@dataclass(frozen=True)
class DueEntry:
    """One entry written in a file, and the day by which it is to be looked at again."""

    kind: Kind
    entry_id: str
    title: str
    due_on: date


def due_cards(cards: Cards, on: date, until: date) -> list[DueEntry]:
    """The cards and facts of use on a day or later whose day of review is `until` or before it, the oldest first."""
    found = [
        DueEntry("card", card.card_id, card.title, card.review_due)
        for card in cards.by_id.values()
        if card.review_due <= until and not _is_over(card.effective_to, on)
    ]
    found += [
        DueEntry("fact", row.fact_id, row.name, row.review_due)
        for rows in cards.facts.by_id.values()
        for row in rows
        if row.review_due <= until and not _is_over(row.effective_to, on)
    ]
    return _in_order(found)


def due_guides(guides: Guides, until: date) -> list[DueEntry]:
    """The guides whose day of review is `until` or before it, the oldest first."""
    found = (DueEntry("guide", each.guide_id, each.title, each.review_due) for each in guides.by_id.values())
    return _in_order(each for each in found if each.due_on <= until)


def _is_over(last_day: date | None, on: date) -> bool:
    return last_day is not None and last_day < on


def _in_order(found: Iterable[DueEntry]) -> list[DueEntry]:
    return sorted(found, key=lambda each: (each.due_on, each.kind, each.entry_id))
