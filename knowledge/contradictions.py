"""Cards that disagree: with each other, with a fact, or with the texts they cite. Pure; run every night and by `check`.

Precision comes first: a list full of false alarms is read by nobody. Two figures are compared only when they have the
same unit, stand in nearly the same words, and their cards rest on one article or answer one question. What somebody
looked at and found right is data with its reason (`knowledge.reviewed`).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import combinations
from typing import Literal

from knowledge.articles import NO_ARTICLES, Articles
from knowledge.card import Card
from knowledge.cards import Cards
from knowledge.facts import Fact, spelled_out
from knowledge.figures import Figure, figures, measure
from knowledge.reviewed import Reviewed

Kind = Literal["cards", "fact", "text"]
_Place = tuple[str, str]  # law and article

# Shares of common pairs of characters. On the shipped cards no two figures of one meaning fall below these, and what
# lies above them and is right stands in reviewed.toml.
_SAME_WORDS = 0.6
_SAME_QUESTION = 0.75
_NAMED = 0.75
_BEFORE, _AFTER = 16, 10
# With these units a number is a rule; 一件, 三个 and 两次 are just how people talk.
_BINDING = frozenset({"元", "月", "日", "工作日", "小时", "年", "%", "倍"})
_TALK = re.compile(r"[哪这那同某]$")
_EXAMPLE = re.compile("例如|比如|举例|假如|比方")
_BOUND = re.compile("以上|以下|以内|内|不满|至|后")
_SENTENCE_ENDS = "。；\n"


@dataclass(frozen=True)
class Contradiction:
    """Two statements that cannot both be right, or one that its sources do not bear out.

    `places` are the cards, then the fact; `figures` what they say; `reason` is a sentence for staff with the cure.
    """

    kind: Kind
    places: tuple[str, ...]
    figures: tuple[str, ...]
    reason: str

    @property
    def key(self) -> str:
        """The same contradiction has the same key tomorrow."""
        whole = "|".join((self.kind, *self.places, *self.figures))
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class _Mention:
    """One figure of a card. `source` is the article of its fact (law and article), ``None`` when it was typed. `before`
    and `after` are the words around it.
    """

    card: Card
    figure: Figure
    source: _Place | None
    sentence: str
    before: str
    after: str

    @cached_property
    def pairs(self) -> frozenset[str]:
        return _pairs(self.before + self.after)

    @cached_property
    def bound(self) -> str:
        """10万元以上 and 10万元以下 are two things."""
        found = _BOUND.match(self.after)
        return found[0] if found else ""

    @property
    def measure(self) -> tuple[object, str]:
        return self.figure.number, self.figure.unit


def find_contradictions(
    cards: Cards, articles: Articles = NO_ARTICLES, *, on: date, reviewed: Sequence[Reviewed] = ()
) -> list[Contradiction]:
    """What disagrees among all cards that hold on that day or later, ordered by place.

    Args:
        cards: As loaded, with their facts.
        articles: The imported texts; cards whose texts are missing are not compared with them.
        on: Today; cards that have ended are past mending.
        reviewed: What may stay.
    """
    held = [card for card in cards.by_id.values() if not card.is_empty and (card.effective_to or on) >= on]
    mentions = {card.card_id: list(_mentions(card)) for card in held}
    found = [*_between_cards(held, mentions), *_with_facts(cards, mentions), *_with_texts(articles, mentions)]
    allowed = {(each.places, each.figures) for each in reviewed}
    left = {each.key: each for each in found if (frozenset(each.places), frozenset(each.figures)) not in allowed}
    return sorted(left.values(), key=lambda each: (each.places, each.figures))


# --- card and card ---------------------------------------------------------------------------------------------------


def _between_cards(held: Sequence[Card], mentions: Mapping[str, Sequence[_Mention]]) -> Iterator[Contradiction]:
    for one, other, common in _comparable(held):
        others = [each for each in mentions[other.card_id] if _is_about(each, common)]
        for mention in (each for each in mentions[one.card_id] if _is_about(each, common)):
            rival = _closest(mention, others)
            if rival and rival.measure != mention.measure and not (mention.source and rival.source):
                yield _disagreement(mention, rival, common)


def _may_meet(one: Card, other: Card) -> bool:
    """Whether one person may get both: no versions of one card, no cards of two outlets, none instead of the other."""
    if one.base_id == other.base_id or (one.outlet and other.outlet and one.outlet != other.outlet):
        return False
    return one.overrides != other.base_id and other.overrides != one.base_id


def _comparable(held: Sequence[Card]) -> Iterator[tuple[Card, Card, set[_Place]]]:
    """Pairs of cards that both hold on some day, and the articles they share; none when they share the question."""
    questions = {card.card_id: _pairs(card.title) for card in held}
    places = {card.card_id: {(each.law, each.article) for each in card.citations} for card in held}
    for one, other in combinations(held, 2):
        is_same_question = _likeness(questions[one.card_id], questions[other.card_id]) >= _SAME_QUESTION
        common = places[one.card_id] & places[other.card_id]
        if (common or is_same_question) and _may_meet(one, other) and _overlap(one, other):
            yield one, other, set() if is_same_question else common


def _is_about(mention: _Mention, common: set[_Place]) -> bool:
    """Whether a figure may come from one of the shared articles; of a fact we know from which it comes."""
    return not common or mention.source is None or mention.source in common


def _closest(mention: _Mention, others: Iterable[_Mention]) -> _Mention | None:
    """The figure in the words most like these, but rather one that agrees: who says both is not against either."""
    alike = [
        (each.measure == mention.measure, likeness, n, each)
        for n, each in enumerate(others)
        if each.figure.unit == mention.figure.unit and each.bound == mention.bound
        if (likeness := _likeness(mention.pairs, each.pairs)) >= _SAME_WORDS
    ]
    return max(alike)[-1] if alike else None


def _disagreement(mention: _Mention, rival: _Mention, common: set[_Place]) -> Contradiction:
    shared = f"都依据{_spelled(*min(common))}" if common else "问的几乎是同一个问题"
    first, second = sorted((mention, rival), key=lambda each: each.card.card_id)
    reason = (
        f"卡片 {first.card.base_id} 说“{first.sentence}”，卡片 {second.card.base_id} 说“{second.sentence}”，{shared}，"
        f"而 {first.figure.written} 和 {second.figure.written} 不一致。请核对原文，改正其中一张。"
    )
    places = (first.card.base_id, second.card.base_id)
    return Contradiction("cards", places, (first.figure.written, second.figure.written), reason)


# --- card and fact ---------------------------------------------------------------------------------------------------


def _with_facts(cards: Cards, mentions: Mapping[str, Sequence[_Mention]]) -> Iterator[Contradiction]:
    """Typed figures that a fact of the same article names otherwise."""
    rows: dict[_Place, list[Fact]] = defaultdict(list)
    for row in (row for found in cards.facts.by_id.values() for row in found):
        rows[row.source.law, row.source.article].append(row)
    for found in mentions.values():
        for mention in (each for each in found if not each.source):
            for place in {(each.law, each.article) for each in mention.card.citations}:
                yield from _otherwise(mention, [row for row in rows[place] if _overlap(row, mention.card)])


def _otherwise(mention: _Mention, rows: Sequence[Fact]) -> Iterator[Contradiction]:
    if any(measure(row.value, row.unit) == mention.measure for row in rows):
        return
    told = _pairs(mention.card.title + mention.sentence)
    for row in rows:
        name = _pairs(re.sub("（.*?）", "", row.name))
        if measure(row.value, row.unit)[1] == mention.figure.unit and len(name & told) >= _NAMED * len(name):
            yield _outdated(mention, row)


def _outdated(mention: _Mention, row: Fact) -> Contradiction:
    amount = f"{row.value.normalize():f}{row.unit}"
    reason = (
        f"卡片 {mention.card.base_id} 写着“{mention.sentence}”，而事实 {row.fact_id}（{row.name}）是 {amount}，"
        f"出自同一条。请在卡片里改用 {{{row.fact_id}}}，或改正事实。"
    )
    return Contradiction("fact", (mention.card.base_id, row.fact_id), (mention.figure.written, amount), reason)


# --- card and text ---------------------------------------------------------------------------------------------------


def _with_texts(articles: Articles, mentions: Mapping[str, Sequence[_Mention]]) -> Iterator[Contradiction]:
    """Typed figures that stand in none of the cited articles."""
    for found in mentions.values():
        typed = [each for each in found if not each.source]
        if not typed or (known := _figures_cited(typed[0].card, articles)) is None:
            continue
        yield from (_unborne(each) for each in typed if not _is_borne_out(each.figure, known))


def _figures_cited(card: Card, articles: Articles) -> set[tuple[object, str]] | None:
    """All figures of the cited articles; ``None`` when one of the texts is not imported."""
    passages = [articles.cited(each) for each in card.citations]
    if not passages or not all(passages):
        return None
    return {(each.number, each.unit) for passage in passages if passage for each in figures(passage.text)}


def _is_borne_out(figure: Figure, known: set[tuple[object, str]]) -> bool:
    """Fee tables give bare numbers under a heading with the unit."""
    return (figure.number, figure.unit) in known or (figure.number, "") in known


def _unborne(mention: _Mention) -> Contradiction:
    reason = (
        f"卡片 {mention.card.base_id} 写着“{mention.sentence}”，所引条款里没有 {mention.figure.written} 这个数。"
        "请核对原文，改正数字或补上出处。"
    )
    return Contradiction("text", (mention.card.base_id,), (mention.figure.written,), reason)


# --- figures of a card -----------------------------------------------------------------------------------------------


def _mentions(card: Card) -> Iterator[_Mention]:
    """The binding figures a card states; those of worked examples are left out."""
    sources = {row.fact_id: (row.source.law, row.source.article) for row in card.facts}
    told, filled = "", {}
    for piece, terms in spelled_out(card.written, card.facts):
        if terms:
            filled[len(told)] = sources[re.split(r"[-*+]", terms)[0]]
        told += piece
    for figure in figures(told):
        start = max(told.rfind(sign, 0, figure.start) for sign in _SENTENCE_ENDS) + 1
        sentence = re.split(f"[{_SENTENCE_ENDS}]", told[start:], maxsplit=1)[0]
        before = told[start : figure.start]
        if figure.unit not in _BINDING or _TALK.search(before) or _EXAMPLE.search(sentence):
            continue
        subject = card.title if len(before) < 4 else ""  # “3年，自……” says what it is in the question
        after = re.split("[，：]", sentence[figure.end - start :][:_AFTER], maxsplit=1)[0]
        yield _Mention(card, figure, filled.get(figure.start), sentence, subject + before[-_BEFORE:], after)


def _pairs(words: str) -> frozenset[str]:
    """The pairs of neighbouring characters, without signs and numbers."""
    bare = re.sub(r"[\W\d]", "", words)
    return frozenset(bare[n : n + 2] for n in range(len(bare) - 1))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _overlap(one: Card | Fact, other: Card | Fact) -> bool:
    """Whether both hold on some day."""
    starts = max(one.effective_from or date.min, other.effective_from or date.min)
    return starts <= min(one.effective_to or date.max, other.effective_to or date.max)


def _spelled(law: str, article: str) -> str:
    return f"《{law}》第{article}条" if article[:1].isdigit() else f"《{law}》{article}"
