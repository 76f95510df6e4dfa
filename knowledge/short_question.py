"""A question short enough for a card's title or wording: as typed when it is, else what it asks, else its beginning."""

from __future__ import annotations

import re

from knowledge.parts import split_parts, without_politeness
from knowledge.routing import PUNCTUATION

_PAUSE = re.compile(r"[，,。.！!；;\s]")


def short_question(text: str, longest: int) -> str:
    """The question in at most so many characters; empty when nothing with letters is left."""
    plain = without_politeness(" ".join(text.split())).strip(" ，,。.！!；;：:、")
    if not PUNCTUATION.sub("", plain):
        return ""
    if len(plain) <= longest:
        return plain
    asked = split_parts(plain)[0].strip()
    return asked if len(asked) <= longest else _cut(asked, longest)


def _cut(text: str, longest: int) -> str:
    """The text up to the last pause that fits, when that is more than half of it."""
    pauses = [found.start() for found in _PAUSE.finditer(text, 0, longest + 1)]
    return text[: pauses[-1]] if pauses and pauses[-1] > longest // 2 else text[:longest]
