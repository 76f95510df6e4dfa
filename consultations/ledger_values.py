"""What people write into a ledger (台账) and what is kept of it: each field read by its kind, or told what is wrong.

Amounts are kept in fen, numbers as plain decimals, days as ISO days. What says something about one member of staff
(their name, what is private) is kept apart in `personal`, so that it can be masked and erased.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from consultations.ledger_kinds import LedgerField, LedgerKind
from consultations.masking import mask
from consultations.service_items import load_pack
from consultations.written_days import written_day

LONGEST = 500  # characters of one field
MASK = "*"
_FIRST, _LAST = date(1950, 1, 1), date(2150, 12, 31)
_AMOUNT = re.compile(r"¥?(\d{1,3}(?:,\d{3})+|\d{1,11})(?:\.(\d{1,2})0*)?元?")
_LARGEST = Decimal(10_000_000)
_LINK = re.compile(r"https?://[^\s<>\"]{3,}")
_TAIL = 4  # what may be seen of a private number

# A name as it was written → the name and key of that member of staff; ``None`` when there is nobody of that name.
Staffed = Callable[[str], tuple[str, str] | None]


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field, as a sentence with its cure."""

    field: LedgerField
    sentence: str


@dataclass(frozen=True)
class Written:
    """What one line says. `personal` holds ``{"name", "key"}`` of staff, and private texts."""

    content: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)

    def value(self, each: LedgerField) -> Any:  # noqa: ANN401  a text, an amount in fen, a name
        """What is kept of a field: of staff their name; ``None`` when nothing was written."""
        kept = (self.personal if each.is_personal else self.content).get(each.key)
        return kept.get("name") if isinstance(kept, dict) else kept

    def day(self, key: str) -> date | None:
        """The day in a field of dates."""
        kept = self.content.get(key) if key else None
        return date.fromisoformat(kept) if isinstance(kept, str) else None


class CantReadError(Exception):
    """Something written that a field does not take; the message says what to write."""


def read_line(kind: LedgerKind, typed: Mapping[str, str], staffed: Staffed) -> tuple[Written, list[Fault]]:
    """What a line written by hand says, by the keys of its fields, and everything that is wrong with it."""
    content: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    faults: list[Fault] = []
    for each in kind.fields:
        text = typed.get(each.key, "").strip()
        try:
            value = _read(each, text, staffed) if text else None
        except CantReadError as error:
            faults.append(Fault(each, f"{each.name}：{error}"))
            continue
        if value is not None:
            (personal if each.is_personal else content)[each.key] = value
        elif each.required or _is_wished(each, typed):
            faults.append(Fault(each, _missing(each)))
    written = Written(content, personal)
    return written, faults or _crossed(kind, written)


def shown(each: LedgerField, written: Written, *, is_masked: bool = False, is_listed: bool = True) -> str:
    """A field as people read it; `is_masked` hides whom it is about, a list all but the end of what is private."""
    value = written.value(each)
    if value is None:
        return ""
    if each.kind == "money":
        return yuan(value)
    if each.kind == "service_item":
        return load_pack().named(value)
    text = str(value)
    if each.private and (is_masked or is_listed):
        return f"{MASK * 4}{text[-_TAIL:]}" if len(text) > 2 * _TAIL and not is_masked else MASK * 4
    if is_masked:
        return f"{text[:1]}某" if each.kind == "staff" else mask(text)
    return text


def typed_of(kind: LedgerKind, written: Written) -> dict[str, str]:
    """A line as it would be typed again, by the keys of its fields."""
    found = {each.key: shown(each, written, is_listed=False) for each in kind.fields}
    codes = {each.key: str(written.value(each) or "") for each in kind.fields if each.kind == "service_item"}
    return found | codes


def yuan(fen: int) -> str:
    """An amount in fen as yuan: 1,234.50."""
    return f"{Decimal(fen) / 100:,.2f}"


