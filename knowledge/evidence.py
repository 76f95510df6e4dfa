"""What speaks for a card and what against it: a question and a card → named evidence, each 0–1.

Characters and pairs are weighed by how rare they are among all cards. Cards are taken apart when they first come up
and then kept, so that starting costs only the counting of tokens.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from knowledge.cards import Card
from knowledge.conditions import conditions
from knowledge.dictionary import load_dictionary
from knowledge.english import in_chinese
from knowledge.field import Field
from knowledge.named import asks_for_new_law, subject_of_definition
from knowledge.routing import ROUTING_FILE, word_lists
from knowledge.tokenise import is_han, normalise, terms, tokens

# From this likeness on, two texts differ in nothing but particles.
_SAME = 0.97
# What stands in this share of a card's wordings is what the card is about.
_CORE_SHARE = 0.6
# What is done in this share of a card's wordings is what it is about.
_CORE_DEED = 0.5
# The weights of so many questions and parts of them are kept.
_SETS_KEPT = 1024
# Cards stay taken apart when others change: one takes two milliseconds.
_CARDS_KEPT = 4096
# Wordings that may support the best one: a card whose several wordings fit is rarely hit by chance.
_SUPPORTING = 4
# What hardly any wording of a card asks for is not what it is for. Some aspects tell nothing: half of all questions end
# in 怎么办.
_RARELY = 0.1
_COMMON_ASPECTS = frozenset({"how", "condition", "service"})

# Words that ask, join or point; what is left of a question is its matter.
_FUNCTION_WORDS = re.compile(
    r"20\d\d年?|最?新(法|规|版|修订)|什么时候|什么样|什么|怎么办|怎么|多少钱|多少|多久|可以吗|可以|能不能|是不是|是否|有没有|哪里|哪个|哪儿|为什么|如果"
    r"|大概|大约|大致|差不多|总共|一共|准备|究竟|到底|目前|什么意思|意思|稳妥|最好|哪个好|管用|还有救|老师傅|下来|搞|弄|该|跟|又|更(?!正|换)|(?<=[会能])怎样"
    r"|应该|需要|请问|我们|你们|他们|别人|自己|这个|那个|一个|一下|一般|还是|或者|以及|已经|进行|情况|问题|时候|之后|以后"
    r"|[的了吗呢吧啊呀么我你您他它们是有要会能在和与及或就都也还被把给对从向为所以其这那哪几谁不没想让得到个]"
)


@dataclass(frozen=True)
class _Known:
    """What is known of one card: its wordings, plain and as tokens (each once; a set would take eight times as much),
    the tokens of what it is not, of all it is asked and of what else it says, and what it is about.
    """

    texts: tuple[str, ...]
    wordings: tuple[tuple[str, ...], ...]
    negatives: tuple[tuple[str, ...], ...]
    asked: frozenset[str]
    only_said: frozenset[str]
    core: frozenset[str]
    terms: frozenset[str]
    main_terms: frozenset[str]
    aspects: Mapping[str, float]
    title_aspects: frozenset[str]
    realms: frozenset[str]
    main_realms: frozenset[str]
    conditions: frozenset[str]
    main_conditions: frozenset[str]
    told: frozenset[str]
    deeds: frozenset[str]
    said_deeds: frozenset[str]
    is_about_new_law: bool


@dataclass(frozen=True)
class _Weighed:
    """One card, with the weights of its wordings and of what it is not."""

    known: _Known
    wordings: tuple[tuple[tuple[str, ...], float], ...]
    negatives: tuple[tuple[tuple[str, ...], float], ...]


@dataclass(frozen=True)
class Question:
    """A question, taken apart once for all candidates. `matter` are the characters and pairs of what it is about,
    `subject` those of what it wants defined (什么是X), `acts` what is to be done as cards say it, `deeds` the same in
    everyday words too (卖 for 转让).
    """

    text: str
    tokens: frozenset[str]
    matter: frozenset[str]
    subject: frozenset[str]
    terms: frozenset[str]
    aspects: frozenset[str]
    acts: frozenset[str]
    conditions: frozenset[str]
    realms: frozenset[str]
    deeds: frozenset[str]

    @classmethod
    @functools.lru_cache(maxsize=32)  # one question is held against cards, then against articles
    def of(cls, text: str) -> Question:
        """The question of a text as typed."""
        plain = plainly(text)
        subject = frozenset(tokens(subject_of_definition(plain)))
        acts = frozenset(_acts().findall(plain))
        return cls(
            plain,
            frozenset(tokens(plain)),
            matter_of(plain),
            subject,
            terms_in(plain),
            _aspects(plain),
            acts,
            conditions(plain),
            _realms(plain),
            _deeds(plain),
        )


class Wordings:
    """The wordings of all cards as weighed token sets; asked often, the same answer to the same question."""

    def __init__(self, cards: Iterable[Card]) -> None:
        self._cards = {card.card_id: card for card in cards}
        self._field = Field(_field_texts(self._cards.values()))
        spelled = (" ".join((card.title, *card.variants)) for card in self._cards.values())
        counts = Counter(token for text in spelled for token in _once(tokens(plainly(text))))
        self._weights = {token: math.log(1 + len(self._cards) / count) for token, count in counts.items()}
        self._rarest = math.log(1 + len(self._cards)) or 1.0
        self._known: dict[str, _Weighed] = {}
        # One question is held against a dozen cards.
        self._weight_of_all = functools.lru_cache(maxsize=_SETS_KEPT)(self._weight)

    def field(self, question: Question, *, names_it: bool) -> float:
        """How much a question sounds like our field, 0–1; from 0.4 on it most probably is (see `Field.score`). With too
        few cards to learn from, that it names the field decides.
        """
        if not self._field.is_learnt:
            return 0.7 if names_it else 0.2
        return max(0.0, min(1.0, (self._field.score(question.tokens) + 2) / 10))

    def evidence(self, question: Question, card_id: str) -> dict[str, float]:
        """What speaks for a card, each 0–1.

        ``match`` how well question and best wording cover each other, ``recall`` and ``precision`` its two sides ·
        ``fuzzy`` their likeness as strings · ``asked`` and ``said`` the share of the question in all wordings, and in
        everything the card says · ``negative`` how much better the question fits what the card is not ·
        ``terms`` the share of the question's terms the card has · ``strange`` terms it lacks · ``apart`` a term of the
        question that must not be taken for one of the card's · ``unasked`` main terms of the card nobody asked for ·
        ``title`` how well question and title cover each other · ``aspect`` the share of the card's wordings that ask
        for the same (money, time, papers …), ``other_aspect`` 1 when none does · ``title_aspect`` the title asks for
        something else, ``figure`` namely for a period or a sum, ``unfigured`` the question asks for one and no wording
        does · ``other_act`` what is to be done (转让, 续展 …) no wording speaks of · ``exact`` a wording is the
        question itself · ``new_law`` the card is about a coming law, the question is not · ``unsaid`` the share of the
        question's matter the card never speaks of, ``unknown`` how rare the rarest such character is · ``beside`` the
        share of what the card is about that nobody asked for · ``mute`` a period or a sum is asked for and the card
        holds none · ``support`` how well the next best wordings fit · ``condition`` the share of the question's
        conditions (没注册, 没签合同 …) the card never speaks of, ``unconditioned`` of the card's that the question does
        not state · ``realm`` both are about one right (patent, trademark …), ``other_realm`` about different ones ·
        ``undefined`` the share of what is to be defined that the title lacks · ``unasked_act`` what is to be done in
        most of the card's wordings (质押, 续展 …) the question does not ask for · ``unsaid_act`` what is to be done, in
        whatever words, the card never speaks of · ``unasked_aspect`` hardly a wording asks for what the question wants
        to know (a period, a sum, damages, a place …).
        """
        weighed = self._weighed_card(card_id)
        known = weighed.known
        fits = [self._overlap(question.tokens, *each) for each in weighed.wordings]
        overlaps = sorted(fits, reverse=True)
        match, recall, precision = overlaps[0]
        negative = max((self._overlap(question.tokens, *each)[0] for each in weighed.negatives), default=0.0)
        strange = question.terms - known.terms
        unsaid = question.matter - known.asked - known.only_said
        wanted = question.aspects - _COMMON_ASPECTS
        aspect = max((known.aspects.get(each, 0.0) for each in question.aspects), default=0.0)
        return {
            "match": match,
            "recall": recall,
            "precision": precision,
            "fuzzy": process.extractOne(question.text, known.texts, scorer=fuzz.ratio)[1] / 100,
            "asked": self._share(question.tokens, question.tokens & known.asked),
            "said": self._share(question.tokens, question.tokens - (question.tokens - known.asked - known.only_said)),
            "negative": max(0.0, negative - match),
            "terms": len(question.terms & known.terms) / len(question.terms) if question.terms else 0.0,
            "strange": min(len(strange), 3) / 3,
            "apart": float(any(_kept_apart(each) & known.terms for each in strange)),
            "unasked": len(known.main_terms - question.terms) / len(known.main_terms) if known.main_terms else 0.0,
            "title": fits[0][0],
            "aspect": aspect,
            "other_aspect": float(bool(question.aspects) and not aspect),
            "title_aspect": float(bool(known.title_aspects) and not known.title_aspects & question.aspects),
            "figure": float(bool(known.title_aspects & TOLD.keys()) and not known.title_aspects & question.aspects),
            "unfigured": float(any(not known.aspects.get(each) for each in question.aspects & TOLD.keys())),
            "other_act": float(any(not any(act in each for each in known.texts) for act in question.acts)),
            "exact": float(match >= _SAME),
            "new_law": float(known.is_about_new_law and not asks_for_new_law(question.text)),
            "unsaid": self._share(question.matter, unsaid),
            "unknown": self._rarest_of(unsaid),
            "beside": self._share(known.core, known.core - question.tokens),
            "support": sum(each[0] for each in overlaps[1:_SUPPORTING]) / (_SUPPORTING - 1),
            "condition": _missing_share(question.conditions, known.conditions),
            "unconditioned": _missing_share(known.main_conditions, question.conditions),
            "other_realm": float(bool(question.realms and known.realms) and not question.realms & known.realms),
            "realm": float(bool(question.realms & known.main_realms)),
            "mute": float(bool(question.aspects & TOLD.keys() - known.told)),
            "undefined": self._share(question.subject, question.subject.difference(known.wordings[0])),
            "unasked_act": float(bool(known.deeds) and not known.deeds & question.deeds),
            "unasked_aspect": float(bool(wanted) and max(known.aspects.get(each, 0.0) for each in wanted) < _RARELY),
            "unsaid_act": float(bool(question.deeds - known.said_deeds)),
        }

    def _overlap(self, words: frozenset[str], wording: tuple[str, ...], weight: float) -> tuple[float, float, float]:
        """How well a question's words and a wording of that weight cover each other, as in `evidence`."""
        shared = self._weight(words.intersection(wording))
        if not shared:
            return (0.0, 0.0, 0.0)
        asked = self._weight_of_all(words)
        return (2 * shared / (asked + weight), shared / asked, shared / weight)

    def _weighed_card(self, card_id: str) -> _Weighed:
        if (found := self._known.get(card_id)) is None:
            known = taken_apart(self._cards[card_id])
            wordings, negatives = (
                tuple((each, self._weight(each)) for each in some) for some in (known.wordings, known.negatives)
            )
            found = self._known[card_id] = _Weighed(known, wordings, negatives)
        return found

    def _share(self, words: frozenset[str], part: frozenset[str]) -> float:
        """The weight of some of these words as a share of all of them."""
        return self._weight(part) / (self._weight_of_all(words) or 1.0)

    def _weight(self, words: Iterable[str]) -> float:
        return sum(map(self._weights.get, words, itertools.repeat(self._rarest)))

    def _rarest_of(self, words: Iterable[str]) -> float:
        """How rare the rarest single character (or whole Latin word) among these is; pairs are rare by chance."""
        single = [each for each in words if len(each) == 1 or not is_han(each[0])]
        return max((self._weights.get(each, self._rarest) for each in single), default=0.0) / self._rarest


