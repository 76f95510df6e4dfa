"""Inside an article (条): its 款 and 项, what they are called, and what is said at one place."""

from __future__ import annotations

import re

_ONES = "一二三四五六七八九十"
_ARTICLE = re.compile(r"(\d{1,4})(?:[-之](\d{1,2}))?", re.ASCII)
_ITEM = re.compile(r"[(（]([一二三四五六七八九十]{1,3})[)）]")
# What continues the 款 before it: a 项, or one of its numbered points (目).
_CONTINUES = re.compile(r"[(（][一二三四五六七八九十]{1,3}[)）]|\d{1,2}[.．、]")


def clauses_of(text: str) -> list[str]:
    """The 款 of an article: its lines; items (项) belong to the 款 before them."""
    clauses: list[str] = []
    for line in (each.strip() for each in text.splitlines()):
        if clauses and _CONTINUES.match(line):
            clauses[-1] += f"\n{line}"
        elif line:
            clauses.append(line)
    return clauses


def part_of(text: str, paragraph: int = 0, item: int = 0) -> str:
    """The words at a place of an article: a 项 with the words that lead to it, a 款, or (0, 0) the whole.

    Where there is no such 款 or 项, the whole article; `missing_part` says so.
    """
    clauses = clauses_of(text)
    within = clauses[paragraph - 1 : paragraph] if paragraph else clauses
    if item:
        found = next((each for each in within if item in _items(each)), None)
        return f"{found.splitlines()[0]}\n{_items(found)[item]}" if found else text
    return within[0] if paragraph and within else text


def missing_part(text: str, paragraph: int = 0, item: int = 0) -> str:
    """Which part an article lacks, as in 只有四款，没有第五款; empty when it has it."""
    clauses = clauses_of(text)
    if paragraph > len(clauses):
        return f"只有{_count(len(clauses))}款，没有第{chinese_number(paragraph)}款"
    within = clauses[paragraph - 1 : paragraph] if paragraph else clauses
    numbers = [number for each in within for number in _items(each)]
    if not item or item in numbers:
        return ""
    clause = f"第{chinese_number(paragraph)}款" if paragraph else ""
    return f"{clause}{f'只有{_count(len(numbers))}项' if numbers else '没有分项'}，没有第（{chinese_number(item)}）项"


def shortened(text: str, longest: int) -> str:
    """A text cut at the end of a sentence when it is longer than that."""
    if len(text) <= longest:
        return text
    end = max(text.rfind(sign, 0, longest) for sign in "。；\n")
    return text[: end + 1 if end > 0 else longest].rstrip() + "……"


def _items(clause: str) -> dict[int, str]:
    """The 项 of one 款 by number."""
    return {number_of(found[1]): line for line in clause.splitlines() if (found := _ITEM.match(line))}


def _count(number: int) -> str:
    return "两" if number == 2 else chinese_number(number)


def place_name(article: str, paragraph: int = 0, item: int = 0) -> str:
    """The place as laws write it: ``17之1``, 2, 3 → 第十七条之一第二款第（三）项; a heading stands as it is."""
    found = _ARTICLE.fullmatch(article)
    if found is None:
        return article.replace("(", "（").replace(")", "）")
    more = f"之{chinese_number(int(found[2]))}" if found[2] else ""
    clause = f"第{chinese_number(paragraph)}款" if paragraph else ""
    point = f"第（{chinese_number(item)}）项" if item else ""
    return f"第{chinese_number(int(found[1]))}条{more}{clause}{point}"


def chinese_number(number: int) -> str:
    """0–9999 in Chinese, as in 一千二百零五."""
    digits = "零一二三四五六七八九"
    if number < len(digits):
        return digits[number]
    parts, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            parts += ("零" if gap and parts else "") + digits[digit] + name
        gap = not digit
    return parts.removeprefix("一") if parts.startswith("一十") else parts


def number_of(numeral: str) -> int:
    """``12`` or 十二 as a number; up to 九十九."""
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    value = _ONES.index(ones[-1]) + 1 if ones else 0
    return value + ((_ONES.index(tens[-1]) + 1 if tens else 1) * 10 if ten else 0)
