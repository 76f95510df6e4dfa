"""Texts as XML may hold them, for every file of Office we write."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_CONTROLS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, Char


def legal(text: str) -> str:
    """The text without what XML can't hold, escaped also for an attribute."""
    return escape(_CONTROLS.sub("", text), {'"': "&quot;"})
