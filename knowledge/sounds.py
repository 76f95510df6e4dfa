"""How Chinese characters sound: their readings without tones, and the sounds many speakers do not tell apart."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

# Of a word with many characters of several readings the first so many spellings are known.
_MOST_SPELLINGS = 64
# 平翘舌、前后鼻音、鼻边音: which initials many speakers do not tell apart; a final -g is dropped as well.
_MERGED_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))


@lru_cache(maxsize=30_000)
def readings(sign: str) -> tuple[str, ...]:
    """All readings of one Chinese character without tones, the commonest first; one empty one for other signs."""
    read: Any = _pypinyin().pinyin(sign, style=_pypinyin().Style.NORMAL, heteronym=True, errors="ignore")
    common: Any = _pypinyin().lazy_pinyin(sign, errors="ignore")
    return tuple(dict.fromkeys((*common, *(read[0] if read else ())))) or ("",)


def merged(syllable: str) -> str:
    """The syllable with sounds that are easily confused made the same: zhang → zan."""
    for initial, kept in _MERGED_INITIALS:
        if syllable.startswith(initial):
            syllable = kept + syllable.removeprefix(initial)
            break
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


def spellings_in_pinyin(word: str) -> Iterator[str]:
    """A word as it may be typed on a keyboard, the commonest readings first: 调解 → diaojie, tiaojie."""
    read = [readings(sign) for sign in word]
    return itertools.islice(map("".join, itertools.product(*read)), _MOST_SPELLINGS)


@cache
def _pypinyin() -> Any:  # noqa: ANN401  pypinyin has no types
    # Its list of 47,000 phrases is 60 MB and half a second; single characters are read the same without it.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    import pypinyin

    return pypinyin
