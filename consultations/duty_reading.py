"""Reads the duty book (值班册): every ``*.toml`` of an instance's ``duty/``, over the shipped `duty/default.toml`."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from consultations.authored_files import (
    KEPT,
    AuthoredFolder,
    Document,
    Entry,
    FaultyFilesError,
    Reading,
    last_good,
    read_document,
    read_kept,
)
from consultations.duty_book import (
    EMPLOYMENTS,
    PREFERENCES,
    WEEKDAYS,
    Absence,
    Deadline,
    DutyBook,
    Kind,
    Member,
    Outlet,
    Risk,
    Rule,
    Shift,
)
from consultations.duty_losses import lost
from consultations.permissions import STAFF_ROLES, Role
from consultations.quick_replies import VARIABLES, QuickReply, unknown_in

SHIPPED = Path(__file__).parent / "duty" / "default.toml"
EMPTIED = "值班名单突然一个人都没有了：请恢复 [[staff]]；确实不再用名单，请连同 duty 里的 kept 文件夹一起删除。"
TABLES = ("deadline", "kind", "outlet", "staff", "shift", "absence", "rule", "risk", "quick")


@dataclass
class Duty(AuthoredFolder):
    """The duty book in use, taken up anew when a file changes or absences are told; `version` counts how often. `lost`
    is what the files no longer say of what stood when somebody was last told (`settle`).
    """

    book: DutyBook = field(default_factory=lambda: parse_book({}))
    version: int = 0
    lost: tuple[str, ...] = ()
    _stood: DutyBook | None = field(default=None, init=False, repr=False)
    _written: DutyBook = field(init=False)
    _told: tuple[Absence, ...] = ()

    def __post_init__(self) -> None:
        """Read once."""
        self._written = self.book
        super().__post_init__()

    def take_up(self, paths: Sequence[Path]) -> tuple[str, ...]:
        """Read the book; without a folder it stays as it was given."""
        if self.folder is None:
            return self.problems
        before = last_good(parse_book, self.folder / KEPT)
        had_members = before is not None and bool(before.members)
        kept = read_kept(paths, _never_emptied if had_members else parse_book, self.folder / KEPT)
        self._written = kept.value or parse_book({})
        self._stood = self._stood or before or self._written
        self.lost = lost(self._stood, self._written)
        self._put_together()
        return kept.problems

    @property
    def is_settled(self) -> bool:
        """Whether what is `lost` was told already."""
        return self._stood is self._written

    def settle(self) -> None:
        """What the files say now is what stands: `lost` was told, and is shown until the files change again."""
        self._stood = self._written

    def hear(self, told: Sequence[Absence]) -> bool:
        """Whether absences that staff told (请假) are others than before; they hold beside those in the files."""
        if self._told == tuple(told):
            return False
        self._told = tuple(told)
        self._put_together()
        return True

    def _put_together(self) -> None:
        self.book = replace(self._written, absences=(*self._written.absences, *self._told))
        self.version += 1


def _never_emptied(texts: Mapping[str, str]) -> DutyBook:
    """The book of an outlet that had a list of staff: an office whose list is lost must not stand open to everybody.

    Raises:
        FaultyFilesError: Something is wrong, or nobody is on the list any more (a full disk leaves an empty file).
    """
    book = parse_book(texts)
    if not book.members:
        raise FaultyFilesError([EMPTIED])
    return book


def parse_book(texts: Mapping[str, str]) -> DutyBook:
    """The book made of some files (name → text), over what is shipped.

    Raises:
        FaultyFilesError: Something is wrong; every fault with file, line and cure.
    """
    return _parse(texts, _shipped() if texts else None)


@functools.cache
def _shipped() -> DutyBook:
    return _parse({SHIPPED.name: SHIPPED.read_text(encoding="utf-8")}, DutyBook({}, {}))


def _parse(texts: Mapping[str, str], below: DutyBook | None) -> DutyBook:
    if below is None:
        return _shipped()
    reading = Reading()
    documents = [read_document(name, text) for name, text in texts.items()]
    tables = _tables(reading, documents)
    _refuse_doubles(reading, tables)
    rules = [_rule(reading, each) for each in tables["rule"]]
    ids = {each.rule_id for each in rules}
    deadlines = {each.deadline_id: each for each in (_deadline(reading, entry) for entry in tables["deadline"])}
    quick = {each.reply_id: each for each in (_quick(reading, entry) for entry in tables["quick"])}
    risks = {each.risk_id: each for each in (_risk(reading, entry) for entry in tables["risk"])}
    book = DutyBook(
        deadlines={**below.deadlines, **deadlines},
        kinds=_over(below.kinds, [_kind(reading, each) for each in tables["kind"]]),
        risks=_risks(below.risks, risks),
        outlets={each.outlet_id: each for each in (_outlet(reading, entry) for entry in tables["outlet"])},
        members={each.member_id: each for each in (_member(reading, entry) for entry in tables["staff"])},
        shifts=tuple(_shift(reading, each) for each in tables["shift"]),
        absences=tuple(filter(None, (_absence(reading, each) for each in tables["absence"]))),
        rules=(*rules, *(each for each in below.rules if each.rule_id not in ids)),
        quick_replies={**below.quick_replies, **quick},
    )
    _check_names(reading, tables, book)
    reading.finish()
    return book


def _over(below: Mapping[str, Kind], own: Sequence[Kind]) -> dict[str, Kind]:
    """The outlet's kinds are tried first; a shipped one it did not write again follows."""
    first = {each.kind_id: each for each in own}
    return {**first, **{key: each for key, each in below.items() if key not in first}}


