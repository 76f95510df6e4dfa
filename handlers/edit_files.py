"""Changing authored files in the console: what would change, who may, the change itself, and undoing it.

The files stay the source of truth. A change is made only if the same readers that take the files up find nothing wrong
with the result, and it stands in the audit trail in the same transaction.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError

from consultations import audit, file_edits
from consultations.authored_files import FaultyFilesError, plain_values, read_text
from consultations.duty_book import DutyBook, Member
from consultations.duty_reading import EMPTIED, parse_book
from consultations.file_edits import Change
from consultations.permissions import Action, Person, is_limited, may, reach_of
from consultations.tickets import Staff
from consultations.toml_edits import ChangedMeanwhileError, with_entry, with_keys, write_whole
from consultations.work_calendar import parse_year, starting_text
from handlers import interrupted_edits
from handlers.desk import Desk
from handlers.talk import office_time

FILES = {"staff": "staff.toml", "outlet": "outlets.toml", "shift": "roster.toml"}  # where a first entry is put
CENTRAL = frozenset({"city_admin", "auditor"})  # roles only a city admin gives, changes and takes away
ID_STAYS = "编号定了就不能改：记录里认的是它。请恢复原来的编号，或新增一条。"
NOT_CENTRAL = "市级管理员和审计员，只有市级管理员可以登记和修改；还没有市级管理员的，请机器的管理员在 duty 文件夹里写。"
NOT_YOURS = "您只能改自己网点的人员和排班；别的网点、网点名单和所有网点共用的内容，请市级管理员改。"
RESERVED = frozenset({"console", "terminal", "member"})  # by these we know people ourselves: nobody may claim another's
NO_CHAT = "账号里的 {channel} 不是聊天渠道：请写 telegram:编号 的样子。"
LOCKED_OUT = "这样改，您自己就不能再改名单了：请先登记您自己（编号 {me}，勾选网点管理员），或请别的管理员改。"
NOBODY_LEFT = (
    "这样改，就没有人能改网点名单和各网点共用的内容了：请先登记另一位市级管理员；"
    "还没有市级管理员的，请机器的管理员在 duty 文件夹里写。"
)
MEANWHILE = "您打开之后别人改过这一条，什么也没有改：请看看现在的内容，再改一次。"
CANT_WRITE = "文件写不进去（{why}），什么也没有改：请检查文件夹的权限和磁盘空间。"


class EditRefusedError(Exception):
    """A change that is not made; `sentences` say why."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Editable(Protocol):
    """A kind of file that can be changed entry by entry."""

    @property
    def action(self) -> Action:
        """What one must be allowed to do."""
        ...

    def text_with(self, change: Change) -> tuple[Path, str]:
        """The file and what it would hold; raises `FaultyFilesError`, `ChangedMeanwhileError`."""
        ...

    def why_not(self, change: Change, staff: Staff, person: Person) -> str:
        """Why this person may not make it; empty when they may."""
        ...

    def take_up(self) -> None:
        """The file was written: use it."""
        ...


@dataclass(frozen=True)
class Written:
    """One entry as it stands in a file of the instance."""

    file: str
    values: Mapping[str, Any]

    @property
    def key(self) -> str:
        """What a form calls it by: it names these very values, and nothing when somebody changed them."""
        return key_of(self.values)


def key_of(values: Mapping[str, Any]) -> str:
    """A short name of values."""
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:20]


def make(  # noqa: PLR0913  a change, where and whose
    desk: Desk, files: Editable, change: Change, staff: Staff, person: Person, *, undoes: int | None = None
) -> None:
    """Make a change: row, audit trail and file together; what a death in between left is put right first.

    Raises:
        EditRefusedError: It is not made.
    """
    check(files, change, staff, person)
    try:
        interrupted_edits.put_right(desk, [files.text_with(change)[0].parent])
        with desk.writing() as session:
            row = file_edits.note(session, change, staff, desk.now(), undoes)
            audit.note(session, "edit", 0, staff.key, desk.now())
            check(files, change, staff, person)  # once more: nobody else writes while this row is being written
            path, text = files.text_with(change)
            note = interrupted_edits.leave_note(path, text, row)
            write_whole(path, text)
        note.unlink(missing_ok=True)
    except OSError as error:
        raise EditRefusedError(CANT_WRITE.format(why=error.strerror)) from error
    except (IntegrityError, ChangedMeanwhileError, FaultyFilesError):
        raise EditRefusedError(MEANWHILE) from None
    files.take_up()


