"""Small TOML files an outlet writes itself (calendars, duty): every fault with file, line and cure; the last good stay.

A faulty file never stops the service and never changes a promise: the copy kept of the last good one is read instead,
also after a restart.
"""

from __future__ import annotations

import contextlib
import os
import re
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

Read = TypeVar("Read")
KEPT = "kept"  # the folder beside the files with copies of the last good ones


class FaultyFilesError(Exception):
    """Files that can't be used as they are; `problems` are sentences with file, line and cure."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Kept(Generic[Read]):
    """What files say. With `problems` it is what they said when they were last right; ``None`` when they never were."""

    value: Read | None
    problems: tuple[str, ...] = ()


def read_kept(paths: Sequence[Path], parse: Callable[[Mapping[str, str]], Read], kept: Path) -> Kept[Read]:
    """What `parse` makes of the files; when it refuses them, of the copies in the folder `kept`.

    Args:
        paths: The files that exist, read as UTF-8.
        parse: File name → text in, the value out; raises `FaultyFilesError`.
        kept: Where copies of the last good files lie; brought in line when these are good. Must hold nothing else.
    """
    try:
        texts = {path.name: read_text(path) for path in paths}
        value = parse(texts)
    except FaultyFilesError as error:
        return Kept(last_good(parse, kept), error.problems)
    _keep(texts, kept)
    return Kept(value)


@dataclass
class AuthoredFolder(ABC):
    """The TOML files of one folder of the instance, taken up anew when one of them changes; `problems` are the faults
    of files that are not in use for them.
    """

    folder: Path | None = None
    problems: tuple[str, ...] = ()
    _stamps: object = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Read once."""
        self.refresh()

    def refresh(self) -> bool:
        """Whether files changed since they were last read; then they were read again."""
        paths = sorted(self.folder.glob("*.toml")) if self.folder else []
        seen = stamps(paths)
        if seen == self._stamps:
            return False
        self._stamps = seen
        self.problems = self.take_up(paths)
        return True

    @abstractmethod
    def take_up(self, paths: Sequence[Path]) -> tuple[str, ...]:
        """Read the files that there are now; what is wrong with them."""


class HasRuleId(Protocol):
    """A rule, or one of several rows of it."""

    @property
    def rule_id(self) -> str:
        """By which an outlet's own takes the place of one that is shipped."""
        ...


Row = TypeVar("Row", bound=HasRuleId)


@dataclass
class OwnRules(AuthoredFolder, Generic[Row]):
    """The rules in use: those of the folder, then those shipped that none of these replaces by its id."""

    rules: tuple[Row, ...] = ()

    @staticmethod
    @abstractmethod
    def parse(texts: Mapping[str, str]) -> tuple[Row, ...]:
        """The rules in some files (name → text); raises `FaultyFilesError`."""

    @staticmethod
    @abstractmethod
    def shipped() -> tuple[Row, ...]:
        """The rules that come with the product."""

    def take_up(self, paths: Sequence[Path]) -> tuple[str, ...]:
        """Read the outlet's rules, which come before those shipped and replace them by their id."""
        own: Kept[tuple[Row, ...]] = read_kept(paths, self.parse, self.folder / KEPT) if self.folder else Kept(())
        added = own.value or ()
        replaced = {each.rule_id for each in added}
        self.rules = (*added, *(each for each in self.shipped() if each.rule_id not in replaced))
        return own.problems


def stamps(paths: Sequence[Path]) -> object:
    """What differs when one of the files was written, added or taken away."""
    found = []
    for path in paths:
        with contextlib.suppress(OSError):
            told = path.stat()
            found.append((path.name, told.st_mtime_ns, told.st_size))
    return tuple(found)


def read_text(path: Path) -> str:
    """A file's text, lines ended with a newline.

    Raises:
        FaultyFilesError: It is not UTF-8, or can't be read.
    """
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise FaultyFilesError([f"{path.name} 不是 UTF-8 编码：请用 UTF-8 重新保存。"]) from None
    except OSError as error:
        raise FaultyFilesError([f"{path.name} 无法读取（{error.strerror}）：请检查文件权限。"]) from error


