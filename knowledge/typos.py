"""Typed wrongly, meant rightly (错字与拼音): terms that sound like what was typed, or typed in pinyin.

People type with pinyin input methods, so most typos sound right and look wrong (商镖, 续占). Here whole terms of the
dictionary are recognised by their sound; `knowledge.correct` repairs what is left from the pairs of the collection.
Clean text never changes: a stretch is only repaired where the stock word list of jieba knows no word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from knowledge.dictionary import load_dictionary
from knowledge.routing import short_names_of_laws, word_lists
from knowledge.sounds import merged, readings, spellings_in_pinyin
from knowledge.tokenise import Word, common_words, is_han, normalise

_LONGEST_TERM = 8
# Longer messages are read, but only their beginning is searched for typos: that bounds the time.
_LONGEST_TEXT = 400
# From here on a word of jieba's list is one that people write; rarer ones (专力, 正据) are more often typos.
_COMMON = 50
# A very common word in a long term may be a typo all the same (地里标志), but not the commonest (意义).
_TOO_COMMON = 3000
# Characters so common that a pair of them that merely sounds like a term means nothing (以一, 异议).
_COMMON_SIGN = 20_000


@dataclass(frozen=True)
class _Candidate:
    """A stretch of text and the term it may have been meant for."""

    start: int
    typed: str
    meant: str
    n_wrong: int

    @property
    def end(self) -> int:
        return self.start + len(self.typed)


def repaired(text: str) -> str:
    """A normalised text with the terms it was probably meant to hold: 商镖续占 → 商标续展, shangbiao → 商标.

    Comes back unchanged when nothing needs repair.
    """
    head, tail = text[:_LONGEST_TEXT], text[_LONGEST_TEXT:]
    return _with_terms(_without_pinyin(head)) + tail


# --- wrong characters ------------------------------------------------------------------------------------------------


def _with_terms(text: str) -> str:
    found = sorted(_candidates(text), key=lambda each: (-len(each.typed), each.n_wrong, each.start))
    if not found:
        return text
    words = common_words(text)
    kept: list[_Candidate] = []
    for each in found:
        if all(each.end <= other.start or other.end <= each.start for other in kept) and _is_typo(each, words):
            kept.append(each)
    for each in sorted(kept, key=lambda one: -one.start):
        text = text[: each.start] + each.meant + text[each.end :]
    return text


def _candidates(text: str) -> Iterator[_Candidate]:
    """Every stretch that sounds like a term and is none."""
    sounds = [merged(readings(sign)[0]) if is_han(sign) else "" for sign in text]
    for start in range(len(text)):
        for length in range(2, min(_LONGEST_TERM, len(text) - start) + 1):
            if not sounds[start + length - 1]:
                break
            typed = text[start : start + length]
            if typed in _terms() or typed in _not_typos():
                continue
            for term in _by_sound().get(" ".join(sounds[start : start + length]), ()):
                wrong = [one for one, other in zip(typed, term, strict=True) if one != other]
                if len(wrong) <= max(1, length // 2) + (length == 2) and not _words_of_their_own().intersection(wrong):
                    yield _Candidate(start, typed, term, len(wrong))


def _is_typo(candidate: _Candidate, words: Sequence[Word]) -> bool:
    """Whether the stretch is made of no words people write."""
    within = [each for each in words if each.start < candidate.end and each.end > candidate.start]
    if any(_ties(each, candidate) for each in within):
        return False
    if len(candidate.typed) == 2 and candidate.n_wrong == 2:
        return _sounds_exactly(candidate) and all(
            each.seen < _COMMON_SIGN if len(each.text) == 1 else each.seen <= _COMMON for each in within
        )
    wrong = [n for n, pair in enumerate(zip(candidate.typed, candidate.meant, strict=True)) if pair[0] != pair[1]]
    return all(_may_be_wrong(candidate, candidate.start + n, within) for n in wrong)


def _ties(word: Word, candidate: _Candidate) -> bool:
    """Whether a word binds the stretch to what stands beside it; a shorter term that only we know (权要) does not."""
    crosses = word.start < candidate.start or word.end > candidate.end
    is_only_ours = word.text in _terms() and word.seen <= _COMMON
    return crosses and not (is_only_ours and len(word.text) < len(candidate.typed))


def _may_be_wrong(candidate: _Candidate, place: int, within: Sequence[Word]) -> bool:
    word = next(each for each in within if each.start <= place < each.end)
    if len(word.text) == 1 or word.seen <= _COMMON:
        return True
    return len(candidate.typed) >= 4 and word.seen < _TOO_COMMON and _sounds_exactly(candidate)


def _sounds_exactly(candidate: _Candidate) -> bool:
    pairs = zip(candidate.typed, candidate.meant, strict=True)
    return all(set(readings(one)) & set(readings(other)) for one, other in pairs)


# --- pinyin ----------------------------------------------------------------------------------------------------------

_LATIN_RUN = re.compile(r"(?<![a-z0-9])[a-z]+(?:[' ]+[a-z]+)*(?![a-z0-9])")


def _without_pinyin(text: str) -> str:
    """Zhuanli nianfei → 专利年费, where the letters are terms of the field and nothing else."""
    return _LATIN_RUN.sub(lambda found: _spoken(found.group()), text)


def _spoken(run: str) -> str:
    words = re.split(r"[' ]+", run)
    read: list[str] = []
    place = 0
    while place < len(words):
        for end in range(len(words), place, -1):
            if meant := _terms_spelled("".join(words[place:end])):
                read.append(meant)
                place = end
                break
        else:
            read.append(f" {words[place]} ")
            place += 1
    return "".join(read).strip() if any(is_han(sign) for each in read for sign in each) else run


def _terms_spelled(letters: str) -> str:
    """The terms whose pinyin these letters are, end to end, as few as possible; empty when something is left."""
    best: list[str | None] = ["", *([None] * len(letters))]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 40), end):
            before, term = best[start], _by_pinyin().get(letters[start:end])
            if before is not None and term and (best[end] is None or start < end - len(str(best[end]))):
                best[end] = before + term
                break
    return best[-1] or ""


# --- the terms -------------------------------------------------------------------------------------------------------


@cache
def _terms() -> frozenset[str]:
    """What people may have meant: the dictionary, the laws, and everyday words of the field."""
    entries = (word for entry in load_dictionary() for word in (entry.official, *entry.lay_words))
    laws = (name for pair in short_names_of_laws().items() for name in pair)
    lists = word_lists()["typos"]
    words = {normalise(each) for each in (*entries, *laws, *lists["words"])} - set(lists["never_meant"])
    return frozenset(each for each in words if 2 <= len(each) <= _LONGEST_TERM and all(map(is_han, each)))


@cache
def _not_typos() -> frozenset[str]:
    return frozenset(word_lists()["typos"]["not_typos"])


@cache
def _words_of_their_own() -> frozenset[str]:
    """Characters that are everyday words by themselves: 专利想, 代理说 are no typos of 专利险, 代理所."""
    return frozenset(word_lists()["typos"]["words_of_their_own"])


@cache
def _by_sound() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for term in sorted(_terms()):
        found.setdefault(" ".join(merged(readings(sign)[0]) for sign in term), []).append(term)
    return {sound: tuple(terms) for sound, terms in found.items()}


@cache
def _by_pinyin() -> Mapping[str, str]:
    lists = word_lists()["typos"]
    words = (*sorted(_terms(), reverse=True), *lists["words"], *lists["asked_in_pinyin"])
    spelled = {word: tuple(spellings_in_pinyin(word)) for word in words}
    commonest = {first: word for word, (first, *_) in spelled.items()}
    others = {each: word for word, (_, *rest) in spelled.items() for each in rest}
    return others | commonest
