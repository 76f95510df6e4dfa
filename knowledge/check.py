"""Whether cards, facts and guides still say what the imported texts say, and agree (``zhixun check``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.articles import Articles, articles_of, found_in
from knowledge.cards import Card, CardCitation, Cards
from knowledge.contradictions import Contradiction, find_contradictions
from knowledge.facts import Fact
from knowledge.guide import Guide, Leaf
from knowledge.guides import NO_GUIDES, Guides
from knowledge.lawbook import Edition, LawBook, law_book
from knowledge.passages import Passage
from knowledge.proofread import flaws
from knowledge.reviewed import Reviewed

Finding = Literal[
    "proven",
    "proof missing",
    "not imported",
    "no such version",
    "not in force",
    "wrong citation",
    "review due",
    "expired",
    "no reason",
    "outdated override",
    "empty",
]

# What each finding means to an outlet; those that need somebody's attention make `zhixun check` exit with a failure.
MEANING: dict[Finding, str] = {
    "proven": "出处已核对",
    "proof missing": "条款里找不到出处关键词，请核对答复",
    "not imported": "出处原文尚未导入，无法核对",
    "no such version": "资料里有这部规定，却没有所引的版本，请改正 version 或导入那个版本",
    "not in force": "所引条款在有效期内不是现行规定，请更新出处",
    "wrong citation": "正文里引用的条款有误，改正之前转人工",
    "review due": "已过复核日期，请复核后更新 last_reviewed 和 review_due",
    "expired": "已失效，且没有后续版本",
    "no reason": "改写了附带的卡片，却没有写理由，请补上 override_reason",
    "outdated override": "网点改写的市级卡片后来变了，请再看一遍这一改写还对不对（drafts overrides）",
    "empty": "待补充，目前转人工",
}
_NEEDS_ATTENTION: frozenset[Finding] = frozenset(
    {
        *("proof missing", "no such version", "not in force", "wrong citation"),
        *("review due", "expired", "no reason", "outdated override"),
    }
)


@dataclass(frozen=True)
class CardFinding:
    """One thing found out about a card, a fact (``事实 <id>``) or the ending of a guide (``引导 <guide>/<ending>``).

    `place` is the citation as people write it, empty for the card as a whole.
    """

    card_id: str
    finding: Finding
    place: str = ""
    details: str = ""

    @property
    def needs_attention(self) -> bool:
        """Whether somebody must act."""
        return self.finding in _NEEDS_ATTENTION

    def __str__(self) -> str:
        place = f"（{self.place}{'：' + self.details if self.details else ''}）" if self.place else ""
        return f"{self.card_id}：{MEANING[self.finding]}{place}"


@dataclass(frozen=True)
class CheckReport:
    """All findings, card by card, the problems met when the cards were loaded, and what disagrees."""

    findings: tuple[CardFinding, ...]
    problems: tuple[str, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def counts(self) -> dict[Finding, int]:
        """How often each finding occurs; every finding has its entry."""
        counted = Counter(each.finding for each in self.findings)
        return {finding: counted[finding] for finding in MEANING}

    @property
    def needs_attention(self) -> tuple[CardFinding, ...]:
        """What somebody must act on."""
        return tuple(each for each in self.findings if each.needs_attention)

    @property
    def is_sound(self) -> bool:
        """Nothing to act on."""
        return not (self.problems or self.needs_attention or self.contradictions)


def check_cards(  # noqa: PLR0913  everything that may disagree, each optional
    cards: Cards,
    passages: Iterable[Passage],
    on: date,
    *,
    reviewed: Sequence[Reviewed] = (),
    known: Iterable[Edition] = (),
    guides: Guides = NO_GUIDES,
) -> CheckReport:
    """Compare every card, every fact and every ending of a guide with the imported articles.

    Args:
        cards: As loaded; their own problems are passed on.
        passages: What the index holds (`Index.passages`); cards among them are ignored.
        on: Today, for review dates and expiry.
        reviewed: What looks like a contradiction and is none.
        known: Facts about editions of laws, imported or not (see `law_book`).
        guides: As loaded; their own problems are passed on too.
    """
    articles, known = articles_of(passages), tuple(known)
    texts = _Texts(articles, frozenset((each.law, each.version) for each in known))
    findings = [found for card in cards.by_id.values() for found in _findings(card, cards, texts, on)]
    findings += [found for rows in cards.facts.by_id.values() for row in rows for found in _of_fact(row, texts, on)]
    findings += [CardFinding(each.card_id, "no reason") for each in cards.overrides if not each.reason]
    local = [each for each in cards.local_overrides() if each.is_live(on) and cards.is_outdated(each, on)]
    findings += [CardFinding(each.card_id, "outdated override") for each in local]
    findings += [found for guide in guides.by_id.values() for found in _of_guide(guide, texts, on)]
    book = law_book(articles, known, cards)
    findings += [found for card in cards.by_id.values() for found in wrong_citations(card, book, on)]
    disagreeing = find_contradictions(cards, articles, on=on, reviewed=reviewed)
    return CheckReport(tuple(findings), cards.problems + guides.problems, tuple(disagreeing))


def wrong_citations(card: Card, book: LawBook, on: date) -> list[CardFinding]:
    """What is wrong with the citations in a card's own words on a day, or on the nearest on which it holds."""
    day = max(on, card.effective_from or on)
    found = flaws("\n".join((card.answer, *card.details)), book, min(day, card.effective_to or day))
    held = (each for each in found if each.holds_back)
    return [CardFinding(card.card_id, "wrong citation", str(each.address), each.sentence) for each in held]