def plain(number: Decimal) -> str:
    """A number without needless zeros: 1.5, 20."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_wished(each: LedgerField, typed: Mapping[str, str]) -> bool:
    wishes = (wish.partition("=") for wish in each.required_if)
    return any(typed.get(key, "").strip() == choice for key, _, choice in wishes)


def _missing(each: LedgerField) -> str:
    return f"{each.name}：还没有填。{each.hint}。" if each.hint else f"{each.name}：还没有填。"


def _crossed(kind: LedgerKind, written: Written) -> list[Fault]:
    """Dates the wrong way round."""
    first, last, ends = written.day(kind.starts_by), written.day(kind.ends_by), kind.field_of(kind.ends_by)
    if first and last and ends and last < first:
        return [Fault(ends, f"{ends.name}：{last} 早于 {first}，请核对。")]
    return []


def _refuse(sentence: str) -> NoReturn:
    raise CantReadError(sentence) from None


def _read(each: LedgerField, text: str, staffed: Staffed) -> Any:  # noqa: ANN401  what is kept of it
    if len(text) > LONGEST:
        _refuse(f"太长了，最多 {LONGEST} 个字。")
    if each.private and MASK in text:
        _refuse("里面有 *，是遮盖过的，请写完整的。")
    return _READERS[each.kind](each, text, staffed)


def _text(_field: LedgerField, text: str, _staffed: Staffed) -> str:
    return text


def _link(_field: LedgerField, text: str, _staffed: Staffed) -> str:
    if not _LINK.fullmatch(text):
        _refuse("请写完整的网址，以 http:// 或 https:// 开头。")
    return text


def _choice(each: LedgerField, text: str, _staffed: Staffed) -> str:
    if text not in each.choices:
        _refuse(f"没有“{text[:20]}”这个选项，请写其中之一：{'、'.join(each.choices)}。")
    return text


def _date(_field: LedgerField, text: str, _staffed: Staffed) -> str:
    try:
        day = written_day(unicodedata.normalize("NFKC", text))
    except ValueError:
        _refuse(f"“{text[:20]}”不是日期，请写成 2026-11-01 的样子。")
    if not _FIRST <= day <= _LAST:
        _refuse(f"{day} 不像是真的，请核对年份。")
    return day.isoformat()


def _money(_field: LedgerField, text: str, _staffed: Staffed) -> int:
    found = _AMOUNT.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
    fen = 100 * int(found[1].replace(",", "")) + int((found[2] or "").ljust(2, "0")) if found else 0
    if not fen:
        _refuse(f"“{text[:20]}”不是金额，请写大于 0 的元数，最多两位小数，例如 1234.50。")
    return fen


def _number(_field: LedgerField, text: str, _staffed: Staffed) -> str:
    try:
        number = Decimal(unicodedata.normalize("NFKC", text))
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or not 0 <= number <= _LARGEST or number != round(number, 2):
        _refuse(f"“{text[:20]}”不是能用的数，请写 0 或更大的数，最多两位小数，例如 1.5。")
    return plain(number)


def _service_item(_field: LedgerField, text: str, _staffed: Staffed) -> str:
    items = load_pack().items
    code = text.split(maxsplit=1)[0].upper()
    named: Sequence[str] = [each.code for each in items.values() if text in (each.name, f"{each.code} {each.name}")]
    if code not in items and not named:
        _refuse(f"没有“{text[:20]}”这个服务事项，请写编号或名称，例如 B01。")
    return code if code in items else named[0]


def _staff(_field: LedgerField, text: str, staffed: Staffed) -> dict[str, str]:
    found = staffed(text)
    if found is None:
        _refuse(f"值班册里没有“{text[:20]}”，请写登记过的姓名；还没登记的，先在“人员网点”登记。")
    return {"name": found[0], "key": found[1]}


_READERS: Mapping[str, Callable[[LedgerField, str, Staffed], Any]] = {
    "text": _text,
    "link": _link,
    "choice": _choice,
    "date": _date,
    "money": _money,
    "number": _number,
    "service_item": _service_item,
    "staff": _staff,
}
