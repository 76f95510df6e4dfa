"""Text → what ranking and understanding work on: one spelling, ranking tokens, and terms of the trade.

Characters and pairs of neighbouring characters (bigrams) carry the ranking: on every labelled set they beat words cut
by jieba (``docs/retrieval.md``). jieba with our dictionary recognises terms (术语): synonyms, routing, statistics.
Everything here is linear in the length of the text and takes any string, however hostile.
"""

from __future__ import annotations

import functools
import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from knowledge.dictionary import Entry, load_dictionary
from knowledge.stock_words import StockWords

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇々\U00020000-\U0003ffff"

_NUMERAL = "零〇一二两三四五六七八九十百千"
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}

# 第四十二条, 42条, 四十二条, 第三款, （二）项. A bare 一条 is a piece of something, not an article:
# without 第 a numeral needs Arabic digits or 十/百. A clause (款, 项) counts only right after an article or with 第.
_ARTICLE = re.compile(
    rf"第\s?([{_NUMERAL}]{{1,8}}|[0-9]{{1,4}})\s?([条款项章节])"
    rf"|(?<![0-9.])(?<![0-9第]-)([0-9]{{1,4}})(条)"
    rf"|(?<![{_NUMERAL}])((?=[一二三四五六七八九]?[十百])[{_NUMERAL}]{{1,8}})(条)"
)
_CLAUSE = re.compile(rf"(第[0-9]+[条款])\s?[(]?([{_NUMERAL}]{{1,4}}|[0-9]{{1,3}})[)]?([款项])")
# What stays one token: a Latin word, a number, an article reference.
WHOLE_PIECE = re.compile(rf"第[0-9]+[条款项章节]|[^\W_{HAN}]+")
_PIECE = re.compile(rf"(第[0-9]+[条款项章节]|[^\W_{HAN}]+)|[{HAN}]+?(?=第[0-9]+[条款项章节]|[^{HAN}]|$)")
_COUNT = re.compile(rf"(?<![{_NUMERAL}])([{_NUMERAL}]{{1,8}})(?=个月|个工作日|年|日|天|周|次|元|万|倍)")
_SPACE = re.compile(r"\s+")
# Texts up to this length are questions or parts of them, and what was made of them is kept for a while.
_QUESTION = 1000


@dataclass(frozen=True)
class Term:
    """A dictionary term in a text. `text` as it stands there (normalised), `official` the legal word for it."""

    text: str
    official: str
    start: int
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class Word:
    """A word in a text; `seen` how often the stock list has seen it, 0 for what is no word."""

    text: str
    start: int
    seen: int

    @property
    def end(self) -> int:
        """Where the next word begins."""
        return self.start + len(self.text)


def normalise(text: str) -> str:
    """The text in one spelling: half width, simplified, lower case, 第42条, single spaces, nothing invisible.

    Control, direction and formatting marks, combining marks and lone surrogates vanish; emoji and other pictures
    become a space. The result is stable: normalising it again changes nothing.
    """
    return _normalised(text) if len(text) <= _QUESTION else _normalised.__wrapped__(text)


@functools.lru_cache(maxsize=256)  # a question is normalised by everything that looks at it
def _normalised(text: str) -> str:
    plain = _SPACE.sub(" ", text.translate(_FOLD)).strip()
    return _with_article_numbers(_simplified(plain))


def tokens(text: str) -> list[str]:
    """What ranking counts: each Chinese character, each pair of neighbouring ones, each Latin word or number.

    An article reference (第42条, 第3款) is one token. In order of the text; a character comes before the pair it
    begins. Empty for a text without letters.
    """
    return [token for token, _ in positioned_tokens(ranking_text(text))]


def ranking_text(text: str) -> str:
    """The normalised text with counts in digits, 三个月 as 3个月: the law writes one, people the other."""
    return _COUNT.sub(lambda found: str(_to_int(found[1])), normalise(text))


def positioned_tokens(spelled: str) -> Iterator[tuple[str, int]]:
    """The ranking tokens of a `ranking_text`, each with the offset of its first character."""
    for match in _PIECE.finditer(spelled):
        piece, start = match.group(), match.start()
        if match.group(1):  # A Latin word, a number or an article reference stays whole.
            yield piece, start
            continue
        for place in range(len(piece) - 1):
            yield piece[place], start + place
            yield piece[place : place + 2], start + place
        yield piece[-1], start + len(piece) - 1


def terms(text: str) -> list[Term]:
    """The dictionary's terms in a text, in order; a lay word names its official term."""
    plain = normalise(text)
    return list(_terms(plain) if len(plain) <= _QUESTION else _terms.__wrapped__(plain))


def is_han(sign: str) -> bool:
    """Whether this one character is Chinese."""
    return _IS_HAN.match(sign) is not None


def words(text: str) -> list[str]:
    """The words of a text as jieba cuts them with our dictionary; for statistics and as a baseline, not for ranking."""
    return [word for word in _jieba().lcut(normalise(text), HMM=False) if word.strip() and word[0].isalnum()]


