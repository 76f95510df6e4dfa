"""What a question says of its service item (服务事项) by what it is about: 质押 is B12, 优先审查 is B06.

The words are data (``service_themes.toml``), written from the norm's description of the items.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

THEMES_FILE = Path(__file__).parent / "service_themes.toml"
# More words of one item than this say no more.
_MOST_WORDS = 2


def theme_shares(text: str) -> dict[str, float]:
    """How much of what a normalised text is about belongs to each service item, 1 together; empty when it names nothing
    of any.
    """
    found = {code: len({each.group() for each in pattern.finditer(text)}) for code, pattern in _themes().items()}
    counted = {code: min(n, _MOST_WORDS) for code, n in found.items() if n}
    return {code: n / sum(counted.values()) for code, n in counted.items()}


@cache
def _themes() -> dict[str, re.Pattern[str]]:
    content: dict[str, str] = tomllib.loads(THEMES_FILE.read_text(encoding="utf-8"))
    return {code: re.compile(words) for code, words in content.items()}
