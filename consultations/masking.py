"""Masking (脱敏): personal data made unreadable before anything leaves the archive.

Numbers are found however they are typed: in groups, full width, in Chinese numerals. Numbers with a check digit (身份证
GB 11643, 统一社会信用代码 GB 32100, bank cards by Luhn) are verified where that spares harmless numbers; patent
application and registration numbers must stay readable. Addresses are best effort.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, 附录 A
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, 表 2: without I O S V Z


def mask(text: str) -> str:
    """The text with e-mail, credit code, ID card, bank card, phone numbers and street addresses masked.

    Enough stays to recognise one's own (``138****8000``), not to find somebody.
    """
    return _replaced(text, "")


def strike(text: str, mark: str) -> str:
    """The text with the same things replaced by `mark` whole: nothing of them can be recognised."""
    return _replaced(text, mark)


def _replaced(text: str, mark: str) -> str:
    for find in _FINDERS:
        pieces, end = [], 0
        for start, stop, shown in find(text):
            pieces += [text[end:start], mark or shown]
            end = stop
        text = "".join([*pieces, text[end:]]) if pieces else text
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


# ---- what is found: where it begins and ends, and what is shown instead

_Found = Iterator[tuple[int, int, str]]


def _emails(text: str) -> _Found:
    if _MAIL_SIGN.search(text):
        for found in _MAIL.finditer(_folded(text)):
            yield *found.span(), f"{found[1][0]}***@{found[2]}"


def _numbers(text: str) -> _Found:
    """Numbers in digits, half or full width."""
    folded = _folded(text)
    if _SEVERAL_DIGITS.search(folded):
        yield from _of_kinds(folded, (_id_card, _credit_code, _bank_card, _mobile, _landline))


def _spelt_numbers(text: str) -> _Found:
    """Numbers in Chinese numerals."""
    if _SEVERAL_NUMERALS.search(text):
        yield from _of_kinds(text.translate(_NUMERALS), (_id_card, _bank_card, _mobile, _landline))


def _of_kinds(folded: str, kinds: tuple[Callable[[str], _Found], ...]) -> _Found:
    """What any of the kinds finds, in the order of the text; where two overlap, the kind that comes first has it."""
    taken: list[tuple[int, int, str]] = []
    for kind in kinds:
        taken += [each for each in kind(folded) if all(each[1] <= start or stop <= each[0] for start, stop, _ in taken)]
    yield from sorted(taken)


def _id_card(folded: str) -> _Found:
    # A wrong check digit is most often a typo in a real number: anything shaped like an ID card with a real date of
    # birth is masked all the same.
    for found in _ID.finditer(folded):
        number = _compact(found[0])
        if _ID_SHAPE.fullmatch(number):
            yield *found.span(), _keep_ends(number, 3, 2)


def _credit_code(folded: str) -> _Found:
    for found in _CREDIT.finditer(folded):
        code = _compact(found["it"]).upper()
        is_named = found["name"] is not None and any(each.isdigit() for each in code[2:8])
        if is_named or _CREDIT_SHAPE.fullmatch(code) or is_credit_code(code):
            yield *found.span("it"), _keep_ends(code, 2, 4)


def _bank_card(folded: str) -> _Found:
    for found in _CARD.finditer(folded):
        number = _compact(found["it"])
        is_card = 13 <= len(number) <= 19 and _CARD_HEAD.match(number) and is_bank_card(number)
        if found["name"] or is_card:
            yield *found.span("it"), _keep_ends(number, 4, 4)


def _mobile(folded: str) -> _Found:
    for found in _MOBILE.finditer(folded):
        number = _compact(found[1])
        yield *found.span(), f"{number[:3]}****{number[-4:]}"


def _landline(folded: str) -> _Found:
    for found in _LANDLINE.finditer(folded):
        yield *found.span(), f"0{found[1]}-****{_compact(found[2])[-2:]}"
    for found in _NAMED_LANDLINE.finditer(folded):
        yield *found.span("it"), f"****{_compact(found['it'])[-2:]}"


def _addresses(text: str) -> _Found:
    """From the name of the street back to where it may begin, and on to the last room."""
    folded = _folded(text)
    if not _HOUSE.search(folded):
        return
    end = 0
    for found in _ADDRESS.finditer(folded):
        named = _BEFORE.search(text, max(end, found.start() - 12), found.start())
        if named and named[0]:
            yield named.start(), found.end(), text[named.start() : found.end(1)] + "***"
            end = found.end()


def _keep_ends(text: str, head: int, tail: int) -> str:
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


def _compact(text: str) -> str:
    return _GAPS.sub("", text)


def _folded(text: str) -> str:
    """The text in half width, sign for sign: a place in it is the place in the text."""
    return text.translate(_WIDE) if _WIDE_SIGN.search(text) else text


_FINDERS: tuple[Callable[[str], _Found], ...] = (_emails, _numbers, _spelt_numbers, _addresses)


# ---- how it is typed

_WIDE = (
    {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "} | dict.fromkeys(map(ord, "—–－"), "-")
)
# Every sign stands for one sign, so that a place in the folded text is the place in the text.
_NUMERALS = _WIDE | {
    ord(sign): str(value)
    for signs in ("零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖", "0幺两")
    for value, sign in enumerate(signs)
}
_WIDE_SIGN = re.compile("[\uff01-\uff5e\u3000—–－]")
_GAPS = re.compile(r"[ \-.()]")
_EDGE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"

_NUMERAL = "[零〇一二两三四五六七八九幺壹贰叁肆伍陆柒捌玖]"

# Looked for first: most texts hold none of these and are done.
_MAIL_SIGN = re.compile(r"[@＠]|at[)\]）］]|艾特", re.IGNORECASE)
_SEVERAL_DIGITS = re.compile(r"\d(?:[ \-.()]{0,2}\d){5}", re.ASCII)
_SEVERAL_NUMERALS = re.compile(rf"{_NUMERAL}(?:[ \-]?{_NUMERAL}){{9}}")
_HOUSE = re.compile(r"[0-9一二三四五六七八九十百零〇] ?(?:号|弄|栋|幢|座|楼|单元|室|组|队)")

_MAIL = re.compile(
    r"([A-Za-z0-9][\w.+-]{0,63}) {0,2}(?:@|\(at\)|\[at\]|艾特) {0,2}"
    r"([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24})",
    re.ASCII | re.IGNORECASE,
)
_ID = re.compile(rf"{_EDGE}[1-9](?:[ \-]?\d){{16}}[ \-]?[\dXx]{_END}", re.ASCII)
_ID_SHAPE = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", re.ASCII)
_ONE = r"[0-9A-HJ-NP-RT-UWXYa-hj-np-rt-uwxy]"
_CREDIT = re.compile(
    rf"(?P<name>(?:信用代码|税号|识别号)[^0-9A-Za-z\n]{{0,6}})?{_EDGE}(?P<it>{_ONE}(?:[ \-]?{_ONE}){{17}}){_END}"
)
# 登记管理部门, 机构类别, 行政区划码, 主体标识码, 校验码; somebody's typo in the last is no reason to show the rest.
_CREDIT_SHAPE = re.compile(r"(?:1[1-39]|5[1-39]|9[1-3]|Y1)[1-9]\d{5}(?=\d*[A-Z])[0-9A-HJ-NP-RT-UWXY]{10}")
_CARD = re.compile(
    r"(?P<name>(?:卡号|[账帐]号|[账帐]户|银行卡)[^0-9A-Za-z\n]{0,6})?"
    rf"{_EDGE}(?P<it>\d(?:[ \-]?\d){{11,21}}){_END}",
    re.ASCII,
)
_CARD_HEAD = re.compile(r"[3-6]|9(?!7[89])")  # not a date, a patent number or an ISBN
_G = r"[ \-.]?"
_MOBILE = re.compile(
    r"(?<![\d.])(?:(?:\+?|00)86[ \-]?)?("
    rf"1[3-9]\d{_G}\d{{4}}{_G}\d{{4}}|1[3-9]\d\d{_G}\d{{4}}{_G}\d{{3}}|1[3-9]\d{{3}}{_G}\d{{6}}"
    r"|1 [3-9](?: \d){9}|1-[3-9](?:-\d){9})(?!\d|\.\d)",
    re.ASCII,
)
_LANDLINE = re.compile(
    r"(?<!\d)(?:(?:\+|00)86[ \-]?\(?0?|\(?0)(10|2\d|[3-9]\d{2})\)?[ \-]{0,2}([2-9]\d{2,3}[ \-]?\d{4})"
    r"(?:(?:-|转|分机) ?\d{1,6})?(?!\d)",
    re.ASCII,
)
_NAMED_LANDLINE = re.compile(
    r"(?:电话|座机|固话|传真|致电|拨打)(?:号码|是|为)?[：: ]{0,2}(?P<it>[2-9]\d{2,3}[ \-]?\d{4})(?!\d)", re.ASCII
)
_COUNTED = r"[0-9一二三四五六七八九十百零〇\-A-Za-z之附 ]{1,10}"
_ADDRESS = re.compile(
    r"((?<![电线思通套出链回气油水光管网支旁铁])路|街|大道|巷|胡同|弄堂|村|小区|社区|花园|公寓|家园|苑|公馆|府邸"
    r"|大厦|大楼|广场|写字楼|(?:产业|科技|工业|创业|创意|软件|物流)园|园区|商场|酒店|宿舍|[镇乡])"
    rf" ?第?{_COUNTED}(?:号[院楼]?|弄|栋|幢|座|楼|单元|室|组|队)"
    rf"(?:[院楼附]?{_COUNTED}(?:号[院楼]?|弄|栋|幢|座|楼|层|单元|室|组|户))*"
    r"(?:[院楼附]? ?[0-9A-Za-z\-]{1,6}(?![0-9A-Za-z]))?"
)
_BEFORE = re.compile(r"[\u4e00-\u9fff]*$")