def common_words(normalised: str) -> list[Word]:
    """The words of a normalised text, in order, with how often jieba's stock list has seen each.

    Loads that list on first use: nearly a second and 10 MB.
    """
    cutter, ours = _jieba(), _stock_frequencies()
    found, start = [], 0
    for word in cutter.cut(normalised, HMM=False):
        found.append(Word(word, start, int(ours.get(word, cutter.FREQ.get(word, 0)))))
        start += len(word)
    return found


def warm_up() -> None:
    """Load what the first question would otherwise wait for: the converter and the dictionary (a tenth of a second)."""
    normalise("預熱")
    terms("预热")


# --- one spelling ----------------------------------------------------------------------------------------------------


class _Folding(dict[int, str]):
    """What each character becomes, worked out when first seen. Looking up single characters keeps this linear:
    normalising whole strings is quadratic in a run of combining marks.
    """

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        if folded.strip():  # Only what has letters or signs is remembered: that bounds the table.
            self[code] = folded
        return folded


_KEPT_SYMBOLS = {"®": "r", "©": "c", "\u00ad": ""}


def _folded(sign: str) -> str:
    if sign in _KEPT_SYMBOLS:
        return _KEPT_SYMBOLS[sign]
    plain = unicodedata.normalize("NFKC", sign).lower()
    return "".join(_kept(each) for each in plain)


def _kept(sign: str) -> str:
    category = unicodedata.category(sign)
    if sign in "\t\n\r\v\f\u0085" or category[0] == "Z" or category in {"So", "Sk"}:
        return " "
    return "" if category[0] in "CM" else sign


_FOLD = _Folding()
_IS_HAN = re.compile(f"[{HAN}]")


@functools.cache
def _converter() -> Any:  # noqa: ANN401  opencc has no types
    import opencc

    return opencc.OpenCC("t2s")


def _simplified(text: str) -> str:
    return str(_converter().convert(text)) if text else ""


def _with_article_numbers(text: str) -> str:
    if not any(sign in text for sign in "条款项章节"):
        return text
    text = _ARTICLE.sub(_numbered, text)
    for _ in range(2):  # 条 → 款 → 项
        text = _CLAUSE.sub(lambda found: f"{found[1]}第{_to_int(found[2])}{found[3]}", text)
    return text


def _numbered(found: re.Match[str]) -> str:
    numeral, unit = next((found[n], found[n + 1]) for n in (1, 3, 5) if found[n])
    return f"第{_to_int(numeral)}{unit}"


def _to_int(numeral: str) -> int:
    if numeral.isdigit() and numeral.isascii():
        return int(numeral)
    if not any(sign in _UNITS for sign in numeral):
        return int("".join(str(_DIGITS[sign]) for sign in numeral))
    total, digit = 0, 0
    for sign in numeral:
        if sign in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[sign], 0
        else:
            digit = _DIGITS[sign]
    return total + digit


# --- terms -----------------------------------------------------------------------------------------------------------

_LOADING = threading.Lock()
# Far above any word of the stock list, so that our terms are never cut apart.
_TERM_FREQUENCY = 2_000_000


def _jieba() -> Any:  # noqa: ANN401  jieba has no types
    """The cutter of jieba with its own word list and our dictionary, loaded once: nearly a second and 10 MB."""
    with _LOADING:
        return _full_cutter()


@functools.cache
def _full_cutter() -> Any:  # noqa: ANN401
    cutter = _empty_cutter()
    # `initialize` would write a cache file into the system's temporary folder and keep 60 MB; this does the rest.
    with cutter.get_dict_file() as lines:
        cutter.FREQ = StockWords(lines)
    cutter.total = cutter.FREQ.total
    _stock_frequencies().update({word: cutter.FREQ.get(word, 0) for word in _entries()})
    return _with_terms(cutter)


@functools.cache
def _stock_frequencies() -> dict[str, int]:
    """How often the stock list has seen our terms; filled before our own weights take the place of its counts."""
    return {}


@functools.cache
def _term_cutter() -> Any:  # noqa: ANN401
    """The cutter of jieba with our dictionary alone. Our terms win over the stock list anyway, so terms are the same,
    and neither the start nor the first question waits for it.
    """
    return _with_terms(_empty_cutter())


def _empty_cutter() -> Any:  # noqa: ANN401
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total, cutter.initialized = {}, 1, True
    return cutter


def _with_terms(cutter: Any) -> Any:  # noqa: ANN401
    for word in _entries():
        cutter.add_word(word, freq=_TERM_FREQUENCY)
    return cutter


@functools.cache
def _entries() -> dict[str, Entry]:
    """Each word of the dictionary, official or lay, with its entry. An official word wins over another's lay word."""
    found: dict[str, Entry] = {}
    for entry in load_dictionary():
        for word in (*entry.lay_words, *entry.abbreviations):
            found.setdefault(normalise(word), entry)
    return found | {normalise(entry.official): entry for entry in load_dictionary()}


@functools.lru_cache(maxsize=256)
def _terms(normalised: str) -> tuple[Term, ...]:
    start, found = 0, []
    for word in _term_cutter().cut(normalised, HMM=False):
        if entry := _entries().get(word):
            found.append(Term(word, entry.official, start, entry.services))
        start += len(word)
    return tuple(found)
