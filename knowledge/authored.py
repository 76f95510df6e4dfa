"""Knowledge that people write in TOML folders (cards, facts, guides): layers, field readers, the source of each.

Every fault is told with file, id and cure, in words an outlet can act on; what is wrong in one entry stops no other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class CardCitation:
    """The article that proves something: `proof` are phrases that occur in it literally (figures, periods, key words).

    `version` is the day the version was passed, as in the compilation; `article` as in ``"42"``, or a heading.
    """

    law: str
    version: str
    article: str
    proof: tuple[str, ...]


class FaultError(Exception):
    """Something in an entry is wrong: fault and cure, without the place."""


def refuse(fault: str) -> NoReturn:
    """Give up this entry; the caller adds the place."""
    raise FaultError(fault)


def complaint(raw: Raw, kind: str, fault: str) -> str:
    """The sentence an outlet reads: file, kind and id of the entry, fault and cure."""
    return f"{raw['file']}：{kind} {raw['id']}：{fault}"


def read_folder(folder: Path, table: str, kind: str, problems: list[str]) -> list[dict[str, Any]]:
    """The raw entries ``[[table]]`` of all ``*.toml`` of a folder, each with its file under ``"file"``.

    Entries without a usable id, and files that can't be read, are left out and told in `problems`. A missing folder is
    an empty one.
    """
    found = []
    for path in sorted(folder.glob("*.toml")):
        for raw in _read_file(path, table, kind, problems):
            entry_id = raw.get("id")
            if isinstance(entry_id, str) and re.fullmatch(r"[a-z0-9_]{1,40}", entry_id):
                found.append(raw | {"file": path.name})
            else:
                problems.append(
                    f"{path.name}：有一个{kind}的编号 id = {entry_id!r} 不可用。请写 1–40 个小写字母、数字或下划线。"
                )
    return found


def _read_file(path: Path, table: str, kind: str, problems: list[str]) -> Iterator[dict[str, Any]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path.name}：文件无法读取（{error}）。请按 TOML 格式改正，以 UTF-8 保存；文件暂未使用。")
        return
    found = content.get(table, [])
    if not isinstance(found, list):
        problems.append(f"{path.name}：{kind}应写在 [[{table}]] 下（两层方括号）；这个文件暂未使用。")
        return
    yield from (raw for raw in found if isinstance(raw, dict))


def text(raw: Raw, key: str, default: str = "") -> str:
    """A text field without blanks around it."""
    value = raw.get(key, default)
    if not isinstance(value, str):
        refuse(f"{key} 应是一段文字。请加上引号。")
    return value.strip()


def texts(raw: Raw, key: str) -> tuple[str, ...]:
    """A list of texts; empty ones are left out."""
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        refuse(f'{key} 应是一列文字，例如 ["……", "……"]。')
    return tuple(each.strip() for each in value if each.strip())


def day(raw: Raw, key: str) -> date | None:
    """A day; ``None`` when the field is missing."""
    value = raw.get(key)
    if value is None:
        return None
    if type(value) is not date:
        refuse(f"{key} = {value!r} 不是日期。请写成 2026-11-23 的样子，不加引号。")
    return value


def required_day(raw: Raw, key: str) -> date:
    """A day that must be there."""
    value = day(raw, key)
    if value is None:
        refuse(f"缺少 {key}。请写上日期，例如 2026-11-23。")
    return value


def citation(raw: Raw) -> CardCitation:
    """A source as written; whether it is whole is the reader's rule."""
    return CardCitation(text(raw, "law"), text(raw, "version"), text(raw, "article"), texts(raw, "proof"))
