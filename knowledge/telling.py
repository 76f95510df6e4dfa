"""What a card or an article says, as an answer with its sources, for the day asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from knowledge import sentences
from knowledge.article_answer import neighbours, standing
from knowledge.articles import Articles
from knowledge.cards import Card, CardCitation, Cards
from knowledge.check import wrong_citations
from knowledge.clauses import place_name
from knowledge.in_time import change_line, unfit
from knowledge.lawbook import LawBook
from knowledge.passages import Answer, Citation, Hit, Passage
from knowledge.proofread import old_numbers
from knowledge.quoting import quote_of
from knowledge.services import Services

_RELATED = 3


@dataclass(frozen=True)
class Telling:
    """Cards and articles as answers; made anew whenever the index changes."""

    cards: Cards
    services: Services
    articles: Articles
    book: LawBook

    def card(self, card: Card, question: str, day: date, on: date, confidence: float) -> Answer:
        """What a card says on `day`, asked on `on`; a hand-over with the reason when it may not be shown.

        Where the outlet answers in its own way, its card speaks, under the same rules: what it rests on must be law.
        """
        card = self.cards.told_instead(card, day) or card
        answer = Answer(
            "answer",
            "question",
            question,
            service_item=card.service_items[0],
            confidence=confidence,
            holds_on=on if card.by_filing_day else day if day <= on and card.is_live(day) else None,
            last_reviewed=card.last_reviewed,
            card_id=card.base_id,
            card_version=card.version,
            layer=card.outlet,
            related=self._related(card, day),
        )
        if reason := self._why_not(card, day, on):
            meanwhile = (card.meanwhile,) if card.meanwhile else ()
            return replace(answer, action="escalate", lead=reason, details=meanwhile)
        told = replace(
            answer,
            lead=card.answer,
            details=card.details,
            citations=tuple(self.cite(each, f"{question}{card.answer}") for each in card.citations),
            notice=self._notice(card, day, on),
        )
        return self.with_old_numbers(told, on)

    def article(self, passage: Passage, asked: str, day: date, on: date) -> Answer:
        """An extract: the article's own words that fit what is asked, nothing of ours but the introduction and what an
        edition must tell.
        """
        edition = self.book.version(passage.law, passage.version)
        quote = quote_of(passage.text, asked)
        state = standing(edition, on) if edition else ""
        told = Answer(
            "answer",
            "article",
            "",
            lead=f"《{passage.law}》{state}{place_name(passage.article)}规定：{quote}",
            citations=(Citation(passage.law, passage.article, passage.version, quote, passage.passage_id),),
            layer=passage.outlet,
            service_item=self.services.of(passage.law, passage.article),
            notice=neighbours(edition, self.book, on) if edition else "",
            holds_on=day if day <= on else None,
        )
        return self.with_old_numbers(told, on)

    def extract(self, hit: Hit, text: str, day: date, on: date) -> Answer:
        """The part of an article that fits a question best, to be offered under the article's name."""
        found = replace(self.article(hit.passage, text, day, on), confidence=hit.coverage)
        edition = self.book.version(hit.passage.law, hit.passage.version)
        state = standing(edition, on) if edition else ""
        name = f"《{hit.passage.law}》{state}{place_name(hit.passage.article)}怎么说？"
        return replace(found, question=name, lead=found.citations[0].quote)

    def with_old_numbers(self, answer: Answer, on: date) -> Answer:
        """The answer with a line on numbers of old laws in what it shows of a text: the first quote, or its lead."""
        in_lead = [each.quote for each in answer.citations if each.quote and each.quote in answer.lead]
        below = [each.quote for each in answer.citations if each.quote and each.quote not in answer.lead]
        told = [old_numbers(each, self.book, on) for each in (*in_lead, *below[:1])]
        return replace(answer, notice="\n".join(each for each in dict.fromkeys((answer.notice, *told)) if each))

    def cite(self, cited: CardCitation, asked: str = "") -> Citation:
        """A source with the article's own words that prove it, when its text is imported; of several equally good ones
        those that fit what is `asked`.
        """
        passage = self.articles.cited(cited)
        if passage is None:
            return Citation(cited.law, cited.article, cited.version)
        quote = quote_of(passage.text, asked or "".join(cited.proof), cited.proof)
        return Citation(cited.law, cited.article, cited.version, quote, passage.passage_id)

    def _why_not(self, card: Card, day: date, on: date) -> str:
        """Why staff must answer although the card is known; empty when it may be shown."""
        if card.is_empty:
            return sentences.NOT_CHECKED if card.jurisdiction == "national" else sentences.LOCAL
        if card.is_about_fees and on > card.review_due:
            return f"收费标准可能已经调整（资料核对到{_chinese(card.last_reviewed)}），请工作人员核实后答复您。"
        if wrong_citations(card, self.book, day):
            return "这条资料里引用的条款需要核对，请工作人员核实后答复您。"
        return unfit(card, (self.articles, self.book), day=day, on=on)

    def _notice(self, card: Card, day: date, on: date) -> str:
        parts = [change_line(card, self.cards, day=day, on=on)]
        if on > card.review_due:
            parts.append(f"本答复应于{_chinese(card.review_due)}前复核，请以最新规定为准。")
        return "".join(parts)

    def _related(self, card: Card, day: date) -> tuple[tuple[str, str], ...]:
        live = [self.cards.version_on(each, day) for each in card.related]
        return tuple((each.base_id, each.title) for each in live if each)[:_RELATED]


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