def check(files: Editable, change: Change, staff: Staff, person: Person) -> None:
    """Nothing, when the change could be made now.

    Raises:
        EditRefusedError: It can't, or this person may not.
    """
    try:
        files.text_with(change)
        no = files.why_not(change, staff, person)
    except FaultyFilesError as error:
        raise EditRefusedError(*error.problems) from error
    except ChangedMeanwhileError:
        raise EditRefusedError(MEANWHILE) from None
    if no:
        raise EditRefusedError(no)


def reaches_all(book: DutyBook, person: Person, action: Action) -> bool:
    """Whether somebody may change what all outlets share; with one outlet, or none, its admin may."""
    return not is_limited(person, action) or (reach_of(person, action) == "outlet" and len(book.outlets) <= 1)


def is_theirs(book: DutyBook, person: Person, change: Change) -> bool:
    """Whether what a change of the duty book is about may be seen, and changed, by somebody who may edit at all."""
    return reaches_all(book, person, "duty.edit") or _is_of(change, person.outlet, book)


@dataclass(frozen=True)
class DutyFiles:
    """The files of the duty book (``duty/*.toml``)."""

    desk: Desk
    home: Path
    action: Action = "duty.edit"

    def entries(self, table: str) -> Iterator[Written]:
        """The entries of a table, in all files; what can't be read has none."""
        for name, text in self._texts().items():
            try:
                found = plain_values(name, text).get(table, [])
            except FaultyFilesError:
                continue
            yield from (Written(name, each) for each in found if isinstance(each, dict))

    def found(self, table: str, key: str) -> Written | None:
        """The entry a form means."""
        return next((each for each in self.entries(table) if each.key == key), None)

    def change_of(self, table: str, before: Written | None, after: Mapping[str, Any] | None) -> Change:
        """What a form wants; a new entry goes where others of its kind are."""
        there = next((each.file for each in self.entries(table)), FILES[table])
        return Change(f"duty/{before.file if before else there}", table, before.values if before else None, after)

    def text_with(self, change: Change) -> tuple[Path, str]:
        """See `Editable`; the whole book is read as it would be."""
        path, text, _ = self._changed(change)
        return path, text

    def why_not(self, change: Change, staff: Staff, person: Person) -> str:
        """See `Editable`."""
        book, after = self.desk.duty.book, self._changed(change)[2]
        if change.before and change.after and change.before.get("id") != change.after.get("id"):
            return ID_STAYS
        if reach_of(person, self.action) != "all" and change.table == "staff" and _is_central(change):
            return NOT_CENTRAL
        if not is_theirs(book, person, change):
            return NOT_YOURS
        if taken := _new_accounts(change) & RESERVED:
            return NO_CHAT.format(channel="、".join(sorted(taken)))
        return self._locks_out(after, staff, reaches_everything=reaches_all(book, person, self.action))

    def take_up(self) -> None:
        """See `Editable`; other processes do so within seconds."""
        self.desk.duty.refresh()

    def _locks_out(self, after: DutyBook, staff: Staff, *, reaches_everything: bool) -> str:
        """Why nobody could put it right afterwards; empty when they could."""
        me, today = after.member_of(staff.key), office_time(self.desk.settings).day(self.desk.now())
        if me is None or not _is_there(me, today) or not may(after.person(me), self.action, me.outlet):
            return LOCKED_OUT.format(me=staff.key.removeprefix("console:").removeprefix("member:"))
        return NOBODY_LEFT if reaches_everything and not _is_anybody_left(after, self.action, today) else ""

    def _changed(self, change: Change) -> tuple[Path, str, DutyBook]:
        name, texts = Path(change.file).name, self._texts()
        text = with_entry(name, texts.get(name, ""), change.table, change.before, change.after)
        book = parse_book({**texts, name: text})
        if not book.members and self.desk.duty.book.members:
            raise FaultyFilesError([EMPTIED])
        return self.home / "duty" / name, text, book

    def _texts(self) -> dict[str, str]:
        return {each.name: read_text(each) for each in sorted((self.home / "duty").glob("*.toml"))}


