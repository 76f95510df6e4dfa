"""A card and the days: whether its rule may be told for a day, and the one line on what was before or comes after.

What has ended or has not begun is never told as the law of today. A change is told half a year before and after it.
"""

from __future__ import annotations

from datetime import date, timedelta

from knowledge.articles import Articles
from knowledge.card import Card
from knowledge.cards import CardCitation, Cards
from knowledge.clauses import shortened
from knowledge.lawbook import LawBook
from knowledge.proofread import chinese_day, tells_beginning

# Half a year: time to plan a filing before a change, and to have heard of it after.
NOTICE_DAYS = 180
_LONGEST = 200  # characters of a neighbouring version in the one line
_DAY = timedelta(days=1)
_SOON = timedelta(days=NOTICE_DAYS)


def unfit(card: Card, laws: tuple[Articles, LawBook], *, day: date, on: date) -> str:
    """Why the card's rule must not be told for that day; empty when it may.

    Args:
        card: The version that is to be told.
        laws: The imported articles and the book of all laws.
        day: The day asked for.
        on: Today.
    """
    holds = max(day, card.effective_from or day)
    if card.by_filing_day and card.effective_to:  # still the rule of what was filed while it was law
        holds = min(holds, card.effective_to)
    told = "\n".join((card.answer, *card.details))
    for each in card.citations:
        begins, has_ended = _standing(each, laws, holds)
        if has_ended:
            return "这个问题所依据的规定在您问的日期不适用，请工作人员核实后答复您。"
        if begins > holds and not (day >= on and tells_beginning(told, begins)):
            return not_yet_then(begins, day, on)
    return ""


def not_yet_then(begins: date, day: date, on: date) -> str:
    """That the rule we know began after the day asked for."""
    if day >= on:
        return f"这个问题所依据的规定自{chinese_day(begins)}起施行，目前不适用，请工作人员核实后答复您。"
    return (
        f"我手头的规定自{chinese_day(begins)}起施行，您问的{chinese_day(day)}适用当时的规定，请工作人员核实后答复您。"
    )


def is_near(card: Card, day: date) -> bool:
    """Whether a version takes effect within half a year after that day."""
    since = card.effective_from
    return since is not None and timedelta(0) < since - day <= timedelta(days=NOTICE_DAYS)


def is_recent(card: Card, day: date) -> bool:
    """Whether a version took effect within the half year up to that day."""
    since = card.effective_from
    return since is not None and timedelta(0) <= day - since < timedelta(days=NOTICE_DAYS)


def change_line(card: Card, cards: Cards, *, day: date, on: date) -> str:
    """At most one sentence: that it is not in force yet, was replaced since, will change soon, or has just changed."""
    before, after = cards.previous_version(card.card_id), cards.next_version(card.card_id)
    if card.by_filing_day:
        return _filed_on_other_days(card, before, after, on)
    if card.effective_from and card.effective_from > on:
        return _coming_rule(card, cards.version_on(card.card_id, on))
    if after and after.effective_from and after.effective_from <= on:
        return _replaced_since(after.effective_from, card, cards.version_on(card.card_id, on))
    if after and is_near(after, day):
        return _will_change(card, after)
    if before and is_recent(card, day):
        return _has_changed(card, before)
    return ""


def _filed_on_other_days(card: Card, before: Card | None, after: Card | None, on: date) -> str:
    """What is the rule for what was filed before or after the days of this version."""
    since, until = card.effective_from, card.effective_to
    earlier = f"{chinese_day(since)}以前申请的：{shortened(before.answer, _LONGEST)}" if before and since else ""
    is_told = after is not None and after.effective_from is not None and after.effective_from <= on + _SOON
    later = (
        f"{chinese_day(until + _DAY)}起申请的：{shortened(after.answer, _LONGEST)}"
        if is_told and after and until
        else ""
    )
    return "\n".join(each for each in (earlier, later) if each)


def _coming_rule(card: Card, current: Card | None) -> str:
    assert card.effective_from is not None
    line = f"以上规定自{chinese_day(card.effective_from)}起施行，目前尚未施行"
    if current is None or current.is_empty or not card.change_since(current):
        return f"{line}。"
    return f"{line}；现行规定：{shortened(current.answer, _LONGEST)}"


def _replaced_since(since: date, card: Card, current: Card | None) -> str:
    line = f"以上是当时的规定，自{chinese_day(since)}起"
    if current is None or current.is_empty:
        return f"{line}已有新规定，请再确认。"
    told = current.change_since(card)
    return f"{line}已改为：{shortened(told, _LONGEST)}" if told else f"{line}适用新的规定，要点不变。"


def _will_change(card: Card, after: Card) -> str:
    assert after.effective_from is not None
    since = chinese_day(after.effective_from)
    if after.is_empty:
        return f"自{since}起有新规定，届时请再确认。"
    told = after.change_since(card)
    return f"自{since}起：{told}" if told else f"自{since}起适用新法，以上要点不变。"


def _has_changed(card: Card, before: Card) -> str:
    assert card.effective_from is not None
    since = chinese_day(card.effective_from)
    if before.is_empty:
        return ""
    if told := before.change_since(card):
        return f"自{since}起已改为以上规定，此前为：{shortened(told, _LONGEST)}"
    return f"自{since}起适用新法，以上要点不变。"


def _standing(cited: CardCitation, laws: tuple[Articles, LawBook], day: date) -> tuple[date, bool]:
    """From when what a card cites is law, and whether it has ended on a day; the article's own days where imported."""
    articles, book = laws
    if passage := articles.cited(cited):
        ended = passage.effective_to is not None and passage.effective_to < day
        return passage.effective_from or date.min, ended
    edition = book.version(cited.law, cited.version)
    return (edition.begins, edition.has_ended(day)) if edition else (date.min, False)
