"""What the law said before: the articles of an older edition that stood where those a card cites stand today.

Only editions that were in force on the day asked for, and only articles that say so much of the same that they are
the same provision: a new provision has no counterpart, and then a person must look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from knowledge.articles import Articles
from knowledge.card import Card
from knowledge.lawbook import Edition, LawBook
from knowledge.passages import Hit, Passage

MOST = 2
# How much of today's article its counterpart must hold. Of the 40 articles of 反不正当竞争法 (2025) whose counterpart
# of 2019 was looked up by hand, below this 7 of 8 were other provisions; above it 2 of 32, both fines.
_SAME_PROVISION = 0.42
_LOOKED_FOR = 300  # characters of today's article
_HITS = 12


def former_articles(
    card: Card, laws: tuple[Articles, LawBook], day: date, find: Callable[[str], Sequence[Hit]]
) -> list[Hit]:
    """The articles that were law on that day in place of those the card cites, in the card's order; at most `MOST`,
    none when the first of them has no counterpart.

    Args:
        card: Of today.
        laws: The imported articles and the book of all laws.
        day: The day asked for.
        find: The articles in force on that day that are nearest to a text.
    """
    articles, book = laws
    found: dict[str, Hit] = {}
    for cited in card.citations:
        today, edition = articles.cited(cited), book.in_force(cited.law, day)
        if today is not None and edition is not None and edition.version == today.version:
            continue
        same = _counterpart(today, edition, find) if today is not None and edition is not None else None
        if same is not None:
            found.setdefault(same.passage.passage_id, same)
        elif cited == card.citations[0]:
            return []  # what the card rests on: the rest of it would be beside the question
    return list(found.values())[:MOST]


def _counterpart(today: Passage, edition: Edition, find: Callable[[str], Sequence[Hit]]) -> Hit | None:
    near = (hit for hit in find(today.text[:_LOOKED_FOR])[:_HITS] if _is_of(hit, edition.law, edition.version))
    same = next(near, None)
    return same if same is not None and same.coverage >= _SAME_PROVISION else None


def _is_of(hit: Hit, law: str, version: str) -> bool:
    return hit.passage.law == law and hit.passage.version == version
