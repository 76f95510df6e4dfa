"""Kinds of ledgers (台账) an outlet keeps, as data: which fields a line has, what falls due, is summed, is missing.

One file is one kind. The shipped kinds lie in this folder; an instance's ``ledgers/`` adds kinds, and replaces a
shipped one of the same id. A faulty file changes nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from consultations.authored_files import KEPT, AuthoredFolder, Document, Entry, Reading, read_document, read_kept

FieldKind = Literal["text", "link", "choice", "date", "money", "number", "service_item", "staff"]
FIELD_KINDS: Mapping[str, str] = {
    "text": "文字",
    "link": "网址",
    "choice": "选项",
    "date": "日期",
    "money": "金额（元）",
    "number": "数",
    "service_item": "服务事项",
    "staff": "工作人员",
}
SHIPPED = Path(__file__).parent
MOST_FIELDS = 30
MOST_DAYS = 3660
_ID = re.compile(r"[a-z][a-z0-9_]{0,29}")
# What the forms and spreadsheets of a ledger carry beside its fields.
RESERVED = frozenset({"csrf", "once", "edition", "outlet", "reason", "rows", "file", "sure", "new", "xlsx", "import"})
NUMBER_COLUMN, OUTLET_COLUMN = "编号", "网点"
_TOP = ("id", "name", "basis", "about", "unit", "restricted", "year_by", "starts_by", "ends_by", "gap_by")
_FIELD = (
    *("key", "name", "kind", "required", "required_if", "choices", "hint", "private"),
    *("notice_days", "due_after_days", "sum", "sum_by"),
)


@dataclass(frozen=True)
class LedgerField:
    """One column of a ledger. `required_if` are ``key=choice``: with one of them it must be filled in, too.

    `notice_days` before the day (`due_after_days` after it) staff are told; ``None`` when nothing falls due. `sum_by`
    are keys of fields the sums are split by, ``flow+service_item`` by both at once. What is `private` is masked in
    every list.
    """

    key: str
    name: str
    kind: FieldKind = "text"
    required: bool = False
    required_if: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    hint: str = ""
    private: bool = False
    notice_days: int | None = None
    due_after_days: int = 0
    is_summed: bool = False
    sum_by: tuple[str, ...] = ()

    @property
    def is_personal(self) -> bool:
        """Whether it says something about one member of staff."""
        return self.private or self.kind == "staff"


@dataclass(frozen=True)
class LedgerKind:
    """A kind of ledger. `year_by` is the date that says into which year a line belongs, empty when it stands in every
    year; `starts_by` and `ends_by` are the dates between which it is in force; `gap_by` is the choice of which every
    option ought to have a line in force. A `restricted` one is kept by administrators only.
    """

    kind_id: str
    name: str
    basis: str
    about: str
    fields: tuple[LedgerField, ...]
    unit: str = "条"
    restricted: bool = False
    year_by: str = ""
    starts_by: str = ""
    ends_by: str = ""
    gap_by: str = ""

    def field_of(self, key: str) -> LedgerField | None:
        """The field of that key."""
        return next((each for each in self.fields if each.key == key), None)


@dataclass
class LedgerBook(AuthoredFolder):
    """The kinds in use by id, taken up anew when a file changes; without a folder those that ship."""

    kinds: Mapping[str, LedgerKind] = field(default_factory=dict)

    def take_up(self, paths: Sequence[Path]) -> tuple[str, ...]:
        """Read the outlet's kinds over the shipped ones."""
        if self.folder is None:
            self.kinds = shipped_kinds()
            return ()
        kept = read_kept(paths, parse_kinds, self.folder / KEPT)
        self.kinds = {**shipped_kinds(), **(kept.value or {})}
        return kept.problems

    def named(self, words: str) -> LedgerKind | None:
        """A kind by its id or its name."""
        return next((each for each in self.kinds.values() if words in (each.kind_id, each.name)), None)