def _risks(below: Mapping[str, Risk], own: Mapping[str, Risk]) -> dict[str, Risk]:
    """The outlet's new classes first; a shipped one written again keeps its place: an emergency stays one first."""
    new = {key: each for key, each in own.items() if key not in below}
    return {**new, **{key: own.get(key, each) for key, each in below.items()}}


def _tables(reading: Reading, documents: Sequence[Document]) -> dict[str, list[Entry]]:
    tables: dict[str, list[Entry]] = {name: [] for name in TABLES}
    for document in documents:
        for key in document.top.values:
            reading.refuse(document.top, key, f"{key} 应写在某个条目下面，例如 [[staff]]。")
        for name, entries in document.tables.items():
            if name in tables:
                tables[name] += entries
            else:
                reading.refuse(
                    entries[0], "", f"不认识 [[{name}]]，可用的有：{'、'.join(f'[[{each}]]' for each in tables)}。"
                )
    return tables


# --- one entry each


def _deadline(reading: Reading, entry: Entry) -> Deadline:
    reading.only(entry, "id", "name", "reply_minutes", "claim_minutes", "silent_minutes")
    return Deadline(
        deadline_id=reading.text(entry, "id"),
        name=reading.text(entry, "name"),
        reply_minutes=reading.number(entry, "reply_minutes", 0, 0, 100_000),
        claim_minutes=reading.number(entry, "claim_minutes", 60, 1, 100_000),
        silent_minutes=reading.number(entry, "silent_minutes", 240, 1, 100_000),
    )


def _kind(reading: Reading, entry: Entry) -> Kind:
    reading.only(entry, "id", "name", "deadline", "reasons", "words", "service_items")
    return Kind(
        kind_id=reading.text(entry, "id"),
        name=reading.text(entry, "name"),
        deadline=reading.text(entry, "deadline", "day"),
        reasons=reading.texts(entry, "reasons"),
        words=reading.texts(entry, "words"),
        service_items=reading.texts(entry, "service_items"),
    )


