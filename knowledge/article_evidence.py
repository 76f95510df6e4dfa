"""Whether an article may be quoted as the answer to a question, or offered beside cards."""

from __future__ import annotations

import re

from knowledge.evidence import TOLD, Question, plainly, portion, terms_in
from knowledge.passages import Passage
from knowledge.tokenise import is_han, tokens

# What an article must have of a question to be quoted: of what is to be defined, of its characters and of its pairs.
# Read off real questions of the public: below these, the article was about something else.
_SUBJECT_IN_ARTICLE = 0.75
_SIGNS_IN_ARTICLE = 0.85
_PAIRS_IN_ARTICLE = 0.6
_LEAST_SIGNS = 4
# What an article must have of a question's pairs to be offered below the cards.
_PAIRS_IN_OFFER = 0.6

_PERIOD = re.compile(
    r"[\d一二三四五六七八九十两]+\s*(个月|年|日|天|个工作日)(内|以内|届?满|为|。|，|,)|(期限|保护期|有效期)[为是]"
)
# Why a law was made answers no question.
_PURPOSE = re.compile(r"(为了?|根据).{2,200}制定本(法|条例|细则|办法|规定|解释)", re.DOTALL)
_DAMAGES = re.compile("赔.{0,40}(损失|获得|利益|倍|元|开支)|(损失|获得|利益|倍).{0,40}赔")
_FINE = re.compile("罚|处|刑|责令|追究")


def article_answers(question: Question, passage: Passage) -> bool:
    """Whether an article may be quoted as it stands: it speaks of the whole matter, has every term of the question,
    names what is to be defined, and holds a period or a sum when one is asked for. What stands before the first
    article (why a law was made) answers nothing.
    """
    if not passage.article:
        return False
    whole = plainly(f"{passage.law} {passage.path} {passage.text}")
    if "place" in question.aspects or any(act not in whole for act in question.acts):
        return False
    if question.terms - terms_in(whole) or not _tells_what_is_asked(question, passage.text):
        return False
    said = frozenset(tokens(whole))
    if question.subject and portion(question.subject, said) < _SUBJECT_IN_ARTICLE:
        return False
    single, pairs = _signs_and_pairs(question.matter)
    if len(single) < _LEAST_SIGNS and not question.subject:  # 要公证吗 says too little to be answered by an article.
        return False
    own = frozenset(tokens(plainly(passage.text)))
    return portion(single, said) >= _SIGNS_IN_ARTICLE and portion(pairs, own) >= _PAIRS_IN_ARTICLE


def _tells_what_is_asked(question: Question, text: str) -> bool:
    """Whether an article holds a period, a sum, damages or a punishment when that is asked for."""
    asked = {"time": _PERIOD, "money": TOLD["money"], "damages": _DAMAGES, "fine": _FINE}
    return all(pattern.search(text) for aspect, pattern in asked.items() if aspect in question.aspects)


def article_is_near(question: Question, passage: Passage) -> bool:
    """Whether an article is worth offering: it has every term of the question and a good part of its pairs, not just
    scattered words.
    """
    if _PURPOSE.match(passage.text):
        return False
    _, pairs = _signs_and_pairs(question.matter)
    whole = plainly(f"{passage.law} {passage.path} {passage.text}")
    return not question.terms - terms_in(whole) and portion(pairs, frozenset(tokens(whole))) >= _PAIRS_IN_OFFER


def _signs_and_pairs(matter: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Single characters (and whole Latin words), and pairs."""
    single = frozenset(each for each in matter if len(each) == 1 or not is_han(each[0]))
    return single, matter - single
