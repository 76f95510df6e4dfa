"""Masking (脱敏): personal data made unreadable before anything leaves the archive.

Numbers with a check digit (身份证 GB 11643, 统一社会信用代码 GB 32100, bank cards by Luhn) are verified where
that spares harmless numbers; patent application and registration numbers must stay readable. Addresses are best effort.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, 附录 A
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, 表 2: without I O S V Z
_EDGE = r"(?<![0-9A-Za-z])"
_END = r"(?![0-9A-Za-z])"


def mask(text: str) -> str:
    """The text with e-mail, credit code, ID card, bank card, phone numbers and street addresses masked.

    Enough stays to recognise one's own (``138****8000``), not to find somebody.
    """
    for pattern, replace in _RULES:
        text = pattern.sub(replace, text)
    return text


def strike(text: str, mark: str) -> str:
    """The text with the same things replaced by `mark` whole: nothing of them can be recognised."""
    for pattern, replace in _RULES:
        text = pattern.sub(lambda found, masked=replace: mark if masked(found) != found[0] else found[0], text)  # type: ignore[misc]
    return text


def is_id_card(number: str) -> bool:
    """Whether an 18-character number is a valid ID card number (check digit by ISO 7064 MOD 11-2)."""
    if not re.fullmatch(r"\d{17}[\dXx]", number, re.ASCII):
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False)) % 11
    return "10X98765432"[rest] == number[-1].upper()


def is_credit_code(code: str) -> bool:
    """Whether an 18-character code is a valid 统一社会信用代码 (check character by MOD 31)."""
    if len(code) != 18 or any(each not in _CREDIT_ALPHABET for each in code):
        return False
    total = sum(_CREDIT_ALPHABET.index(each) * pow(3, at, 31) for at, each in enumerate(code[:17]))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31] == code[17]


def is_bank_card(number: str) -> bool:
    """Whether a number of 13 to 19 digits passes the Luhn check."""
    digits = [int(each) for each in reversed(number)]
    doubled = (sum(divmod(2 * each, 10)) for each in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _email(found: re.Match[str]) -> str:
    return f"{found[1][0]}***@{found[2]}"


def _credit_code(found: re.Match[str]) -> str:
    return _keep_ends(found[0], 2, 4) if is_credit_code(found[0].upper()) else found[0]


def _id_card(found: re.Match[str]) -> str:
    # A wrong check digit is most often a typo in a real number: anything shaped like an ID card with a real date of
    # birth is masked all the same.
    return _keep_ends(re.sub(r"[ \-]", "", found[0]), 3, 2)


def _bank_card(found: re.Match[str]) -> str:
    digits = re.sub(r"[ \-]", "", found[0])
    return _keep_ends(digits, 4, 4) if 13 <= len(digits) <= 19 and is_bank_card(digits) else found[0]


def _mobile(found: re.Match[str]) -> str:
    digits = re.sub(r"[ \-]", "", found[1])
    return f"{digits[:3]}****{digits[-4:]}"


def _landline(found: re.Match[str]) -> str:
    return f"{found[1]}-****{found[2][-2:]}"


def _address(found: re.Match[str]) -> str:
    return f"{found[1]}***"


def _keep_ends(text: str, head: int, tail: int) -> str:
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


_ID_SHAPE = r"[1-9]\d{5}[ \-]?(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ \-]?\d{3}[\dXx]"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"([A-Za-z0-9][\w.+-]*)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", re.ASCII), _email),
    (re.compile(rf"{_EDGE}{_ID_SHAPE}{_END}", re.ASCII), _id_card),
    (
        re.compile(rf"{_EDGE}[1-9A-HJ-NP-RT-UWXYa-hj-np-rt-uwxy][0-9A-HJ-NP-RT-UWXYa-hj-np-rt-uwxy]{{17}}{_END}"),
        _credit_code,
    ),
    (re.compile(rf"{_EDGE}\d(?:[ \-]?\d){{12,18}}{_END}", re.ASCII), _bank_card),
    (re.compile(r"(?<!\d)(?:\+?86[ \-]?)?(1[3-9]\d[ \-]?\d{4}[ \-]?\d{4})(?!\d)", re.ASCII), _mobile),
    (re.compile(r"(?<!\d)(0(?:10|2\d|[3-9]\d{2}))[ \-]?([2-9]\d{6,7})(?!\d)", re.ASCII), _landline),
    (
        re.compile(
            r"([\u4e00-\u9fff]{1,8}(?:路|街|大道|巷|胡同|村|小区|花园|公寓))"
            r"[0-9０-９一二三四五六七八九十百\-A-Za-z之附]{1,8}(?:号院?|弄|栋|幢|座|楼|单元|室|组)"
            r"(?:[0-9０-９一二三四五六七八九十百\-A-Za-z之附]{1,8}(?:号楼?|弄|栋|幢|座|楼|层|单元|室|组|户))*"
        ),
        _address,
    ),
)