def _risk(reading: Reading, entry: Entry) -> Risk:
    minutes = ("asker_minutes", "leader_minutes")
    reading.only(entry, "id", "name", "kinds", "service_items", "share", "after", *minutes)
    if "share" not in entry.values:
        reading.refuse(entry, "share", "缺少 share，请写上每 100 条答复复核几条，0 到 100。")
    return Risk(
        risk_id=reading.text(entry, "id"),
        name=reading.text(entry, "name"),
        share=reading.number(entry, "share", 100, 0, 100),
        kinds=reading.texts(entry, "kinds"),
        service_items=reading.texts(entry, "service_items"),
        is_after=reading.flag(entry, "after", default=False),
        asker_minutes=reading.number(entry, "asker_minutes", 30, 1, 100_000),
        leader_minutes=reading.number(entry, "leader_minutes", 60, 1, 100_000),
    )


def _quick(reading: Reading, entry: Entry) -> QuickReply:
    reading.only(entry, "id", "name", "text")
    found = QuickReply(reading.text(entry, "id"), reading.text(entry, "name"), reading.text(entry, "text"))
    if found.reply_id and not re.fullmatch(r"[a-z0-9_]{1,30}", found.reply_id):
        reading.refuse(entry, "id", f"id = {found.reply_id!r} 不可用，请写 1–30 个小写字母、数字或下划线。")
    if wrong := unknown_in(found.text):
        names = "、".join(f"{{{each}}}" for each in VARIABLES)
        reading.refuse(entry, "text", f"text 里的 {wrong} 不认识，可用的有：{names}。")
    return found


def _outlet(reading: Reading, entry: Entry) -> Outlet:
    reading.only(entry, "id", "name", "areas")
    return Outlet(reading.text(entry, "id"), reading.text(entry, "name"), reading.texts(entry, "areas"))


def _member(reading: Reading, entry: Entry) -> Member:
    reading.only(
        entry,
        *("id", "name", "outlet", "accounts", "employment", "qualifications", "service_items", "kinds"),
        *("languages", "leader", "roles", "until"),
    )
    for account in reading.texts(entry, "accounts"):
        if ":" not in account:
            reading.refuse(entry, "accounts", f'账号 {account} 应写成 "telegram:编号"，例如 "telegram:77"。')
    return Member(
        member_id=reading.text(entry, "id"),
        name=reading.text(entry, "name"),
        outlet=reading.text(entry, "outlet", ""),
        accounts=reading.texts(entry, "accounts"),
        employment=reading.chosen(entry, "employment", EMPLOYMENTS, "full_time"),
        qualifications=reading.texts(entry, "qualifications"),
        service_items=reading.texts(entry, "service_items"),
        kinds=reading.texts(entry, "kinds"),
        languages=reading.texts(entry, "languages"),
        is_leader=reading.flag(entry, "leader", default=False),
        roles=_roles(reading, entry),
        until=reading.day(entry, "until"),
    )


def _roles(reading: Reading, entry: Entry) -> frozenset[Role] | None:
    """The roles written down; an empty list is none at all, nothing written is ``None``."""
    if "roles" not in entry.values:
        return None
    written = reading.texts(entry, "roles")
    for each in written:
        if each not in STAFF_ROLES:
            names = "、".join(f"{key}（{name}）" for key, name in STAFF_ROLES.items())
            reading.refuse(entry, "roles", f"roles 里的 {each} 看不懂，可用的有：{names}。")
    return frozenset(cast("Role", each) for each in written if each in STAFF_ROLES)


def _shift(reading: Reading, entry: Entry) -> Shift:
    reading.only(entry, "staff", "weekdays", "from", "to", "hours")
    first, last = reading.day(entry, "from"), reading.day(entry, "to")
    if first and last and last < first:
        reading.refuse(entry, "to", f"to（{last}）早于 from（{first}），请对调或改正。")
    members = reading.texts(entry, "staff")
    if not members:
        reading.refuse(entry, "staff", '缺少 staff，请写上谁值班，例如 ["zhang"]。')
    return Shift(members, _weekdays(reading, entry), first, last, reading.span(entry, "hours"))


