"""Cards as a TOML file (docs/cards.md), whatever stands in their texts: the inverse of reading it."""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.authored import Raw, citation, day, refuse, text, texts

# The file of the cards that came out of drafts; derived from the database, so that it can be written anew any time.
PUBLISHED = "drafts.toml"
HEAD = "由知询根据已发布的卡片草稿生成，请勿手工修改：修改、撤下请用 python3 run.py drafts。"


_WORDS, _LISTS = ("title", "answer", "service_item", "outlet", "override_reason"), ("variants", "negatives", "details")
_DAYS = ("effective_from", "effective_to", "review_due")


class ForeignFileError(OSError):
    """A file of the same name is there that somebody else wrote."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} 不是由草稿生成的，没有覆盖它：请把它改成别的名字。")


def to_toml(cards: Iterable[Raw], wordings: Mapping[str, Sequence[str]]) -> str:
    """The file of published cards.

    Args:
        cards: Fields as in docs/cards.md: texts, lists of texts, days; ``citations`` a list of such tables.
        wordings: Card id → wordings added to it.
    """
    added = [f"[[wordings]]\n{_fields({'card': key, 'variants': list(words)})}" for key, words in wordings.items()]
    return "\n".join((f"# {HEAD}\n", *map(_card, cards), *added))


def draft_toml(values: Raw) -> str:
    """The fields of one draft as a file to be edited; `draft_fields` reads it back."""
    tables = "".join(f"\n[[citations]]\n{_fields(each)}" for each in values["citations"])
    return _fields({key: value for key, value in values.items() if key != "citations"}) + tables


def draft_fields(content: str) -> dict[str, Any]:
    """The fields of an edited file; days that were taken out are ``None``.

    Raises:
        FaultError: It is no TOML, or a field is of the wrong kind; in words an outlet can act on.
    """
    try:
        raw = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        refuse(f"文件不是 TOML 格式（{error}）。")
    unknown = sorted(set(raw) - {*_WORDS, *_LISTS, *_DAYS, "citations"})
    if unknown:
        refuse(f"不认识的字段 {'、'.join(unknown)}。请检查拼写。")
    sources = raw.get("citations", [])
    if not isinstance(sources, list) or not all(isinstance(each, dict) for each in sources):
        refuse("citations 应写在 [[citations]] 下。")
    found: dict[str, Any] = {name: text(raw, name) for name in _WORDS if name in raw}
    found |= {name: list(texts(raw, name)) for name in _LISTS if name in raw}
    found |= {name: day(raw, name) for name in _DAYS}
    found["citations"] = [_source(each) for each in sources]
    return found


def _source(raw: Raw) -> dict[str, Any]:
    read = citation(raw)
    return {"law": read.law, "version": read.version, "article": read.article, "proof": list(read.proof)}


def is_stored(folder: Path, content: str) -> bool:
    """Whether the file of published cards says `content`; a missing one says that there are none."""
    target = folder / PUBLISHED
    found = target.read_bytes() if target.exists() else to_toml((), {}).encode()
    return found == content.encode()


def store(folder: Path, content: str) -> None:
    """Make the file of published cards say `content`: all of it, or nothing when that fails.

    Raises:
        ForeignFileError: The file there is not ours.
        OSError: The folder can't be written.
    """
    target = folder / PUBLISHED
    if is_stored(folder, content):
        return
    if target.exists() and not target.read_bytes().startswith(f"# {HEAD}".encode()):
        raise ForeignFileError(target)
    part = target.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(content.encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _card(raw: Raw) -> str:
    citations = raw.get("citations", ())
    tables = "".join(f"\n[[card.citations]]\n{_fields(each)}" for each in citations)
    return f"[[card]]\n{_fields({key: value for key, value in raw.items() if key != 'citations'})}{tables}"


def _fields(values: Raw) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in values.items() if value is not None)


def _value(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(type(value))


def _quoted(words: str) -> str:
    """A basic string. JSON escapes quotes, backslashes, line ends and controls just as TOML wants them, but for DEL."""
    return json.dumps(_writable(words), ensure_ascii=False).replace("\x7f", "\\u007f")


def _writable(words: str) -> str:
    """The text without what UTF-8 can't hold."""
    return words.encode("utf-8", "replace").decode("utf-8")