@functools.lru_cache(maxsize=_CARDS_KEPT)
def taken_apart(card: Card) -> _Known:
    """What is known of a card, worked out once."""
    texts = tuple(plainly(each) for each in (card.title, *card.variants))
    said = plainly(" ".join((card.answer, *card.details)))
    wordings = tuple(_once(tokens(each)) for each in texts)
    asked = frozenset[str]().union(*wordings)
    terms_of, realms_of = [terms_in(each) for each in texts], [_realms(each) for each in texts]
    conditions_of = [conditions(each) for each in texts]
    return _Known(
        texts=texts,
        wordings=wordings,
        negatives=tuple(_once(tokens(plainly(each))) for each in card.negatives),
        asked=asked,
        only_said=frozenset(each for each in _once(tokens(said)) if each not in asked),
        core=_common([matter_of(each) for each in texts], _CORE_SHARE),
        terms=terms_in(said).union(*terms_of),
        main_terms=_common(terms_of, 2 / 3),
        aspects=_shares([_aspects(each) for each in texts]),
        title_aspects=_aspects(texts[0]),
        realms=_realms(said).union(*realms_of),
        main_realms=_common(realms_of, _CORE_SHARE),
        conditions=conditions(said).union(*conditions_of),
        main_conditions=_common(conditions_of, _CORE_SHARE),
        told=frozenset(name for name, pattern in TOLD.items() if card.is_empty or pattern.search(said)),
        said_deeds=_deeds(" ".join((*texts, said))),
        deeds=_common([frozenset(_acts().findall(each)) for each in texts], _CORE_DEED),
        is_about_new_law=asks_for_new_law(texts[0]),
    )