@dataclass(frozen=True)
class _Texts:
    """The imported articles, and the laws and versions that are known to exist, imported or not."""

    articles: Articles
    known: frozenset[tuple[str, str]]


def _findings(card: Card, cards: Cards, texts: _Texts, on: date) -> Iterable[CardFinding]:
    if card.is_empty:
        yield CardFinding(card.card_id, "empty", details=card.missing)
    if card.effective_to and card.effective_to < on and cards.next_version(card.card_id) is None:
        yield CardFinding(card.card_id, "expired", f"到 {card.effective_to}")
    elif on > card.review_due and (card.effective_to is None or card.effective_to >= on):
        yield CardFinding(card.card_id, "review due", f"{card.review_due}")
    yield from (_citation_finding(card.card_id, card, each, texts) for each in _own_citations(card))


def _own_citations(card: Card) -> Iterable[CardCitation]:
    """The card's citations without those of its facts, which are looked up once for all cards."""
    of_facts = {row.source for row in card.facts}
    return (each for each in card.citations if each not in of_facts)


def _of_fact(row: Fact, texts: _Texts, on: date) -> Iterable[CardFinding]:
    name = f"事实 {row.fact_id}"
    if on > row.review_due and (row.effective_to is None or row.effective_to >= on):
        yield CardFinding(name, "review due", f"{row.review_due}")
    yield _citation_finding(name, row, row.source, texts)


def _of_guide(guide: Guide, texts: _Texts, on: date) -> Iterable[CardFinding]:
    if on > guide.review_due:
        yield CardFinding(f"引导 {guide.guide_id}", "review due", f"{guide.review_due}")
    for group in (guide.leaves, guide.gaps):
        for leaf in (each for versions in group.values() for each in versions):
            name = f"引导 {guide.guide_id}/{leaf.leaf_id}"
            yield from (_citation_finding(name, leaf, each, texts) for each in leaf.citations)


def _citation_finding(name: str, holder: Card | Fact | Leaf, citation: CardCitation, texts: _Texts) -> CardFinding:
    articles = texts.articles
    article = f" 第{citation.article}条" if citation.article[:1].isdigit() else citation.article
    place = f"《{citation.law}》{citation.version}{article}"
    if not articles.is_imported(citation):
        is_unheard_of = articles.has_law(citation.law) and (citation.law, citation.version) not in texts.known
        return CardFinding(name, "no such version" if is_unheard_of else "not imported", place)
    passage = articles.cited(citation)
    found = found_in(passage.text, citation.proof) if passage else []
    if len(found) < len(citation.proof):
        missing = "、".join(each for each in citation.proof if each not in found)
        return CardFinding(name, "proof missing", place, missing)
    if passage and not _covers(passage, holder):
        return CardFinding(name, "not in force", place)
    return CardFinding(name, "proven", place)


def _covers(passage: Passage, holder: Card | Fact | Leaf) -> bool:
    """Whether the article is law on all days of its holder (an unknown start of the holder is no reproach)."""
    start, end = holder.effective_from, holder.effective_to
    starts = start is None or passage.effective_from is None or passage.effective_from <= start
    if passage.effective_to is None:
        return starts
    return starts and end is not None and end <= passage.effective_to
