"""What of an article is quoted: the sentences (款, 项) that answer, in its own words, with …… wherever it is cut."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.tokenise import tokens

# Characters of an article beside an answer; the whole of it is one tap away in the compilation.
LONGEST_QUOTE = 240
CUT = "……"
_SENTENCE = re.compile(r"[^。；;]+(?:[。；;]|$)|[。；;]")
_PHRASE = re.compile(r"[^,，]+(?:[,，]|$)|[,，]")
_ITEM = re.compile(r"[(（][一二三四五六七八九十]{1,3}[)）]|\d{1,2}[.．、]")
# A phrase that proves the answer counts for so many words shared with it.
_PROOF = 8.0
# Another sentence is quoted when it adds at least so much to what is quoted already, of what the best one gives.
_WORTH = 0.2


@dataclass(frozen=True)
class _Piece:
    """A sentence from `start` to `end`; `leader` is the place of the words that lead to it (下列情形之一的：), -1 for
    none; `clause` is the number of its 款, `begins_line` says that nothing stands before it on its line.
    """

    start: int
    end: int
    leader: int
    clause: int
    begins_line: bool


@functools.lru_cache(maxsize=2048)  # the same articles are quoted for the same cards again and again
def quote_of(text: str, asked: str, proof: tuple[str, ...] = ()) -> str:
    """The part of an article that answers, at most about `LONGEST_QUOTE` characters; a short article whole.

    Args:
        text: The article's own words, each 款 and 项 a line of its own.
        asked: What it is to answer: the question, and what the answer says.
        proof: Phrases of the article that an answer rests on; they are quoted before everything else.
    """
    if len(text) <= LONGEST_QUOTE:
        return text
    pieces = _pieces(text)
    chosen = _chosen(text, pieces, asked, proof)
    return _joined(text, pieces, _with_neighbours(pieces, chosen))


def _pieces(text: str) -> list[_Piece]:
    """The sentences of an article in order; one that is too long by itself in its phrases."""
    pieces: list[_Piece] = []
    clause, leader = -1, -1
    for line in re.finditer(r"[^\n]+", text):
        is_item = bool(_ITEM.match(line.group().strip()))
        if not is_item:
            clause, leader = clause + 1, -1
        for start, end in _sentences(text, line.start(), line.end()):
            if text[start:end].strip():
                pieces.append(_Piece(start, end, leader if is_item else -1, max(clause, 0), start == line.start()))
        if not is_item:
            leader = len(pieces) - 1
    return pieces


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = [each.span() for each in _SENTENCE.finditer(text, start, end)]
    return [part for span in spans for part in (_phrases(text, *span) if span[1] - span[0] > LONGEST_QUOTE else [span])]


def _phrases(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [each.span() for each in _PHRASE.finditer(text, start, end)]


def _chosen(text: str, pieces: Sequence[_Piece], asked: str, proof: tuple[str, ...]) -> list[int]:
    """The places of the sentences that answer, as many as there is room for: each adds something the others lack."""
    wanted = frozenset(tokens(asked))
    words = [frozenset(tokens(text[each.start : each.end])) & wanted for each in pieces]
    bare = [re.sub(r"\s", "", text[each.start : each.end]) for each in pieces]
    phrases = [frozenset(each for each in proof if re.sub(r"\s", "", each) in said) for said in bare]
    chosen: list[int] = []
    first = 0.0
    while len(chosen) < len(pieces):
        has_words = frozenset[str]().union(*(words[each] for each in chosen))
        has_phrases = frozenset[str]().union(*(phrases[each] for each in chosen))
        gains = {
            place: len(words[place] - has_words) + _PROOF * len(phrases[place] - has_phrases)
            for place in range(len(pieces))
            if place not in chosen and _fits(pieces, [*chosen, place])
        }
        best = max(gains, key=lambda place: gains[place], default=-1)
        if chosen and (best < 0 or gains[best] <= _WORTH * first):
            break
        if best < 0:  # nothing fits: the first sentence that answers, however long it is
            best = max(range(len(pieces)), key=lambda place: len(words[place]) + _PROOF * len(phrases[place]))
        first = first or gains.get(best, 1.0)
        chosen.append(best)
    return chosen


def _fits(pieces: Sequence[_Piece], chosen: Sequence[int]) -> bool:
    return sum(pieces[each].end - pieces[each].start for each in _with_leaders(pieces, chosen)) <= LONGEST_QUOTE


def _with_leaders(pieces: Sequence[_Piece], chosen: Sequence[int]) -> set[int]:
    return {*chosen, *(pieces[each].leader for each in chosen if pieces[each].leader >= 0)}


def _with_neighbours(pieces: Sequence[_Piece], chosen: Sequence[int]) -> list[int]:
    """The chosen sentences, and those beside them in the same 款 while there is room: they say of what it is said. Of a
    list (项) only what was chosen, or its beginning when it was chosen by the words that lead to it.
    """
    quoted = _with_leaders(pieces, chosen)
    has_items = any(pieces[each].leader >= 0 for each in quoted)
    clauses = {pieces[each].clause for each in quoted}
    for step in (-1, 1):
        for place in sorted(quoted)[::-step]:
            beside = place + step
            while (
                0 <= beside < len(pieces)
                and beside not in quoted
                and pieces[beside].clause in clauses
                and not (has_items and pieces[beside].leader >= 0)
                and _fits(pieces, [*quoted, beside])
            ):
                quoted = _with_leaders(pieces, [*quoted, beside])
                beside += step
    return sorted(quoted)


def _joined(text: str, pieces: Sequence[_Piece], places: Sequence[int]) -> str:
    said = ""
    for number, place in enumerate(places):
        before = places[number - 1] if number else -1
        piece = pieces[place]
        if number and before == place - 1:
            said += text[pieces[before].end : piece.start]
        elif place:
            said += f"{CUT}\n" if number and piece.begins_line else CUT
        said += text[piece.start : piece.end]
    return said.strip() if places[-1] == len(pieces) - 1 else said.rstrip() + CUT
