"""One question, read by itself → its answer: from a card, from articles, asked back, handed over, or declined.

What else was said in the message, and what was said before, is for `knowledge.answer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from knowledge import sentences
from knowledge.article_evidence import article_answers, article_is_near
from knowledge.card import Card
from knowledge.confidence import Decision, model
from knowledge.elsewhere import is_about_foreign_law
from knowledge.evidence import Question
from knowledge.explain import Look, note
from knowledge.former_law import former_articles
from knowledge.in_time import is_near, not_yet_then
from knowledge.passages import Answer, Hit
from knowledge.proofread import chinese_day
from knowledge.routing import asks_for_service, is_our_field, name_asked_about
from knowledge.several import RANK
from knowledge.tokenise import terms
from knowledge.understand import Reading
from knowledge.view import HITS, View

OPTIONS = 4  # of a question back
# So many of the options are shown with their answers: when one of them is what was meant, the asker has it at once.
OFFERS = 3
# Below this probability of the card the answer names the question it answers, so that the asker sees a mistake at once.
_SURELY_ASKED = 0.95
# Below this probability of the best card an article is offered besides the cards.
UNLIKELY = 0.3
# From this probability of the best card an article is only offered beside the cards: of twelve quoted instead of a
# card that likely, ten spoke of something else (docs/retrieval.md).
_NEAR_CARD = 0.2
_ARTICLES = 3
# From this coverage on a text is shown beside a card that is yet to be written.
_NEARBY = 0.4


class OneQuestion:
    """The way of one question. Safe to share between threads."""

    def __init__(self, view: View) -> None:
        self._view = view

    def answered(self, reading: Reading, text: str, question: str, on: date) -> Answer:
        """One question, repaired when it is no use as typed and the repaired one is surely answered.

        A repair counts only when it brings a term of the field back (砖利 → 专利): same-sounding characters alone
        would turn 判几年 into nonsense.
        """
        found = self._as_typed(reading, text, question, on)
        if found.card_id or found.action == "answer":
            return found
        if name := name_asked_about(text):  # 撤三是什么操作 is like no card; 撤三 is.
            named = self._as_typed(reading, name, question, on)
            return named if named.confidence > found.confidence else found
        if not (repaired := self._view.ground.search.repaired(text)):
            return found
        if len(list(terms(repaired))) <= len(list(terms(text))):
            return found
        meant = self._as_typed(reading, repaired, question, on)
        return replace(meant, repaired=repaired) if RANK[meant.action] > RANK[found.action] else found

    def _as_typed(self, reading: Reading, text: str, question: str, on: date) -> Answer:
        day = reading.day or on
        hits = self._view.find_cards(text, day)
        found = self._view.rated(text, hits, is_ours=reading.is_ours)
        decision = self._view.decided(text, found, is_ours=reading.is_ours)
        note(Look(text, day, tuple(hits), tuple(found), decision))
        likely = tuple((each.card.base_id, each.probability) for each in found)
        # 网点有没有人帮看德国的专利 asks for help here, whatever it is about.
        is_matter = decision.action in {"answer", "clarify"} and not asks_for_service(text)
        if is_matter and is_about_foreign_law(text, decision.candidates[0].card):
            service = decision.candidates[0].card.service_items[0]
            return Answer("escalate", "foreign", question, sentences.FOREIGN, service_item=service, hits=tuple(hits))
        if day < on and (unknown := self._unknown_then(reading, text, on, decision)):
            return replace(unknown, question=question)
        if decision.action == "answer" or _waits_for_the_outlet(decision):
            card = self.version_asked(decision.candidates[0].card, reading, on)
            found_answer = self._view.telling.card(card, question, day, on, decision.confidence)
            if card.is_empty:
                found_answer = self._with_texts_nearby(found_answer, text, day, on)
            as_asked = decision.confidence >= _SURELY_ASKED or bool(decision.candidates[0].evidence["exact"])
            understood_as = "" if as_asked else card.title
            return replace(found_answer, hits=tuple(hits), likely=likely, understood_as=understood_as)
        articles = self._view.find(text, day, _ARTICLES, "article")
        is_ours = decision.action != "out_of_scope"
        has_near_card = decision.action == "clarify" and decision.confidence >= _NEAR_CARD
        if is_ours and not has_near_card and (article := self._from_articles(articles, text, question, day, on)):
            return replace(article, service_item=self._view.service_of_article(article, reading, found))
        hits = [*hits, *articles]
        undecided = self._undecided(decision, reading, question, self._view.service_of(reading, found, hits))
        if not is_ours:
            return replace(undecided, hits=tuple(hits))
        offers = self._offers(undecided, articles, text, reading, on)
        if offers and undecided.action == "escalate":
            undecided = replace(undecided, action="clarify", lead=sentences.ASK_WITH_ARTICLES)
        if undecided.action == "clarify" and len(undecided.options) == 1:
            undecided = replace(undecided, lead=sentences.ASK_ABOUT_ONE)
        return replace(undecided, hits=tuple(hits), likely=likely, offers=offers)

    def _unknown_then(self, reading: Reading, text: str, on: date, then: Decision) -> Answer | None:
        """A past day for which only today's rule is known: said so, never told as the rule of that day.

        So when a card that had no version then answers today, or ranks before the one that would answer for that day
        (`then`).
        """
        day = reading.day or on
        hits = self._view.find_cards(text, on)
        found = self._view.rated(text, hits, is_ours=reading.is_ours)
        decision = self._view.decided(text, found, is_ours=reading.is_ours)
        if not found or "answer" not in {decision.action, then.action}:
            return None
        card = found[0].card
        if self._view.cards.version_on(card.card_id, day) or card.effective_from is None:
            return None
        rival = then.candidates[0].card if then.candidates else None
        is_gone = rival is not None and not self._view.cards.version_on(rival.card_id, on)
        if is_gone and decision.confidence <= then.confidence:  # nothing ranked the two together
            return None
        if told := self._as_it_was(card, text, day, on):
            return replace(told, service_item=card.service_items[0], hits=tuple(hits), confidence=decision.confidence)
        lead = not_yet_then(card.effective_from, day, on)
        return Answer("escalate", "question", "", lead, service_item=card.service_items[0], hits=tuple(hits))

    def _as_it_was(self, card: Card, text: str, day: date, on: date) -> Answer | None:
        """The words of the law of that day in place of a card that tells today's; ``None`` when they are not known."""
        laws = self._view.telling.articles, self._view.telling.book
        then = former_articles(card, laws, day, lambda words: self._view.find(words, day, HITS, "article"))
        if not then:
            return None
        told = [self._view.telling.article(hit.passage, text, day, on) for hit in then]
        lead = "\n".join((sentences.AS_IT_WAS.format(day=chinese_day(day)), *(each.lead for each in told)))
        cited = tuple(one for each in told for one in each.citations)
        notice = "\n".join(dict.fromkeys(each.notice for each in told if each.notice))
        return replace(told[0], lead=lead, citations=cited, notice=notice)

    def _with_texts_nearby(self, handed: Answer, text: str, day: date, on: date) -> Answer:
        """What staff have to answer, with what an imported text says of it that no card cites: a notice of the district
        (申报通知), say. The laws that cards cite were read when the card stayed empty.
        """
        asked = Question.of(text)
        near = [
            hit
            for hit in self._view.find(text, day, _ARTICLES, "article")
            if hit.coverage >= _NEARBY and not self._view.services.knows(hit.passage.law)
            if is_our_field(hit.passage.law + hit.passage.text) and article_is_near(asked, hit.passage)
        ]
        if not near or handed.action != "escalate":
            return handed
        offers = tuple(self._view.telling.extract(hit, text, day, on) for hit in near)
        return replace(handed, details=(*handed.details, sentences.TEXTS_NEARBY), offers=offers)

    def _offers(
        self, undecided: Answer, articles: Sequence[Hit], text: str, reading: Reading, on: date
    ) -> tuple[Answer, ...]:
        """The answers behind the first options of a question back, and the articles nearest to it."""
        day = reading.day or on
        found = (self._view.cards.version_on(card_id, day) for card_id, _ in undecided.options[:OFFERS])
        cards = [self._view.cards.as_filed(each, reading.filed) for each in found if each]
        offers = [self._view.telling.card(each, each.title, day, on, undecided.confidence) for each in cards]
        cited = {(each.law, each.article) for offer in offers for each in offer.citations}
        asked = Question.of(text)
        near = [
            hit
            for hit in articles
            if hit.coverage >= model().offer_article_at
            and (hit.passage.law, hit.passage.article) not in cited
            and is_our_field(hit.passage.law + hit.passage.text)
            and article_is_near(asked, hit.passage)
        ]
        fits = any(hit.coverage >= model().article_at and article_answers(asked, hit.passage) for hit in near)
        free = max(free_offers(offers, undecided), int(fits))
        return (*offers, *(self._view.telling.extract(hit, text, day, on) for hit in near[:free]))

    def version_asked(self, card: Card, reading: Reading, on: date) -> Card:
        """The version of a card that is asked for: by the day something was filed, or the coming one."""
        card = self._view.cards.as_filed(card, reading.filed)
        following = self._view.cards.next_version(card.card_id) if reading.wants_new_law and not reading.day else None
        return following if following and is_near(following, on) else card

    def _from_articles(self, hits: Sequence[Hit], text: str, question: str, day: date, on: date) -> Answer | None:
        # General laws (民法典, 公证法) answer here only where they speak of our field.
        asked = Question.of(text)
        fitting = (
            hit
            for hit in hits
            if hit.coverage >= model().article_at
            and is_our_field(hit.passage.law + hit.passage.text)
            and article_answers(asked, hit.passage)
        )
        if (top := next(fitting, None)) is None:
            return None
        answer = self._view.telling.article(top.passage, text, day, on)
        return replace(answer, question=question, confidence=top.coverage, hits=tuple(hits))

    def _undecided(self, decision: Decision, reading: Reading, question: str, service: str) -> Answer:
        if decision.action == "clarify":
            options = tuple((each.card.base_id, each.card.title) for each in decision.candidates)[:OPTIONS]
            return Answer(
                "clarify",
                reading.label,
                question,
                sentences.ASK_BACK,
                service_item=service,
                options=options,
                confidence=decision.confidence,
            )
        if decision.action == "escalate":
            return Answer(
                "escalate",
                reading.label,
                question,
                sentences.NO_EVIDENCE,
                service_item=service,
                confidence=decision.confidence,
            )
        return Answer(
            "out_of_scope",
            "out_of_scope",
            question,
            sentences.OUT_OF_SCOPE,
            service_item="out_of_scope",
            confidence=decision.confidence,
        )


def _waits_for_the_outlet(decision: Decision) -> bool:
    """Whether the question is most probably one that the outlet has yet to fill in: asking back would lead nowhere."""
    if decision.action != "clarify" or decision.confidence < UNLIKELY:
        return False
    best, *others = decision.candidates
    if any(not each.card.is_empty and each.probability >= _NEAR_CARD for each in others):
        return False  # Something that can be answered may be meant as well.
    return best.card.is_empty and not best.evidence["unasked_act"] and not best.evidence["title_aspect"]


def free_offers(cards: Sequence[Answer], undecided: Answer) -> int:
    """How many articles may be offered beside cards: one at least when no card is likely."""
    return max(1 if undecided.confidence < UNLIKELY else 0, OFFERS - len(cards))