def _weekdays(reading: Reading, entry: Entry) -> frozenset[int]:
    """``"一三五"`` as days; nothing written means every workday."""
    written = reading.text(entry, "weekdays", "").replace("天", "日")
    wrong = [each for each in written if each not in WEEKDAYS]
    if wrong:
        reading.refuse(entry, "weekdays", f'weekdays 里的“{wrong[0]}”看不懂，请写成 "一二三四五" 的样子。')
    return frozenset(WEEKDAYS.index(each) for each in written if each in WEEKDAYS)


def _absence(reading: Reading, entry: Entry) -> Absence | None:
    reading.only(entry, "staff", "from", "to", "reason")
    member, first = reading.text(entry, "staff"), reading.day(entry, "from")
    if first is None:
        if "from" not in entry.values:
            reading.refuse(entry, "from", "缺少 from，请写上请假第一天，例如 2026-12-01。")
        return None
    last = reading.day(entry, "to", first) or first
    if last < first:
        reading.refuse(entry, "to", f"to（{last}）早于 from（{first}），请对调或改正。")
    return Absence(member, first, last, reading.text(entry, "reason", ""))


def _rule(reading: Reading, entry: Entry) -> Rule:
    conditions = ("kinds", "reasons", "service_items", "words")
    reading.only(entry, "id", "name", *conditions, "outlet", "staff", "qualifications", "languages", "prefer")
    prefer = reading.texts(entry, "prefer") or ("load",)
    for each in prefer:
        if each not in PREFERENCES:
            names = "、".join(f"{key}（{name}）" for key, name in PREFERENCES.items())
            reading.refuse(entry, "prefer", f"prefer 里的 {each} 看不懂，可用的有：{names}。")
    return Rule(
        rule_id=reading.text(entry, "id"),
        name=reading.text(entry, "name"),
        **{key: reading.texts(entry, key) for key in conditions},
        outlet=reading.text(entry, "outlet", ""),
        members=reading.texts(entry, "staff"),
        qualifications=reading.texts(entry, "qualifications"),
        languages=reading.texts(entry, "languages"),
        prefer=prefer,
    )


# --- across entries


def _refuse_doubles(reading: Reading, tables: Mapping[str, Sequence[Entry]]) -> None:
    """An id may stand once, an account belongs to one person, and a name too: staff are assigned by it."""
    for name, entries in tables.items():
        for key in ("id", "name") if name in ("staff", "outlet", "kind", "risk", "quick") else ("id",):
            seen: dict[object, Entry] = {}
            for each in entries:
                value = each.values.get(key)
                if value is not None and str(value) in seen:
                    reading.refuse(each, key, f"{key} = {value} 与 {seen[str(value)].at(key)}重复，请改其中一个。")
                seen[str(value)] = each
    accounts: dict[str, Entry] = {}
    for each in tables["staff"]:
        written = each.values.get("accounts", [])
        for account in written if isinstance(written, list) else []:
            if str(account) in accounts:
                reading.refuse(each, "accounts", f"账号 {account} 与 {accounts[account].at('accounts')}重复。")
            accounts[str(account)] = each


def _check_names(reading: Reading, tables: Mapping[str, Sequence[Entry]], book: DutyBook) -> None:
    """Whoever and whatever an entry names must stand in the book."""
    known = {
        "outlet": ("网点", book.outlets),
        "staff": ("工作人员", book.members),
        "kinds": ("工单类型", book.kinds),
        "deadline": ("办理时限", book.deadlines),
    }
    for entries in tables.values():
        for entry in entries:
            for key, (what, names) in known.items():
                for each in _named(entry.values.get(key)):
                    if each not in names:
                        there = "、".join(names) or "（还没有）"
                        reading.refuse(entry, key, f"没有编号为 {each} 的{what}，可用的有：{there}。")


def _named(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str) and each]
