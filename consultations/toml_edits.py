"""TOML files changed entry by entry, comments and order kept: what somebody wrote beside it stays.

The only home of tomlkit. What it writes is read again before it is given out: a file is right or not changed at all.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from consultations.authored_files import FaultyFilesError, plain_values

Values = Mapping[str, Any]
BY_HAND = "这个文件的写法工作台改不了，请在文本编辑器里改。"


class ChangedMeanwhileError(Exception):
    """The entry is not any more what it was when somebody began to change it."""

    def __init__(self) -> None:
        super().__init__("The entry changed meanwhile.")


def with_entry(name: str, text: str, table: str, before: Values | None, after: Values | None) -> str:
    """The file with one ``[[table]]`` entry changed, added (no `before`) or taken out (no `after`).

    Args:
        name: The file's name, for messages.
        text: The whole file, may be empty.
        table: The table's name.
        before: The entry as it was read; it is found by what it holds.
        after: All keys the entry is to have.

    Raises:
        ChangedMeanwhileError: There is no such entry.
        FaultyFilesError: The file can't be read, or not be changed here.
    """
    expected = dict(plain_values(name, text))
    entries = list(expected.get(table, []))
    document = _document(name, text)
    if before is None:
        entries.append(dict(after or {}))
        _append(document, table, after or {})
    else:
        if before not in entries:
            raise ChangedMeanwhileError
        at = entries.index(before)
        entries[at : at + 1] = [dict(after)] if after is not None else []
        if after is not None:
            _set(cast("list[Any]", document[table])[at], after)
        elif entries:
            del cast("list[Any]", document[table])[at]
        else:
            del document[table]
    return _checked(name, document, {**expected, table: entries} if entries else _without(expected, table))


def with_keys(name: str, text: str, section: str, values: Values) -> str:
    """The file with keys of one ``[section]`` set (``""`` for those above all); ``None`` takes a key out.

    Raises:
        FaultyFilesError: The file can't be read, or not be changed here.
    """
    expected = dict(plain_values(name, text))
    document: MutableMapping[str, Any] = _document(name, text)
    whole = document
    there = dict(expected.get(section, {})) if section else expected
    if section and section not in document:
        document[section] = tomlkit.table()
    part = document[section] if section else document
    _set(part, {**there, **values})
    there = {key: value for key, value in {**there, **values}.items() if value is not None}
    return _checked(name, whole, {**expected, section: there} if section else there)


def line_of(key: str, value: object) -> str:
    """How a key is written: ``phone = "0571-0000000"``."""
    return tomlkit.dumps({key: list(value) if isinstance(value, tuple) else value}).strip()


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step: whoever reads it meanwhile reads the old one or the new one. Its rights stay.

    Raises:
        OSError: It can't be written; the old one is there.
    """
    target = path.resolve()  # a link stays a link
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o600
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        scratch.chmod(mode)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def _document(name: str, text: str) -> MutableMapping[str, Any]:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise FaultyFilesError([f"{name}：{BY_HAND}"]) from error


def _append(document: MutableMapping[str, Any], table: str, values: Values) -> None:
    if table not in document:
        document[table] = tomlkit.aot()
    entry = tomlkit.table()
    entry.update({key: value for key, value in values.items() if value is not None})
    there = cast("list[Any]", document[table])
    if there and isinstance(there[-1], Table):
        there[-1].add(tomlkit.nl())
    there.append(entry)


def _set(part: MutableMapping[str, Any], values: Values) -> None:
    """Only what differs is touched: comments beside the rest stay."""
    for key in [each for each in part if values.get(each) is None]:
        del part[key]
    for key, value in values.items():
        if value is not None and (key not in part or part[key] != value):
            part[key] = value


def _without(values: Values, key: str) -> Values:
    return {name: value for name, value in values.items() if name != key}


def _checked(name: str, document: MutableMapping[str, Any], expected: Values) -> str:
    written = tomlkit.dumps(document)
    if dict(plain_values(name, written)) != dict(expected):
        raise FaultyFilesError([f"{name}：{BY_HAND}"])
    return written
