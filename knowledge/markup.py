"""What a message says between its tags: people paste <b>我要找工作人员</b>, or <iframe …> with a question behind it."""

from __future__ import annotations

import re

from knowledge.routing import route

# What a browser shows without a break; every other tag ends what stands before it.
_INLINE = "a|b|big|code|em|font|i|label|mark|s|small|span|strong|sub|sup|u"
_APART = (
    "article|audio|blockquote|body|br|button|center|div|embed|footer|form|h[1-6]|head|header|hr|html|iframe|img|input|li"
    "|link|main|meta|object|ol|p|pre|script|section|style|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|ul|video"
)
_TAG = re.compile(rf"</?(?:({_INLINE})|{_APART})(?:[\s/][^<>]*)?>")
_UNSEEN = re.compile(r"<(script|style|iframe)\b[^<>]*>[^<]*</\1\s*>")
_WRITTEN_OUT = {"&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&amp;": "&"}
_ENTITY = re.compile("|".join(_WRITTEN_OUT))
_SPACE = re.compile(r"\s+")
_LETTER = re.compile(r"[^\W_]")


def without_markup(text: str) -> str:
    """A normalised text without HTML tags, scripts and what is written for a sign (``&nbsp;``).

    Untouched where nothing is left, and where what stands in a script is an order to us: that is no question.
    """
    plain = _ENTITY.sub(lambda found: _WRITTEN_OUT[found.group()], text) if "&" in text else text
    if "<" not in plain:
        return text if plain == text else _SPACE.sub(" ", plain).strip()
    said = _shown(_UNSEEN.sub(" ", plain))
    if not _LETTER.search(said) or route(_shown(plain)) == "injection":
        return text
    return said


def _shown(text: str) -> str:
    """What stands between the tags."""
    return _SPACE.sub(" ", _TAG.sub(lambda tag: "" if tag[1] else " ", text)).strip()
