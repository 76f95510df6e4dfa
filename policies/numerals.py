"""Chinese numerals: 第四十二条 ↔ 42."""

from __future__ import annotations

import re

NUMERAL = "零〇一二两三四五六七八九十百千"
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def to_int(numeral: str) -> int:
    """The value of ``四十二``, ``二〇二〇`` or ``42``; 0 for anything else."""
    if re.fullmatch(r"[0-9]+", numeral):
        return int(numeral)
    if not numeral or any(sign not in _DIGITS and sign not in _UNITS for sign in numeral):
        return 0
    if not any(sign in _UNITS for sign in numeral):
        return int("".join(str(_DIGITS[sign]) for sign in numeral))
    return _by_units(numeral)


def to_chinese(value: int) -> str:
    """``四十二`` for 42; numbers outside 1–9999 come back in Arabic digits."""
    if not 1 <= value <= 9999:
        return str(value)
    spelled = ""
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            spelled += "零一二三四五六七八九"[digit] + sign
        elif spelled and value and not spelled.endswith("零"):
            spelled += "零"
    return spelled.removeprefix("一") if spelled.startswith("一十") else spelled


def _by_units(numeral: str) -> int:
    total, digit = 0, 0
    for sign in numeral:
        if sign in _UNITS:
            total += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            digit = _DIGITS[sign]
    return total + digit