def last_good(parse: Callable[[Mapping[str, str]], Read], kept: Path) -> Read | None:
    """What the copies of the last good files say; ``None`` when there are none."""
    copies = sorted(kept.glob("*.toml"))
    try:
        return parse({path.name: read_text(path) for path in copies}) if copies else None
    except FaultyFilesError:  # a newer release may be stricter than the one that kept them
        return None


def _keep(texts: Mapping[str, str], kept: Path) -> None:
    """Copies that can't be written stop nobody: the files themselves are good."""
    with contextlib.suppress(OSError):
        if texts:
            kept.mkdir(parents=True, exist_ok=True)
        for path in kept.glob("*.toml"):
            if path.name not in texts:
                path.unlink(missing_ok=True)
        for name, text in texts.items():
            _write(kept / name, text)


def _write(path: Path, text: str) -> None:
    if path.exists() and path.read_bytes() == text.encode():
        return
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    scratch.write_bytes(text.encode())
    scratch.replace(path)


# --- entries with their lines


@dataclass(frozen=True)
class Entry:
    """One ``[[table]]`` of a file, or what stands above all tables; it knows the lines its keys stand in."""

    file: str
    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int]

    def at(self, key: str = "") -> str:
        """``2027.toml 第 12 行：`` of a key, or of the entry."""
        return f"{self.file} 第 {self.lines.get(key, self.line)} 行："


@dataclass
class Reading:
    """Typed fields out of entries; what can't be used is told in `problems` and read as the default."""

    problems: list[str] = field(default_factory=list)

    def refuse(self, entry: Entry, key: str, fault: str) -> None:
        """Note a fault with its place."""
        self.problems.append(entry.at(key) + fault)

    def finish(self) -> None:
        """Nothing, when all was right.

        Raises:
            FaultyFilesError: Something was not.
        """
        if self.problems:
            raise FaultyFilesError(self.problems)

    def only(self, entry: Entry, *known: str) -> None:
        """Refuse keys nobody knows: a typed key must not be passed over in silence."""
        for key in entry.values:
            if key not in known:
                self.refuse(entry, key, f"没有名为 {key} 的项目，可用的有：{'、'.join(known)}。")

    def entries(self, document: Document, table: str, called: str) -> tuple[Entry, ...]:
        """Those of the one table a file may have; others are refused with what it is called: ``期限规则``."""
        for unknown in set(document.tables) - {table}:
            self.refuse(document.tables[unknown][0], "", f"不认识 [[{unknown}]]，{called}请写 [[{table}]]。")
        return document.tables.get(table, ())

    def text(self, entry: Entry, key: str, default: str | None = None) -> str:
        """A text without blanks around it; without a default it must be there."""
        value = entry.values.get(key, default)
        if isinstance(value, str) and (value.strip() or default is not None):
            return value.strip()
        self.refuse(entry, key, f"{key} 应是一段带引号的文字。" if value is not None else f"缺少 {key}，请补上。")
        return ""

    def texts(self, entry: Entry, key: str) -> tuple[str, ...]:
        """A list of texts, empty when missing."""
        value = entry.values.get(key, [])
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(each.strip() for each in value if each.strip())
        self.refuse(entry, key, f'{key} 应是一列带引号的文字，例如 ["……", "……"]。')
        return ()

    def chosen(self, entry: Entry, key: str, options: Mapping[str, str], default: str) -> str:
        """One of the keys of `options`; their values say in Chinese what each means."""
        value = entry.values.get(key, default)
        if isinstance(value, str) and value in options:
            return value
        names = "、".join(f'"{each}"（{meaning}）' for each, meaning in options.items())
        self.refuse(entry, key, f"{key} 应是其中之一：{names}。")
        return default

    def flag(self, entry: Entry, key: str, *, default: bool) -> bool:
        """``true`` or ``false``."""
        value = entry.values.get(key, default)
        if isinstance(value, bool):
            return value
        self.refuse(entry, key, f"{key} 应是 true 或 false（不带引号）。")
        return default

    def number(self, entry: Entry, key: str, default: int, lowest: int, highest: int) -> int:
        """A whole number between two others, both included."""
        value = entry.values.get(key, default)
        if type(value) is int and lowest <= value <= highest:
            return value
        self.refuse(entry, key, f"{key} 应是 {lowest} 到 {highest} 之间的整数（不带引号）。")
        return default

    def day(self, entry: Entry, key: str, default: date | None = None) -> date | None:
        """A day; the default when it is missing."""
        value = entry.values.get(key, default)
        if value is default or type(value) is date:
            return value
        self.refuse(entry, key, f"{key} = {value!s} 不是日期，请写成 2026-10-01 的样子（不带引号）。")
        return default

    def days(self, entry: Entry, key: str) -> tuple[date, ...]:
        """A list of days, empty when missing."""
        value = entry.values.get(key, [])
        if isinstance(value, list) and all(type(each) is date for each in value):
            return tuple(value)
        self.refuse(entry, key, f"{key} 应是一列日期，例如 [2026-10-10]（不带引号）。")
        return ()

    def span(self, entry: Entry, key: str) -> tuple[time, time] | None:
        """Two times of day, as in ``["09:00", "12:00"]``; ``None`` when missing."""
        value = entry.values.get(key)
        if value is None:
            return None
        try:
            start, end = (time.fromisoformat(each) for each in value)
        except (TypeError, ValueError):
            start = end = time()
        if start.tzinfo is None and end.tzinfo is None and start < end:
            return start, end
        self.refuse(entry, key, f'{key} 应是一前一后两个时刻，例如 ["09:00", "12:00"]。')
        return None