@dataclass(frozen=True)
class CalendarFiles:
    """The calendars of the outlet, a file a year (``calendars/2027.toml``)."""

    desk: Desk
    home: Path
    action: Action = "settings.edit"

    def text_of(self, year: int) -> str:
        """The year's file; of a year without one, what a file of it begins with."""
        path = self.home / "calendars" / f"{year}.toml"
        return read_text(path) if path.is_file() else starting_text(year)

    def entries(self, year: int) -> list[Written]:
        """The holidays of a year; none when its file can't be read."""
        try:
            found = plain_values(f"{year}.toml", self.text_of(year)).get("holiday", [])
        except FaultyFilesError:
            return []
        return [Written(f"{year}.toml", each) for each in found if isinstance(each, dict)]

    def top(self, year: int) -> Written:
        """What stands above the holidays."""
        try:
            known = plain_values(f"{year}.toml", self.text_of(year))
        except FaultyFilesError:
            known = {}
        return Written(f"{year}.toml", {key: known[key] for key in ("status", "source") if key in known})

    def text_with(self, change: Change) -> tuple[Path, str]:
        """See `Editable`."""
        name = Path(change.file).name
        if not re.fullmatch(r"2[01]\d\d\.toml", name):
            raise FaultyFilesError([f"{name}：年份应是 2000 到 2199。"])
        text = self.text_of(int(name[:4]))
        if change.table:
            text = with_entry(name, text, change.table, change.before, change.after)
        else:
            if self.top(int(name[:4])).values != change.before:
                raise ChangedMeanwhileError
            text = with_keys(name, text, "", {"status": None, "source": None, **(change.after or {})})
        parse_year({name: text})
        return self.home / "calendars" / name, text

    def why_not(self, change: Change, staff: Staff, person: Person) -> str:
        """See `Editable`."""
        del change, staff
        return "" if reaches_all(self.desk.duty.book, person, self.action) else NOT_YOURS

    def take_up(self) -> None:
        """See `Editable`."""
        self.desk.settings.calendar.refresh()


def _is_there(member: Member, today: date) -> bool:
    return member.until is None or member.until >= today


def _is_anybody_left(book: DutyBook, action: Action, today: date) -> bool:
    """Whether somebody may still change what all outlets share."""
    there = (each for each in book.members.values() if _is_there(each, today))
    return any(reaches_all(book, book.person(each), action) for each in there)


def _new_accounts(change: Change) -> set[str]:
    """The channels of accounts that are added to somebody."""
    old = (change.before or {}).get("accounts", ())
    return {str(each).partition(":")[0] for each in (change.after or {}).get("accounts", ()) if each not in old}


def _is_central(change: Change) -> bool:
    """Whether somebody with a central role is written, changed or taken off the list."""
    return any(CENTRAL & set(each.get("roles", ())) for each in (change.before, change.after) if each)


def _is_of(change: Change, outlet: str, book: DutyBook) -> bool:
    """Whether everything a change is about belongs to that outlet."""
    sides = [each for each in (change.before, change.after) if each is not None]
    if change.table == "staff":
        return all(each.get("outlet") == outlet for each in sides)
    if change.table == "shift":
        members = [book.members.get(one) for each in sides for one in each.get("staff", ())]
        return all(isinstance(each, Member) and each.outlet == outlet for each in members)
    return False
