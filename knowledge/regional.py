"""The same thing by its name in Taiwan and Hong Kong (港台叫法): 營業秘密 → 商业秘密, 設計專利 → 外观设计专利."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

REGIONAL_FILE = Path(__file__).parent / "dictionary" / "regional.toml"


def in_our_words(text: str) -> str:
    """A normalised text in the words of the mainland's laws; reading it again changes nothing."""
    pattern, ours = _patterns()
    return pattern.sub(lambda match: ours[str(match.lastgroup)], text)


@cache
def _patterns() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern with a named group for each spelling, the longest first, and what each group means."""
    words: dict[str, list[str]] = tomllib.loads(REGIONAL_FILE.read_text(encoding="utf-8"))["words"]
    spellings = sorted(((one, ours) for ours, all_ in words.items() for one in all_), key=lambda each: -len(each[0]))
    parts = [f"(?P<w{n}>{_ungrouped(one)})" for n, (one, _) in enumerate(spellings)]
    return re.compile("|".join(parts)), {f"w{n}": ours for n, (_, ours) in enumerate(spellings)}


def _ungrouped(pattern: str) -> str:
    """The pattern with its own groups not capturing, so that the last group is the spelling's."""
    return re.sub(r"\((?!\?)", "(?:", pattern)