@functools.cache
def shipped_kinds() -> Mapping[str, LedgerKind]:
    """The kinds that ship, in the order of the norm."""
    found = parse_kinds({path.name: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*.toml")})
    return dict(sorted(found.items(), key=lambda each: each[1].basis))


def parse_kinds(texts: Mapping[str, str]) -> Mapping[str, LedgerKind]:
    """The kinds in some TOML files (name → text), by id.

    Raises:
        FaultyFilesError: Something is wrong; every fault with file, line and cure.
    """
    reading, found, names = Reading(), dict[str, LedgerKind](), dict[str, str]()
    for name, text in sorted(texts.items()):
        document = read_document(name, text)
        kind = _kind(reading, document)
        for key, value in (("id", kind.kind_id), ("name", kind.name)):
            if value and value in names:
                reading.refuse(document.top, key, f"“{value}”在 {names[value]} 里已经用了，请换一个。")
            names[value] = name
        found[kind.kind_id] = kind
    reading.finish()
    return found


def _kind(reading: Reading, document: Document) -> LedgerKind:
    top = document.top
    reading.only(top, *_TOP)
    fields = tuple(_field(reading, each) for each in reading.entries(document, "field", "台账的栏目"))
    if not 1 <= len(fields) <= MOST_FIELDS:
        reading.refuse(top, "", f"栏目要有 1 到 {MOST_FIELDS} 个，一个栏目写一个 [[field]]。")
    kind = LedgerKind(
        kind_id=_identifier(reading, top, "id"),
        name=_short(reading, top, "name"),
        basis=reading.text(top, "basis", ""),
        about=reading.text(top, "about", ""),
        fields=fields,
        unit=reading.text(top, "unit", "条"),
        restricted=reading.flag(top, "restricted", default=False),
        **{key: reading.text(top, key, "") for key in ("year_by", "starts_by", "ends_by", "gap_by")},
    )
    _check_places(reading, kind, top)
    for entry, each in zip(document.tables.get("field", ()), fields, strict=True):
        _check_field(reading, kind, entry, each)
    return kind


def _check_places(reading: Reading, kind: LedgerKind, top: Entry) -> None:
    """What a kind says of its fields is about fields it has."""
    for key, wanted in (("year_by", "date"), ("starts_by", "date"), ("ends_by", "date"), ("gap_by", "choice")):
        named = getattr(kind, key)
        found = kind.field_of(named)
        if named and (found is None or found.kind != wanted):
            fault = f'没有名为 {named}、kind 是 "{wanted}"（{FIELD_KINDS[wanted]}）的栏目，请写一个栏目的 key。'
            reading.refuse(top, key, fault)


def _check_field(reading: Reading, kind: LedgerKind, entry: Entry, each: LedgerField) -> None:
    """What a field says of others is true of them; its key and name are its own."""
    same = [other for other in kind.fields if other is not each]
    if any(other.key == each.key for other in same):
        reading.refuse(entry, "key", f"key 写了两次 {each.key}，请换一个。")
    if any(other.name == each.name for other in same):
        reading.refuse(entry, "name", f"有两个栏目都叫“{each.name}”，请换一个。")
    for wish in each.required_if:
        key, _, choice = wish.partition("=")
        found = kind.field_of(key)
        if found is None or choice not in found.choices:
            reading.refuse(entry, "required_if", f"{wish} 对不上：请写“选项栏目的 key=其中一个选项”。")
    for key in [part for keys in each.sum_by for part in keys.split("+")]:
        found = kind.field_of(key)
        if found is None or found.kind not in ("choice", "staff", "service_item"):
            reading.refuse(entry, "sum_by", f"不能按 {key} 分开合计：请写选项、工作人员或服务事项栏目的 key。")


def _field(reading: Reading, entry: Entry) -> LedgerField:
    reading.only(entry, *_FIELD)
    kind = cast("FieldKind", reading.chosen(entry, "kind", FIELD_KINDS, "text"))
    choices = reading.texts(entry, "choices")
    if (kind == "choice") != bool(choices):
        reading.refuse(entry, "choices", '选项要写 kind = "choice" 和 choices = ["……", "……"]，两样都要有。')
    is_due = "notice_days" in entry.values
    if kind != "date" and (is_due or "due_after_days" in entry.values):
        reading.refuse(entry, "notice_days", '只有 kind = "date" 的栏目能提醒。')
    if not is_due and "due_after_days" in entry.values:
        reading.refuse(entry, "due_after_days", "还要写 notice_days：提前几天提醒，当天提醒写 0。")
    is_summed = reading.flag(entry, "sum", default=False)
    if is_summed and kind not in ("money", "number"):
        reading.refuse(entry, "sum", '只有 kind = "money" 或 "number" 的栏目能合计。')
    return LedgerField(
        key=_identifier(reading, entry, "key"),
        name=_short(reading, entry, "name"),
        kind=kind,
        required=reading.flag(entry, "required", default=False),
        required_if=reading.texts(entry, "required_if"),
        choices=choices,
        hint=reading.text(entry, "hint", ""),
        private=reading.flag(entry, "private", default=False),
        notice_days=reading.number(entry, "notice_days", 0, 0, MOST_DAYS) if is_due else None,
        due_after_days=reading.number(entry, "due_after_days", 0, 0, MOST_DAYS),
        is_summed=is_summed,
        sum_by=reading.texts(entry, "sum_by"),
    )


def _identifier(reading: Reading, entry: Entry, key: str) -> str:
    text = reading.text(entry, key)
    if text and (not _ID.fullmatch(text) or text in RESERVED):
        reading.refuse(entry, key, f"{key} 请用小写字母开头的字母、数字和 _，最多 30 个，不能是 {text}。")
    return text


def _short(reading: Reading, entry: Entry, key: str) -> str:
    """A name that fits above a column, and is not that of another column."""
    text = reading.text(entry, key)
    if len(text) > 20 or text in (NUMBER_COLUMN, OUTLET_COLUMN):
        reading.refuse(entry, key, f"{key} 请写成不超过 20 个字，不能是“{NUMBER_COLUMN}”或“{OUTLET_COLUMN}”。")
    return text
