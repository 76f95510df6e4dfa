"""English words in a Chinese question → the words our cards use: patent的annual fee → 专利的年费."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

GLOSSARY_FILE = Path(__file__).parent / "dictionary" / "english.toml"


def in_chinese(text: str) -> str:
    """A normalised text with the English words of the glossary in Chinese; other words stay as they are.

    A text without Latin letters comes back unchanged, at no cost.
    """
    if not re.search("[a-z]{2}", text):
        return text
    pattern, means = _glossary()
    return re.sub(r"(?<=[^\x00-\x7f]) +| +(?=[^\x00-\x7f])", "", pattern.sub(lambda found: means[found[1]], text))


@cache
def _glossary() -> tuple[re.Pattern[str], dict[str, str]]:
    """The pattern prefers the longest phrase; Latin letters and figures beside a word make it another word."""
    groups: dict[str, dict[str, str]] = tomllib.loads(GLOSSARY_FILE.read_text(encoding="utf-8"))
    means = {phrase: chinese for group in groups.values() for phrase, chinese in group.items()}
    phrases = "|".join(re.escape(each) for each in sorted(means, key=len, reverse=True))
    # TM标 and TM字样 speak of the sign itself, which cards call so.
    return re.compile(rf"(?<![a-z0-9])({phrases})(?:s|es)?(?![a-z0-9])(?!标|字样)"), means