@dataclass(frozen=True)
class Document:
    """One file: what stands above all tables, and the entries of each table in their order."""

    top: Entry
    tables: Mapping[str, tuple[Entry, ...]]


_HEADER = re.compile(r"\s*\[\[?\s*([\w-]+)\s*\]?\]\s*(#.*)?$")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*=")


def read_document(name: str, text: str) -> Document:
    """A file's entries with their lines.

    Raises:
        FaultyFilesError: It is not TOML, or a table is written with one bracket where there may be several.
    """
    values = plain_values(name, text)
    top_keys, found = _lines(text)
    wrong = [key for key, value in values.items() if isinstance(value, dict)]
    if wrong:
        line = found[wrong[0]][0][0] if found.get(wrong[0]) else 1
        raise FaultyFilesError([f"{name} 第 {line} 行：请写两层方括号：[[{wrong[0]}]]。"])
    above = {key: value for key, value in values.items() if not _is_table(value)}
    tables = {key: _entries(name, value, found.get(key, [])) for key, value in values.items() if _is_table(value)}
    return Document(Entry(name, 1, above, top_keys), tables)


def plain_values(name: str, text: str) -> dict[str, Any]:
    """What a file says, without its lines.

    Raises:
        FaultyFilesError: It is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers and nests no parser takes
        where = re.search(r"line (\d+)", str(error))
        line = where[1] if where else len(text.splitlines())
        cure = "请检查这一行和上一行的引号、等号、方括号，以及日期是否存在。"
        raise FaultyFilesError([f"{name} 第 {line} 行不符合 TOML 格式：{cure}"]) from error


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _entries(
    name: str, values: Sequence[Mapping[str, Any]], lines: Sequence[tuple[int, dict[str, int]]]
) -> tuple[Entry, ...]:
    places = [*lines, *([(1, {})] * len(values))]  # tables may also be written inline: then their line is not known
    return tuple(
        Entry(name, line, each, keys) for each, (line, keys) in zip(values, places[: len(values)], strict=True)
    )


def _lines(text: str) -> tuple[dict[str, int], dict[str, list[tuple[int, dict[str, int]]]]]:
    """The lines of the keys above all tables; per table, of each entry its line and those of its keys."""
    top: dict[str, int] = {}
    tables: dict[str, list[tuple[int, dict[str, int]]]] = {}
    keys = top
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            keys = {}
            tables.setdefault(header[1], []).append((number, keys))
        elif key := _KEY.match(line):
            keys.setdefault(key[1], number)
    return top, tables
