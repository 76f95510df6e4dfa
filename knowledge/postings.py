"""Who contains what: the arrays behind the fast engine, made of a few changed passages as well as of all at once.

There is one way to make them: `updated` takes what stays from earlier arrays and adds what is new; made from nothing
it is a build. So a compilation of any size takes up one more policy in a fraction of a second, and the arrays are the
same, bit by bit, as if they were built anew.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.tokenise import HAN, WHOLE_PIECE

# Robertson's usual values; tuning them moved nothing by more than ±.01 on any labelled set (docs/retrieval.md).
K1, B = 1.2, 0.75
# More of one token in one text changes no score any more.
_MOST_COUNTED = np.iinfo(np.uint16).max
# Impacts are worked out for so many postings at a time: that bounds the memory it takes.
_AT_ONCE = 1 << 20

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Postings:
    """For token number t, `keys[t]` in ascending order: the units (texts) ``rows[starts[t]:starts[t+1]]`` hold it so
    many times (`counts`), which is worth `impacts` to each (float32, a token's whole BM25 contribution), and
    `frequency[t]` passages do.

    Units are numbered in order of their passages: `sizes` says how many each passage has, `lengths` how many tokens
    each unit.
    """

    keys: Ints
    starts: Ints
    rows: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    impacts: Floats
    frequency: Ints
    sizes: Ints
    lengths: Ints

    @property
    def n_units(self) -> int:
        """How many texts there are."""
        return len(self.lengths)

    @property
    def firsts(self) -> Ints:
        """The first unit of each passage."""
        return _before(self.sizes)


def key_of(token: str) -> int | None:
    """A token as a number: a character its code, a pair both codes, a word or number a negative one."""
    if WHOLE_PIECE.fullmatch(token):
        return _word_key(token)
    if len(token) == 1:
        return ord(token)
    return (ord(token[0]) << 21) | ord(token[1]) if len(token) == 2 else None


@functools.lru_cache(maxsize=65_536)
def _word_key(word: str) -> int:
    """A hash: that two of a million words meet in 63 bits is less probable than one in ten million."""
    return -1 - (int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest()) >> 1)


def updated(old: Postings, came_from: Sequence[int], added: Sequence[Sequence[str]]) -> Postings:
    """The postings of a collection that shares passages with an earlier one.

    Args:
        old: Of the earlier collection; `NO_POSTINGS` to build.
        came_from: For each passage, in order, its place in the earlier collection, ascending; -1 for a new one.
        added: The texts of each new passage in order, at least one each, in `tokenise.ranking_text` spelling.
    """
    origin = np.asarray(came_from, dtype=np.int64)
    is_new = origin < 0
    sizes = np.empty(len(origin), dtype=np.int64)
    sizes[is_new] = [len(each) for each in added]
    sizes[~is_new] = old.sizes[origin[~is_new]]
    moved = _moved(old, origin, sizes)
    keys, units = _added(added, np.flatnonzero(np.repeat(is_new, sizes)))
    lengths = np.bincount(units, minlength=int(sizes.sum()))
    lengths[moved[moved >= 0]] = old.lengths[moved >= 0]
    vocabulary = np.union1d(old.keys, keys)
    token, rows, counts = _merged(old, moved, vocabulary, keys, units, len(lengths))
    starts = np.searchsorted(token, np.arange(len(vocabulary) + 1, dtype=np.int32))
    present = np.diff(starts) > 0
    if not present.all():
        token = (np.cumsum(present) - 1).astype(np.int32)[token]
        starts = np.append(starts[:-1][present], starts[-1])
    frequency = _frequency(starts, rows, sizes)
    impacts = _impacts(token, rows, counts, frequency, lengths, len(sizes))
    return Postings(vocabulary[present], starts, rows, counts, impacts, frequency, sizes, lengths)


def with_impacts(parts: Postings) -> Postings:
    """Postings as they were stored, with their impacts worked out."""
    token = np.repeat(np.arange(len(parts.keys), dtype=np.int32), np.diff(parts.starts))
    frequency = _frequency(parts.starts, parts.rows, parts.sizes)
    impacts = _impacts(token, parts.rows, parts.counts, frequency, parts.lengths, len(parts.sizes))
    return Postings(parts.keys, parts.starts, parts.rows, parts.counts, impacts, frequency, parts.sizes, parts.lengths)


def _moved(old: Postings, origin: Ints, sizes: Ints) -> Ints:
    """The new number of each old unit, ascending; -1 for one that is gone."""
    stays = np.zeros(len(old.sizes), dtype=np.bool_)
    shift = np.zeros(len(old.sizes), dtype=np.int64)
    kept = origin[origin >= 0]
    stays[kept] = True
    shift[kept] = _before(sizes)[origin >= 0] - old.firsts[kept]
    return np.where(np.repeat(stays, old.sizes), np.arange(old.n_units) + np.repeat(shift, old.sizes), -1)


def _added(added: Sequence[Sequence[str]], numbers: Ints) -> tuple[Ints, Ints]:
    """Each token of the new texts with its unit; `numbers` are those of the texts in order."""
    texts = [text for each in added for text in each]
    if not texts:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    keys, lines = _token_table("\n".join(texts))
    return keys, numbers[lines]


def _merged(  # noqa: PLR0913, PLR0917  arrays that belong together
    old: Postings, moved: Ints, vocabulary: Ints, keys: Ints, units: Ints, n_units: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint16]]:
    """Token, unit and count of each posting, in order of token and unit: the old ones that stay and the new ones."""
    token = np.repeat(np.searchsorted(vocabulary, old.keys).astype(np.int32), np.diff(old.starts))
    rows = moved.astype(np.int32)[old.rows]
    counts = old.counts
    if len(stays := np.flatnonzero(rows >= 0)) < len(rows):
        token, rows, counts = token[stays], rows[stays], counts[stays]
    pairs, how_often = np.unique(np.searchsorted(vocabulary, keys) * n_units + units, return_counts=True)
    new_token, new_rows = np.divmod(pairs, max(n_units, 1))
    places = token.astype(np.int64)
    places *= n_units  # in place: with millions of postings each copy is tens of megabytes
    places += rows
    place = np.searchsorted(places, pairs)
    del places
    new_counts = np.minimum(how_often, _MOST_COUNTED).astype(np.uint16)
    return (
        np.insert(token, place, new_token.astype(np.int32)),
        np.insert(rows, place, new_rows.astype(np.int32)),
        np.insert(counts, place, new_counts),
    )


def _frequency(starts: Ints, rows: npt.NDArray[np.int32], sizes: Ints) -> Ints:
    """How many passages hold each token. Passages, not texts: otherwise a card with many wordings makes its own subject
    common.
    """
    passage = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)[rows]
    is_first = np.ones(len(rows), dtype=np.bool_)
    is_first[1:] = passage[1:] != passage[:-1]
    is_first[starts[:-1]] = True
    return np.add.reduceat(is_first, starts[:-1], dtype=np.int64) if len(rows) else _NOTHING


def _impacts(  # noqa: PLR0913, PLR0917  arrays that belong together
    token: npt.NDArray[np.int32],
    rows: npt.NDArray[np.int32],
    counts: npt.NDArray[np.uint16],
    frequency: Ints,
    lengths: Ints,
    n_passages: int,
) -> Floats:
    """What each posting adds to the score of its unit, by BM25."""
    share = lengths / max(lengths.mean(), 1.0) if len(lengths) else lengths
    rarity = np.log1p((n_passages - frequency + 0.5) / (frequency + 0.5))
    found = np.empty(len(token), dtype=np.float32)
    for start in range(0, len(token), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        count = counts[part].astype(np.float64)
        found[part] = rarity[token[part]] * count * (K1 + 1) / (count + K1 * (1 - B + B * share[rows[part]]))
    return found


def _before(sizes: Ints) -> Ints:
    """The sum of all sizes before each."""
    return np.cumsum(sizes) - sizes


def _token_table(joined: str) -> tuple[Ints, Ints]:
    """Each token of the lines as ``(key, line)``: the tokens of `tokenise.tokens`, found all at once."""
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    lines = np.cumsum(codes == ord("\n"))
    han = _is_han(codes)
    whole = [(found.group(), found.start(), found.end()) for found in WHOLE_PIECE.finditer(joined)]
    for _, start, end in whole:
        han[start:end] = False
    word_keys = np.array([_word_key(text) for text, _, _ in whole], dtype=np.int64)
    word_lines = lines[[start for _, start, _ in whole]] if whole else np.empty(0, np.int64)
    pair = han[:-1] & han[1:]
    pair_keys = (codes[:-1][pair] << 21) | codes[1:][pair]
    keys = np.concatenate([codes[han], pair_keys, word_keys])
    return keys, np.concatenate([lines[han], lines[:-1][pair], word_lines])


def _is_han(codes: Ints) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(codes), dtype=np.bool_)
    for first, last in _ranges(HAN):
        found |= (codes >= first) & (codes <= last)
    return found


def _ranges(signs: str) -> Iterator[tuple[int, int]]:
    """A regular expression's character class as code ranges: ``a-c々`` → (97, 99), (12293, 12293)."""
    place = 0
    while place < len(signs):
        ranged = signs[place + 1 : place + 2] == "-"
        yield ord(signs[place]), ord(signs[place + 2 if ranged else place])
        place += 3 if ranged else 1


_NOTHING = np.empty(0, dtype=np.int64)
NO_POSTINGS = Postings(
    _NOTHING,
    np.zeros(1, dtype=np.int64),
    np.empty(0, dtype=np.int32),
    np.empty(0, dtype=np.uint16),
    np.empty(0, dtype=np.float32),
    _NOTHING,
    _NOTHING,
    _NOTHING,
)
