"""Question and day → `Answer`: from a card when sure of it, else from an article, else asking back or handing over.

Pure: no database, clock or network; the same index, question and day give the same answer. No answer without a
citation, and never one from a law that is not in force on the day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from knowledge import sentences
from knowledge.article_answer import Asked, article_answer
from knowledge.cards import CardCitation, Cards
from knowledge.changes import Compare, card_of_changes, comparison_told, revision_meant
from knowledge.check import CardFinding, wrong_citations
from knowledge.citations import ArticleAddress
from knowledge.common_ground import CommonGround, Finder
from knowledge.confidence import Candidate, Decision, model
from knowledge.elsewhere import is_about_foreign_law
from knowledge.explain import Look, looking, note, pressed, trace_of
from knowledge.lawbook import Edition, LawBook
from knowledge.local_laws import WHOLE
from knowledge.named import article_addresses
from knowledge.one_question import OFFERS, OPTIONS, UNLIKELY, OneQuestion, free_offers
from knowledge.parts import questions_in
from knowledge.passages import Answer, Citation
from knowledge.proofread import Flaw, flaws
from knowledge.routing import (
    asks_for_lecture,
    asks_for_rule,
    asks_for_service,
    is_local,
    is_pressing,
    may_be_a_case,
    may_complain_of_us,
    only_asks_of_outlet,
    says_nothing_else,
    tells_a_case,
    tells_own_dispute,
)
from knowledge.services import GENERAL_SERVICE
from knowledge.several import agreed_card, answerable_first, joined, likely_cards, supported, surest
from knowledge.sounds import readings
from knowledge.tokenise import normalise, terms
from knowledge.understand import Reading, understand
from knowledge.view import HITS, View, card_id_of
from knowledge.wrapped import clauses_of, wishes_for_person

# Small talk, abuse and the like are short; in longer messages there is something to look for.
_LONGEST_SMALL_TALK = 40
_TYPED_WRONGLY = "伤标"  # what makes the parts that repair a question be made
# A case of one's own must sound this much like our field: 帮我写一首诗 does not.
_FIELD_OF_A_CASE = 0.25
# What sounds this much like our field is read like what names it: of the labelled questions of other fields none does.
_SOUNDS_OURS = 0.8
# A remark on the last question sounds at least this much like our field: 离婚财产怎么分 does not.
_FIELD_OF_A_REMARK = 0.2
# One that sounds less like it (我不服怎么申诉) is one when a card about the last question's matter probably answers it.
_FIELD_OF_A_FAINT_REMARK = 0.1
# Below this probability of the best card there is nothing that a case told at length could be asked back with.
_NOTHING_LIKELY = 0.06
# Labels of what a person must answer while another question in the same message may need nobody; and how sure the
# card must be that answers it.
_WITH_OTHER_QUESTIONS = frozenset({"personal", "local", "urgent"})
_SURE_BESIDE = 0.6
# Labels of what is refused, whatever else is said; only who wishes for a person still gets one.
_FORBIDDEN = frozenset({"injection", "abuse", "wrongdoing"})
# From this probability the rule is told beside handing a case over.
_RULE_OF_A_CASE = 0.4


_OWN_RULES = re.compile("公司(?!法$)|单位|企业|学校|我们|你们|他们|本厂|工厂")  # 我们公司考勤管理办法 is nobody's law


def _unlike(reading: Reading, typed: str) -> list[str]:
    """What a message cannot be, however much it sounds so: it lacks all words of it, or wants a lecturer, no person."""
    lacks = {
        "urgent": not is_pressing(typed),
        "personal": not (reading.is_ours or may_be_a_case(typed)),
        "complaint": not may_complain_of_us(typed),
        "human": asks_for_lecture(typed),
    }
    return [label for label, is_lacking in lacks.items() if is_lacking]


def _is_no_small_talk(reading: Reading) -> bool:
    """Whether a message follows up, is long, or only asks for what our field calls so: SEP是什么东西."""
    return reading.follows_up or len(reading.text) > _LONGEST_SMALL_TALK or says_nothing_else(reading.text)


def _has_found_nothing(found: Answer) -> bool:
    """Whether a message would be declined, or asked back with cards none of which is likely."""
    return found.action == "out_of_scope" or (found.action == "clarify" and found.confidence < _NOTHING_LIKELY)


_OTHERS = re.compile("被|对方|竞争对手|同行|员工|别人|[他她]们?(把|拿|用|偷|发)")
_WISHES = re.compile("怎么|怎样|如何|咋|帮我|教|想|能不能|可以|办法|渠道")


def is_told_of_others(text: str) -> bool:
    """Whether a message tells what others have done and wants nothing for itself: who was wronged is not refused."""
    return bool(_OTHERS.search(text)) and not _WISHES.search(text)


class Answerer:
    """The answering path (see `handlers.desk.Answerer`). Safe to share between threads."""

    def __init__(  # noqa: PLR0913  its parts, each named
        self,
        search: Finder,
        cards: Cards,
        known: Iterable[Edition] = (),
        *,
        compare: Compare | None = None,
        ground: CommonGround | None = None,
        outlet: str = "",
    ) -> None:
        """`known`: facts about editions of laws, imported or not (see `law_book`); `compare`: tells what one edition
        changed in another; `ground`: of the same path for everybody, when this one is that of an `outlet`.
        """
        self._ground = ground or CommonGround(search, cards, known, compare)
        self._search = search
        self._view = View(self._ground, cards if ground else cards.seen_from(""), outlet)
        self._one = OneQuestion(self._view)
        self._outlets: dict[str, Answerer] = {}

    def prepare(self) -> None:
        """Make now what the first questions would wait for: two seconds' work at first, and next to none after that."""
        _ = self._ground.wordings, self._ground.service_words, self._ground.manners, self._ground.telling()
        self._search.repaired(_TYPED_WRONGLY)
        readings(_TYPED_WRONGLY)

    def _seen_from(self, outlet: str) -> Answerer:
        """The path for who belongs to an outlet (网点): with its own cards and texts, and where it answers in its own
        way, so.
        """
        if outlet not in self._outlets:
            cards = self._ground.cards.seen_from(outlet)
            self._outlets[outlet] = Answerer(self._search, cards, ground=self._ground, outlet=outlet)
        return self._outlets[outlet]

    @property
    def outlets(self) -> frozenset[str]:
        """The outlets that have cards or texts of their own; none seen from an outlet."""
        return frozenset() if self._view.outlet else self._ground.outlets

    def answer(self, question: str, on: date, *, previous: str = "", outlet: str = "") -> Answer:
        """The answer on that day. `previous` is the question of the last turn, for follow-ups like 那费用呢, `outlet`
        where the asker belongs, "" nowhere: it gives one answer, its own where it has one.
        """
        if outlet in self.outlets:
            return self._seen_from(outlet).answer(question, on, previous=previous)
        laws = self._view.renew().titles
        reading = understand(question, on, previous=previous, laws=laws, sounds_ours=self._sounds_ours)
        with looking() as looks:
            found = self._answered(reading, question, on)
        if reading.label not in sentences.FIXED:
            known_terms = tuple(dict.fromkeys(term.official for term in terms(reading.text[:500])))
            meant = found.repaired or (reading.repaired if found.action in {"answer", "clarify"} else "")
            service = self._view.service_of_answer(found, reading, on)
            found = replace(
                answerable_first(found), service_item=service, terms=known_terms, day=reading.day, repaired=meant
            )
        return replace(found, trace=trace_of(question, reading, looks, found, generation=self._search.generation))

    def card(self, card_id: str, on: date, *, day: date | None = None, outlet: str = "") -> Answer | None:
        """The answer of one card (a pressed button) for that day, today when none is named, as `outlet` gives it;
        ``None`` when there is no such live card on it.
        """
        if outlet in self.outlets:
            return self._seen_from(outlet).card(card_id, on, day=day)
        self._view.renew()
        card = self._view.cards.version_on(card_id, day or on)
        if card is None:
            return None
        opened = self._view.telling.card(card, card.title, day or on, on, 1.0)
        return replace(opened, trace=pressed(card_id, opened, day, generation=self._search.generation))

    def wrong_cards(self, on: date) -> list[CardFinding]:
        """The live cards whose own words cite a wrong article: they are not given until they are right."""
        book = self.book
        return [found for card in self._ground.cards.live_on(on) for found in wrong_citations(card, book, on)]

    def flaws(self, text: str, on: date) -> tuple[Flaw, ...]:
        """What is wrong with the citations of a text that goes out on that day."""
        return flaws(text, self.book, on)

    @property
    def book(self) -> LawBook:
        """What is known of all laws at this moment, those of all outlets too."""
        return self._ground.telling(WHOLE).book

    def nearest(self, question: str, on: date) -> list[Candidate]:
        """The cards a question comes closest to on that day, the most probable first; for staff, not an answer."""
        reading = understand(question, on)
        hits = self._view.find_cards(reading.text, on)
        return self._view.rated(reading.text, hits, is_ours=True)

    def cite(self, cited: CardCitation) -> Citation:
        """A source with the article's own words, when its text is imported."""
        self._view.renew()
        return self._view.telling.cite(cited)

    # --- ways to an answer ---

    def _answered(self, reading: Reading, question: str, on: date) -> Answer:
        if reading.label in _FORBIDDEN and self._sounds_like_wish_for_person(reading.text):
            return self._routed(replace(reading, label="human"), question, on)
        if reading.label != "question":
            routed = self._routed(reading, question, on)
            is_case = reading.label == "personal"
            found = self._surest_wording(reading, question, on) if is_case else routed
            return self._with_rule(routed, found, reading.day, on) if is_case else routed
        found = self._found(reading, question, on)
        if reading.lacks_subject and (not found.card_id or found.understood_as):
            return self._asked_of_what(reading, question, found)
        if label := self._manner(reading, question, found):
            routed = self._routed(replace(reading, label=label), question, on)
            return self._with_rule(routed, found, reading.day, on) if label in _WITH_OTHER_QUESTIONS else routed
        return self._as_law_is_known(reading, question, found)

    def _as_law_is_known(self, reading: Reading, question: str, found: Answer) -> Answer:
        """What was found for a question: no other law's words where one is asked for that we do not know, and no rule
        that could be taken for advice on a dispute of one's own.
        """
        is_weak = found.action == "escalate" and not found.card_id
        if reading.unknown_laws and (is_weak or (found.label == "article" and not reading.addresses)):
            lead = f"资料里没有找到《{reading.unknown_laws[0]}》的原文，请工作人员核实后答复您。"
            return Answer("escalate", "article", question, lead, service_item=found.service_item, hits=found.hits)
        unknown = next((each for each in reading.unknown_laws if not _OWN_RULES.search(each)), "")
        if unknown and found.action in {"answer", "clarify"}:
            no_such = sentences.NO_SUCH_LAW.format(law=unknown)
            found = replace(found, notice="\n".join(filter(None, (no_such, found.notice))))
        if found.action != "answer" or not found.card_id or not tells_own_dispute(reading.text):
            return found
        return replace(found, notice="\n".join(each for each in (found.notice, sentences.GENERAL_RULE) if each))

    def _sounds_ours(self, text: str) -> bool:
        return self._view.sounds_ours(text, names_it=False) >= _SOUNDS_OURS

    def _sounds_like_wish_for_person(self, text: str) -> bool:
        """Whether a clause of what is refused asks for a person, in whatever words."""
        clauses = clauses_of(text)
        return len(clauses) > 1 and any(map(self._ground.manners.is_clearly_wish_for_person, clauses))

    def _asked_of_what(self, reading: Reading, question: str, found: Answer) -> Answer:
        """A question back for what is meant: 能减免吗 may be asked of anything."""
        lead = sentences.ASK_OF_WHAT.format(asked=reading.text.rstrip("?。! "))
        cards = [self._view.cards.by_id.get(card_id_of(each)) for each in found.hits]
        options = tuple((card.base_id, card.title) for card in cards if card and not card.is_empty)[:OPTIONS]
        return Answer(
            "clarify",
            reading.label,
            question,
            lead,
            service_item=GENERAL_SERVICE,
            options=options,
            hits=found.hits,
        )

    def _routed(self, reading: Reading, question: str, on: date) -> Answer:
        """What no answer is looked for: a fixed reply, or a person."""
        if reading.label == "danger":  # no card has anything to say to that
            return Answer("escalate", "danger", question, sentences.HANDED_OVER["danger"], service_item=GENERAL_SERVICE)
        if reading.label in sentences.HANDED_OVER:
            handed = self._handed_over(reading, question, reading.day or on)
            return self._with_sure_parts(handed, reading, question, on)
        return Answer(
            "out_of_scope", reading.label, question, sentences.FIXED[reading.label], service_item="out_of_scope"
        )

    def _with_sure_parts(self, handed: Answer, reading: Reading, question: str, on: date) -> Answer:
        """What goes to a person, with the answers to those of its questions that need nobody: 专利侵权能赔多少？我那个
        官司能赢吗 asks two things.
        """
        if handed.label not in _WITH_OTHER_QUESTIONS:
            return handed
        asked = [each for each in questions_in(reading.text) if each != reading.text or handed.label == "urgent"]
        found = [self._one.answered(reading, each, question, on) for each in asked[:OPTIONS]]
        sure = [each.card_id for each in found if each.action == "answer" and each.confidence >= _SURE_BESIDE]
        told = [self.card(card_id, on, day=reading.day) for card_id in dict.fromkeys(sure) if card_id]
        offers = tuple(each for each in told if each is not None and each.action == "answer")
        return replace(handed, details=(sentences.ANSWERED_ALREADY,), offers=offers) if offers else handed

    def _with_rule(self, handed: Answer, found: Answer, day: date | None, on: date) -> Answer:
        """What goes to a person, with the rule it is probably about; whether it applies is for staff to judge."""
        likely = found.card_id or next((card_id for card_id, _ in found.options), "")
        if not likely or found.confidence < _RULE_OF_A_CASE or handed.offers or handed.action != "escalate":
            return handed
        told = self.card(likely, on, day=day)
        if told is None or told.action != "answer":
            return handed
        return replace(handed, details=(sentences.RULE_NEARBY,), offers=(told,))

    def _manner(self, reading: Reading, question: str, found: Answer) -> str:
        """The label of a message that is no question although it reads like one; empty when it is one."""
        if reading.addresses or (found.card_id and found.confidence >= model().plain_at):
            return ""
        unlike = _unlike(reading, normalise(question))
        label = self._ground.manners.label(reading.text, unlike=unlike, confidence=found.confidence)
        if not label and _has_found_nothing(found) and tells_a_case(reading.text):
            label = self._ground.manners.faint_case(reading.text, is_declined=found.action == "out_of_scope")
        if label in {"complaint", "chitchat", "urgent"} and only_asks_of_outlet(reading.text):
            return "" if found.card_id else "local"
        if label in {"", "injection", "identity"} and found.action in {"out_of_scope", "clarify"}:
            label = "local" if is_local(reading.text) else label
        is_general = asks_for_service(reading.text) or asks_for_rule(reading.text)
        if (label == "personal" and is_general and found.action != "out_of_scope") or (
            label == "wrongdoing" and is_told_of_others(reading.text)
        ):
            return ""
        if label in {"personal", "urgent", "local"} and not is_local(reading.text):
            field = self._view.sounds_ours(reading.text, names_it=reading.is_ours)
            return label if field >= _FIELD_OF_A_CASE else ""
        if label in sentences.FIXED and wishes_for_person(reading.text):
            return "human"
        return "" if label in sentences.FIXED and _is_no_small_talk(reading) else label

    def _named_articles(self, addresses: Sequence[ArticleAddress], reading: Reading, question: str, on: date) -> Answer:
        """Articles asked for by number; where their texts are not imported, a card that cites one of them may do."""
        asked = Asked(question, tuple(addresses), on, reading.day or on, reading.text, reading.filed)
        named = article_answer(asked, self._view.telling.book, self._view.services)
        named = replace(named, layer=self._ground.local_laws.whose(each.passage_id for each in named.citations))
        if named.action == "answer":
            moved = [each.sentence for each in self.flaws(question, on) if each.fault == "moved"]
            named = replace(named, notice="\n".join((*moved, *([named.notice] if named.notice else []))))
            return self._view.telling.with_old_numbers(named, on)
        found = self._one.answered(reading, reading.text, question, on)
        places = {(each.law, each.article) for each in addresses}
        cites = any((each.law, each.article) in places for each in found.citations)
        return found if found.action == "answer" and cites else replace(named, hits=found.hits)

    def _found(self, reading: Reading, question: str, on: date) -> Answer:
        """What the message as a whole or its parts find."""
        places = [
            article_addresses(each, self._view.telling.book.titles) if reading.addresses else ()
            for each in reading.parts
        ]
        if all(places) or (reading.addresses and reading.parts == (reading.text,)):
            return self._named_articles(reading.addresses, reading, question, on)
        if reading.changes_of[0] and (told := self._changes(reading, question, on)):
            return told
        if reading.carried:
            return self._with_or_without_last(reading, question, on)
        if len(reading.parts) >= 2:
            whole = self._surest_wording(reading, question, on)
            found = [
                self._named_articles(named, reading, question, on)
                if named
                else self._one.answered(reading, part, question, on)
                for part, named in zip(reading.parts, places, strict=True)
            ]
            return joined(list(zip(reading.parts, found, strict=True)), whole)
        return self._surest_wording(reading, question, on)

    def _changes(self, reading: Reading, question: str, on: date) -> Answer | None:
        """What the revision asked about changed: as a card says it, else compared article by article."""
        book = self._view.telling.book
        edition = revision_meant(*reading.changes_of, book, on)
        if edition is None or not edition.version:
            return None
        if card := card_of_changes(edition, self._view.cards, on):
            return self._view.telling.card(card, question, on, on, 1.0)
        return replace(comparison_told(edition, book, self._ground.compare), question=question)

    def _with_or_without_last(self, reading: Reading, question: str, on: date) -> Answer:
        """The answer to a short message that names nothing, read by itself or as a question about the last one's
        matter: whichever is surer. Articles fit by chance; a message of another field is read by itself only.
        """
        alone = self._surest_wording(replace(reading, carried=""), question, on)
        field = self._view.sounds_ours(reading.text, names_it=reading.is_ours)
        if field < _FIELD_OF_A_FAINT_REMARK or (alone.card_id and alone.confidence >= model().beside_at):
            return alone
        about_last = self._one.answered(replace(reading, is_ours=True), reading.carried, question, on)
        if about_last.label == "article" or about_last.action == "out_of_scope":
            return alone
        if field < _FIELD_OF_A_REMARK and about_last.confidence < model().answer_at:
            return alone
        if alone.label == "article":
            return about_last
        if alone.action == about_last.action == "clarify":
            return self._over_wordings(surest([about_last, alone]), [about_last, alone], reading, on)
        is_faint = alone.action in {"answer", "clarify"} and about_last.confidence < UNLIKELY
        return alone if is_faint else surest([about_last, alone])

    def _surest_wording(self, reading: Reading, question: str, on: date) -> Answer:
        """The surest of what a message and its other wordings find; where they lead to the same card, that card."""
        tried = [self._one.answered(reading, each, question, on) for each in (reading.text, *reading.wordings)]
        best = supported(tried)
        card_id = agreed_card(tried) if best.action == "clarify" and reading.is_ours else ""
        if not card_id and best.options and len(tried) > 1:
            return self._over_wordings(best, tried, reading, on)
        if not card_id or is_about_foreign_law(reading.text, self._view.cards.by_id[card_id]):
            return best
        card = self._one.version_asked(self._view.cards.by_id[card_id], reading, on)
        return replace(self._view.telling.card(card, question, reading.day or on, on, best.confidence), hits=best.hits)

    def _over_wordings(self, best: Answer, tried: Sequence[Answer], reading: Reading, on: date) -> Answer:
        """A question back that offers what is likely in any wording of the message, not in the surest one alone."""
        day = reading.day or on
        found = (self._view.cards.version_on(each, day) for each in likely_cards(tried))
        cards = [self._view.cards.as_filed(each, reading.filed) for each in found if each][:OPTIONS]
        told = tuple(self._view.telling.card(each, each.title, day, on, best.confidence) for each in cards[:OFFERS])
        articles = tuple(each for each in best.offers if each.label == "article")
        lead = best.lead if len(cards) == 1 else sentences.ASK_BACK
        options = tuple((each.base_id, each.title) for each in cards)
        return replace(best, lead=lead, options=options, offers=(*told, *articles[: free_offers(told, best)]))

    def _handed_over(self, reading: Reading, question: str, day: date) -> Answer:
        """A person answers; the hits go along so that staff see what the knowledge base would say."""
        hits = self._view.find(reading.text, day, HITS)
        found = self._view.rated(reading.text, hits, is_ours=reading.is_ours)
        likely = found[0].probability if found else 0.0
        note(Look(reading.text, day, tuple(hits), tuple(found), Decision("escalate", likely)))
        return Answer(
            "escalate",
            reading.label,
            question,
            sentences.HANDED_OVER[reading.label],
            service_item=self._view.service_of(reading, found, hits),
            confidence=likely,
            hits=tuple(hits),
        )
