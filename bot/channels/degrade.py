"""Makes every message fit a channel that lacks something: long texts in parts, buttons and polls as numbered lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from consultations.messages import Choice

# Where a long text may be cut, best place first: between paragraphs, lines, sentences, clauses, words.
BORDERS = ("\n\n", "\n", "。", "；", "！", "？", "，", " ")


def split_text(text: str, limit: int, size: Callable[[str], int] = len) -> list[str]:
    """The text in parts of at most `limit`, cut at the best border available; without white space at the cuts.

    `size` measures a text in the channel's own unit. A text without borders is cut between characters. The parts
    together hold every character of the text that is not white space. Empty for an empty text.
    """
    parts = []
    rest = text.strip()
    while size(rest) > limit:
        cut = _cut(rest, _fitting(rest, limit, size))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [part for part in [*parts, rest] if part]


def numbered(choices: Sequence[Choice]) -> str:
    """The choices as numbered lines, ``1. 转人工``; empty without choices."""
    return "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(choices, start=1))


def chosen(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice a person means who typed its number (also full-width, ``１``); ``None`` when it is something else."""
    typed = text.strip().rstrip(".。、")
    if not typed.isdecimal() or len(typed) > 3:
        return None
    number = int(typed)
    return choices[number - 1] if 1 <= number <= len(choices) else None


def _fitting(text: str, limit: int, size: Callable[[str], int]) -> int:
    """How many leading characters fit, at least one; a binary search because `size` need not be the length."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    return low


def _cut(text: str, most: int) -> int:
    """Where to cut within the first `most` characters; never so early that the part is almost empty."""
    for border in BORDERS:
        at = text.rfind(border, most // 3, most)
        if at >= 0:
            return at + len(border)
    return most
