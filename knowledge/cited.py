"""The sources of a text somebody wrote: each 《…》第X条 as a card cites it, with the words that prove it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from knowledge.cards import CardCitation
from knowledge.citations import references
from knowledge.lawbook import LawBook
from knowledge.tokenise import ranking_text

_MOST_PROOFS = 3
_LONGEST_PROOF, _SHORTEST_PROOF = 14, 4  # characters
_LONGEST_ARTICLE = 4000  # characters in which proofs are looked for
_FIGURE = re.compile(
    r"[一二三四五六七八九十百千万亿零两\d.]+\s?(?:个月|个工作日|年|日|天|周|小时|万元|元|倍|%|件|份)(?!度|以[上下后前])"
)


@dataclass(frozen=True)
class CitedArticle:
    """One source, and the days on which that text is law; both ends included, ``None`` is open."""

    citation: CardCitation
    effective_from: date | None = None
    effective_to: date | None = None


def articles_cited(text: str, book: LawBook, on: date, said: str = "") -> tuple[CitedArticle, ...]:
    """The articles a text names, each once, in the edition meant (the one in force unless another is named), with what
    proves `said` (the text itself when that is empty).

    A source whose article is not at hand comes without proof, one of an unknown edition without version as well:
    somebody has to complete it.
    """
    found: dict[tuple[str, str, str], CitedArticle] = {}
    for each in references(text, book.titles):
        address = each.address
        edition = book.meant(address.law, address.edition, on) if each.is_known else None
        version = edition.version if edition else ""
        passage = edition.articles.get(address.article) if edition else None
        proof = proofs(passage.text, said or text) if passage else ()
        source = CardCitation(address.law, version, address.article, proof)
        days = (edition.effective_from, edition.effective_to) if edition else (None, None)
        found.setdefault((source.law, version, source.article), CitedArticle(source, *days))
    return tuple(found.values())


def proofs(article: str, said: str) -> tuple[str, ...]:
    """At most three phrases of an article that the text says too: its figures first (三个月 for 3 个月), then the
    longest words they share. Empty when they share nothing.
    """
    short = article[:_LONGEST_ARTICLE]
    spelled = ranking_text(said).replace(" ", "")
    figures = [each for each in dict.fromkeys(_FIGURE.findall(short)) if ranking_text(each).replace(" ", "") in spelled]
    shared = _shared(short, said)
    return tuple(dict.fromkeys((*figures[:2], *shared)))[:_MOST_PROOFS]


def _shared(article: str, said: str) -> list[str]:
    """The longest stretches of Chinese both have, not overlapping in the article, longest first."""
    found: list[str] = []
    rest = re.findall(r"[\u4e00-\u9fff]+", article)
    for length in range(_LONGEST_PROOF, _SHORTEST_PROOF - 1, -1):
        for number, stretch in enumerate(rest):
            for start in range(len(stretch) - length + 1):
                part = stretch[start : start + length]
                if part in said:
                    found.append(part)
                    rest[number] = stretch[start + length :]
                    rest.append(stretch[:start])
                    break
            if len(found) >= _MOST_PROOFS:
                return found
    return found
