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
_PROOF_LENGTHS = 4, 14  # characters
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_WRITTEN = re.compile(r"[\u4e00-\u9fffA-Za-z0-9 :：.—–-]+")  # an address, a number, a time of day
_WRITTEN_LENGTHS = 6, 20  # characters; a year alone proves nothing
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
    # On a notice board an article is an address, a telephone number, opening hours: figures between a few characters.
    return _proofs_in_words(short, said) or tuple(_shared(short, said, _WRITTEN, _WRITTEN_LENGTHS))


def _proofs_in_words(short: str, said: str) -> tuple[str, ...]:
    spelled = ranking_text(said).replace(" ", "")
    figures = [each for each in dict.fromkeys(_FIGURE.findall(short)) if ranking_text(each).replace(" ", "") in spelled]
    shared = _shared(short, said, _CHINESE, _PROOF_LENGTHS)
    return tuple(dict.fromkeys((*figures[:2], *shared)))[:_MOST_PROOFS]


def _shared(article: str, said: str, stretches: re.Pattern[str], lengths: tuple[int, int]) -> list[str]:
    """The longest stretches both have, not overlapping in the article, longest first."""
    found: list[str] = []
    rest = stretches.findall(article)
    for length in range(lengths[1], lengths[0] - 1, -1):
        for number, stretch in enumerate(rest):
            for start in range(len(stretch) - length + 1):
                part = stretch[start : start + length]
                if part in said and _is_whole(part, stretch) and _is_whole(part, said):
                    found.append(part)
                    rest[number] = stretch[start + length :]
                    rest.append(stretch[:start])
                    break
            if len(found) >= _MOST_PROOFS:
                return found
    return found


def _is_whole(part: str, text: str) -> bool:
    """Whether a part begins and ends with words or whole numbers there: 9:00–1 is none of 9:00–17:30."""
    if part != part.strip(" :：.—–-"):
        return False
    number = r"[\d:：.]*\d"
    return re.search(rf"(?<!\d)(?<!\d[:：.]){re.escape(part)}(?!{number})", text) is not None