def _once(words: Iterable[str]) -> tuple[str, ...]:
    """These words, each once here and kept once however many cards say it: that saves tens of megabytes."""
    return tuple(map(sys.intern, dict.fromkeys(words)))


def _field_texts(cards: Iterable[Card]) -> Iterator[str]:
    for card in cards:
        if not card.supersedes:
            yield from (plainly(each) for each in (card.title, *card.variants))
        yield plainly(" ".join((card.answer, *card.details)))


def _missing_share(wanted: frozenset[str], there: frozenset[str]) -> float:
    return len(wanted - there) / len(wanted) if wanted else 0.0


def portion(words: frozenset[str], said: frozenset[str]) -> float:
    """Which share of the words is said, 0–1; all of none."""
    return len(words & said) / len(words) if words else 1.0


def plainly(text: str) -> str:
    """A text normalised, everyday words (啥, 咋) plain and English ones Chinese, so that only the matter differs."""
    pattern, plain_words = _everyday()
    return pattern.sub(lambda found: plain_words[found.group()], in_chinese(normalise(text)))


def matter_of(plain: str) -> frozenset[str]:
    """The characters and pairs of a text without its asking words: 发明专利保护几年 → 发, 发明, 明 …"""
    return frozenset(tokens(_FUNCTION_WORDS.sub(" ", plain)))


