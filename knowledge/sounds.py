"""How Chinese characters sound: their readings without tones, and the sounds many speakers do not tell apart."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

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


def spelled_in_pinyin(word: str) -> str:
    """A word as it is typed on a keyboard: 商标 → shangbiao."""
    return "".join(_pypinyin().lazy_pinyin(word, errors="ignore"))


@cache
def _pypinyin() -> Any:  # noqa: ANN401  pypinyin has no types
    import pypinyin

    return pypinyin
