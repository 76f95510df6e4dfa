"""Blocks → Telegram messages: HTML from escaped text, in parts that fit. Nothing an asker types is read as markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.channels.degrade import split_text
from consultations.messages import Block

# Bot API, sendMessage: 1–4096 characters after entities parsing. Counted here in UTF-16 units, the strictest reading.
TEXT_LIMIT = 4096
ENTITIES_LIMIT = 80  # undocumented: 100 a message
CAPTION_LIMIT = 1024
BETWEEN = "\n\n"
SAFE_LINK = re.compile(r"(?:https?://|tg://|mailto:)[^\s<>\"']+", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One message: as HTML, and as the plain text it shows (sent when the HTML is refused)."""

    html: str
    plain: str


def render(blocks: Sequence[Block], limit: int = TEXT_LIMIT) -> list[Part]:
    """The blocks as messages that fit, at least one. Blocks stay whole where they can; each part is valid by itself."""
    parts: list[list[Part]] = [[]]
    room = limit
    for piece in _pieces(blocks, limit):
        needed = units(piece.plain) + (len(BETWEEN) if parts[-1] else 0)
        if parts[-1] and (needed > room or len(parts[-1]) >= ENTITIES_LIMIT):
            parts.append([])
            room, needed = limit, units(piece.plain)
        parts[-1].append(piece)
        room -= needed
    return [_join(pieces) for pieces in parts]


def units(text: str) -> int:
    """The length in UTF-16 units, as Telegram's own clients count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """The text without what no database or channel can carry: NUL and halves of surrogate pairs."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "")


def _pieces(blocks: Sequence[Block], limit: int) -> Iterator[Part]:
    for block in blocks:
        yield from (_piece(block, text) for text in split_text(clean(block.text), limit, units))


def _piece(block: Block, text: str) -> Part:
    escaped = html.escape(text, quote=False)
    if block.kind == "lead":
        return Part(f"<b>{escaped}</b>", text)
    if block.kind == "quote":
        return Part(f"<blockquote>{escaped}</blockquote>", text)
    if block.url and SAFE_LINK.fullmatch(block.url):
        return Part(f'<a href="{html.escape(block.url)}">{escaped}</a>', text)
    return Part(escaped, text)


def _join(pieces: Sequence[Part]) -> Part:
    if not pieces:
        return Part("（无内容）", "（无内容）")  # Telegram refuses an empty message
    return Part(BETWEEN.join(piece.html for piece in pieces), BETWEEN.join(piece.plain for piece in pieces))