# What an answer must hold to tell a period or a sum.
TOLD = {
    "time": re.compile(
        r"\d\s*(个?月|年|日|天|小时|个工作日|周)|[一二三四五六七八九十两几半]+(个月|年|日|天|周|个工作日)"
        r"|(立即|随时|当场|即时|不限|长期|永久|无限|没有.{0,4}(期限|时限|限制))|之(前|后|日)|[当之以]前|到期|期满"
    ),
    "money": re.compile(
        r"[\d一二三四五六七八九十百千万零]\s*(元|万|%|倍)|免费|不(收|用|需|要).{0,4}(费|钱)|[%％]|比例"
    ),
}


@functools.cache
def _everyday() -> tuple[re.Pattern[str], dict[str, str]]:
    """Everyday words and the plain ones cards use; the pattern prefers the longest."""
    words: dict[str, list[str]] = tomllib.loads(ROUTING_FILE.read_text(encoding="utf-8"))["everyday"]
    plain = {lay: word for word, lays in words.items() for lay in lays}
    return re.compile("|".join(re.escape(lay) for lay in sorted(plain, key=len, reverse=True))), plain


def _aspects(plain: str) -> frozenset[str]:
    """What a question wants to know: money, time, papers, a place …"""
    return frozenset(name for name, pattern in _aspect_patterns() if pattern.search(plain))


def _realms(plain: str) -> frozenset[str]:
    """Which rights a text speaks of: patent, trademark, copyright …"""
    return frozenset(name for name, pattern in _realm_patterns() if pattern.search(plain))


@functools.cache
def _realm_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in word_lists()["realms"].items())


@functools.cache
def _aspect_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    content = tomllib.loads(ROUTING_FILE.read_text(encoding="utf-8"))["aspects"]
    return tuple((name, re.compile(pattern)) for name, pattern in content.items())


@functools.cache
def _acts() -> re.Pattern[str]:
    return re.compile("|".join(tomllib.loads(ROUTING_FILE.read_text(encoding="utf-8"))["acts"]["words"]))


@functools.cache
def _said_deeds() -> tuple[tuple[str, re.Pattern[str]], ...]:
    content = word_lists()["acts"]
    says: dict[str, str] = content["says"]
    names = dict.fromkeys((*content["words"], *says))
    return tuple((act, re.compile("|".join(filter(None, (act, says.get(act)))))) for act in names)


def _deeds(plain: str) -> frozenset[str]:
    """What is to be done, in the words of the cards: 卖专利 → 转让."""
    return frozenset(act for act, pattern in _said_deeds() if pattern.search(plain))


def _shares(sets: Sequence[frozenset[str]]) -> dict[str, float]:
    counts = Counter(each for found in sets for each in found)
    return {each: count / len(sets) for each, count in counts.items()}


def _common(sets: Sequence[frozenset[str]], share: float) -> frozenset[str]:
    return frozenset(each for each, found in _shares(sets).items() if found >= share)


def terms_in(text: str) -> frozenset[str]:
    """The official terms a text uses."""
    return frozenset(term.official for term in terms(text))


@functools.cache
def _kept_apart(term: str) -> frozenset[str]:
    """The terms that must never be taken for this one."""
    return frozenset(other for entry in load_dictionary() if entry.official == term for other in entry.keep_apart)
