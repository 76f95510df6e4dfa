"""The versions of a card in time: successors (`supersedes`) that do not overlap, and figures that change on a day.

A card whose facts change while it holds becomes several cards, one for each period, all with its question: the first
keeps its id, a later one adds its first day (``tm_opposition@2027-01-01``). So whatever goes by dates (search, notice,
answer of a day, archive) treats new figures as it treats a new law.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from knowledge.authored import CardCitation, FaultError, Raw, complaint
from knowledge.card import Card
from knowledge.facts import Fact, Facts, Period, named_in


def root_of(card_id: str, cards: Mapping[str, Card]) -> str:
    """The id of the first card of its family."""
    while (previous := cards[card_id].supersedes) in cards:
        card_id = previous
    return card_id


def families_of(cards: Mapping[str, Card]) -> dict[str, list[Card]]:
    """The versions of each card under the id of the first, oldest first."""
    families: dict[str, list[Card]] = {}
    for card_id, card in cards.items():
        families.setdefault(root_of(card_id, cards), []).append(card)
    for family in families.values():
        family.sort(key=lambda card: card.effective_from or date.min)
    return families


def settle_dates(cards: Mapping[str, Card], raws: Mapping[str, Raw], problems: list[str]) -> dict[str, Card]:
    """Cards whose versions do not overlap: an open end closes the day before the successor begins."""
    settled: dict[str, Card] = {}
    misdated = {card_id: fault for card_id, card in cards.items() if (fault := _misdated(card, cards))}
    problems += [complaint(raws[card_id], "卡片", fault) for card_id, fault in misdated.items()]
    for family in families_of({card_id: card for card_id, card in cards.items() if card_id not in misdated}).values():
        kept = family[:1]
        for card in family[1:]:
            if fault := _overlap(kept[-1], card):
                problems.append(complaint(raws[card.card_id], "卡片", fault))
                continue
            kept[-1] = _closed_before(kept[-1], card)
            kept.append(card)
        settled |= {card.card_id: card for card in kept}
    return settled


def fill_in(cards: Mapping[str, Card], raws: Mapping[str, Raw], facts: Facts, problems: list[str]) -> dict[str, Card]:
    """The cards with their figures, cut where a figure changes.

    A card that can't be filled in stays known but is answered by staff: with the card gone, its question would go to
    a neighbour.
    """
    filled: dict[str, Card] = {}
    for card_id, card in cards.items():
        try:
            made = list(_editions(card, facts))
        except FaultError as fault:
            problems.append(complaint(raws[card_id], "卡片", str(fault)))
            made = [replace(card, status="empty", missing="经核对的数据", answer="", details=())]
        filled |= {each.card_id: each for each in made}
    return filled


def _editions(card: Card, facts: Facts) -> Iterator[Card]:
    named = named_in(card.written)
    if not named:
        yield card
        return
    before = ""
    for period in facts.periods(named, card.effective_from, card.effective_to):
        made = _edition(card, period)
        if before:
            made = replace(made, card_id=f"{card.card_id}@{period.start}", supersedes=before)
        before = made.card_id
        yield made


def _edition(card: Card, period: Period) -> Card:
    """The card in one period: reviewed no later, and due no later, than any of its figures."""
    return replace(
        card,
        answer=period.render(card.answer),
        details=tuple(period.render(each) for each in card.details),
        citations=_with_sources(card, period.rows),
        last_reviewed=min(card.last_reviewed, *(row.last_reviewed for row in period.rows)),
        review_due=min(card.review_due, *(row.review_due for row in period.rows)),
        effective_from=period.start,
        effective_to=period.end,
        facts=period.rows,
    )


def _with_sources(card: Card, rows: Sequence[Fact]) -> tuple[CardCitation, ...]:
    """The sources of the answer's figures, the card's own, those of further figures; one article is cited once."""
    leading = set(named_in(card.answer))
    sources = [row.source for row in rows if row.fact_id in leading]
    sources += [*card.citations, *(row.source for row in rows)]
    cited: dict[tuple[str, str, str], CardCitation] = {}
    for each in sources:
        place = (each.law, each.version, each.article)
        known = cited.get(place, replace(each, proof=()))
        cited[place] = replace(known, proof=tuple(dict.fromkeys(known.proof + each.proof)))
    return tuple(cited.values())


def _misdated(card: Card, cards: Mapping[str, Card]) -> str:
    """Why a card cannot replace the one it names; empty when it can, or names none."""
    earlier = cards.get(card.supersedes)
    if earlier is None:
        return ""
    if card.effective_from is None:
        return f"接替了 {earlier.card_id}，却没有自己的 effective_from。请写上新规定施行的日期。"
    if earlier.effective_from is not None and card.effective_from <= earlier.effective_from:
        return (
            f"接替了 {earlier.card_id}，生效日 {card.effective_from} 却不晚于它的 {earlier.effective_from}。"
            "请改正日期，或对调 supersedes。"
        )
    return ""


def _overlap(earlier: Card, later: Card) -> str:
    if later.effective_from == earlier.effective_from:
        return f"与 {earlier.card_id} 从同一天起生效。请给后一张写上新的 effective_from，或删去一张。"
    if earlier.effective_to is not None and earlier.effective_to >= (later.effective_from or date.min):
        return (
            f"与 {earlier.card_id} 的有效期重叠（前者到 {earlier.effective_to}，后者从 {later.effective_from}）。"
            "请让前一张的 effective_to 早于这一张的 effective_from。"
        )
    return ""


def _closed_before(earlier: Card, later: Card) -> Card:
    assert later.effective_from is not None
    return replace(earlier, effective_to=earlier.effective_to or later.effective_from - timedelta(days=1))
