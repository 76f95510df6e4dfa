"""A long story (长描述) → what it asks: several shorter wordings, for the answering path to take the surest.

People tell how it came about before they ask. What matters are the asking clauses, and of the tale only what speaks of
our field or decides the matter (没签合同, 被驳回 …); names, dates and feelings do not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from knowledge.routing import QUESTION_CUES, topic, word_lists
from knowledge.tokenise import terms

_MOST_CHARACTERS = 80
_LONGEST_QUESTION = 50
# A question is announced at most this many clauses before the message ends.
_ANNOUNCED_WITHIN = 6
_KEYWORDS = 5
_CLAUSE_ENDS = re.compile(r"[,，。.！!？?；;、\n]+|\s{2,}|(?<=[一-龥])\s+(?=[一-龥])")


def story_readings(text: str) -> tuple[str, ...]:
    """Shorter wordings of a long message, the likeliest first; empty when it asks nothing.

    The question with the matter it needs; its last clause with that; the words of the tale that matter and the
    question; the question with every clause of the tale that matters. None is much longer than people ask who come
    to the point.
    """
    clauses = clauses_of_tale(text)
    first, last = _question_span(clauses)
    if last < 0:
        return ()
    asked = [each for each in map(_plain, clauses[first : last + 1]) if each]
    before = [each for each in map(_plain, clauses[:first]) if each]
    whole, end = " ".join(asked), asked[-1] if asked else ""
    found = (
        _with_matter(whole, before),
        _with_matter(end, [*before, *asked[:-1]]),
        _with_keywords(whole, before),
        _with_tale(whole, before),
    )
    return tuple(dict.fromkeys(each for each in found if len(each) >= 4))


def clauses_of_tale(text: str) -> list[str]:
    """The clauses of a message, in order."""
    return [each.strip() for each in _CLAUSE_ENDS.split(text) if each and each.strip()]


def asked_part(text: str) -> str:
    """A long message from where its question is announced (我想问 …); whole when it is not."""
    found = [each.end() for each in _announces().finditer(text)]
    near_the_end = [end for end in found if len(_CLAUSE_ENDS.split(text[end:])) <= 2 * _ANNOUNCED_WITHIN]
    tail = text[near_the_end[0] :].strip(" ,，。:：") if near_the_end else ""
    return tail if QUESTION_CUES.search(tail) else text


def _question_span(clauses: Sequence[str]) -> tuple[int, int]:
    """The first and the last clause of the question, ``-1`` when nothing is asked.

    From where it is announced (我想问 …) to the last clause that asks; unannounced, the asking clauses that end the
    message.
    """
    asking = [n for n, each in enumerate(clauses) if QUESTION_CUES.search(each)]
    if not asking:
        return -1, -1
    last = asking[-1]
    announced = [
        n for n in range(len(clauses)) if _announces().search(clauses[n]) and n >= len(clauses) - _ANNOUNCED_WITHIN
    ]
    first = announced[-1] if announced else last
    last = max(first, last)
    while not announced and first - 1 in asking and sum(map(len, clauses[first - 1 : last + 1])) <= _LONGEST_QUESTION:
        first -= 1
    while first < last and sum(map(len, clauses[first : last + 1])) > _LONGEST_QUESTION:
        first += 1
    return first, last


def _plain(clause: str) -> str:
    """A clause without the words that announce, and without those that carry nothing."""
    cut = _announces().split(clause)[-1].strip()
    return _empty_words().sub("", cut)


def matter_of(clause: str) -> list[str]:
    """The words of a clause that belong to our field or decide it, in order; the longest where they overlap."""
    found = {(each.start, each.start + len(each.text)) for each in terms(clause)}
    for pattern in (topic(), _decisive()):
        found |= {each.span() for each in pattern.finditer(clause)}
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda each: (each[0] - each[1], each[0])):
        if not any(start < other_end and other_start < end for other_start, other_end in kept):
            kept.append((start, end))
    return [clause[start:end] for start, end in sorted(kept) if clause[start:end] not in _everywhere()]


def _with_matter(question: str, before: Sequence[str]) -> str:
    """The question; one that names nothing of our field gets the nearest clause that does, one with few words the
    clause before it.
    """
    if any(topic().search(each) for each in matter_of(question)) and len(question) >= 10:
        return question
    near = next((each for each in reversed(before) if any(topic().search(word) for word in matter_of(each))), "")
    last = before[-1] if before and len(question) < 8 and before[-1] != near else ""
    return " ".join(each for each in (near, last, question) if each)


def _with_keywords(question: str, before: Sequence[str]) -> str:
    """The words of the tale that matter, the latest of them, each once, and the question."""
    words = dict.fromkeys(word for clause in before for word in matter_of(clause) if word not in question)
    longest = [word for word in words if not any(word != other and word in other for other in words)]
    return " ".join([*longest[-_KEYWORDS:], question])


def _with_tale(question: str, before: Sequence[str]) -> str:
    """The question behind the clauses that matter most, as many as fit."""
    weighed = sorted(range(len(before)), key=lambda n: (-len(matter_of(before[n])), -n))
    kept: list[int] = []
    room = _MOST_CHARACTERS - len(question)
    for n in weighed:
        if matter_of(before[n]) and len(before[n]) <= room:
            kept.append(n)
            room -= len(before[n])
    return " ".join([*(before[n] for n in sorted(kept)), question])


@cache
def _announces() -> re.Pattern[str]:
    return re.compile(word_lists()["story"]["announces"])


@cache
def _empty_words() -> re.Pattern[str]:
    return re.compile("|".join(word_lists()["story"]["empty"]))


@cache
def _decisive() -> re.Pattern[str]:
    words = word_lists()
    return re.compile("|".join([*words["acts"]["words"], *words["story"]["decisive"], *words["conditions"].values()]))


@cache
def _everywhere() -> frozenset[str]:
    return frozenset(word_lists()["story"]["everywhere"])
