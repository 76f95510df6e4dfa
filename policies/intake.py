"""File → text → draft: what a file would become, before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from policies.draft import ParseProblem, PolicyDraft
from policies.metadata import short_title
from policies.parse import parse
from policies.profile import check_title, check_version
from policies.readers import LARGEST_FILE, Recogniser, Refused, read


@dataclass(frozen=True)
class Prepared:
    """One file, read and parsed. `sha256` is of its bytes, `content_hash` of title and articles only, `origin` the
    address it was fetched from.
    """

    path: Path
    sha256: str
    content_hash: str
    text: str
    draft: PolicyDraft
    problems: tuple[ParseProblem, ...]
    origin: str = ""


def prepare(path: Path, recognise: Recogniser | None = None, origin: str = "") -> Prepared | Refused:
    """Read and parse one file; a reason in Chinese when that is impossible. Writes nothing.

    `recognise` reads scans and photos; without it they are refused. `origin` is where the file was fetched from.
    """
    content = _content(path)
    if isinstance(content, Refused):
        return content
    found = read(path, content, recognise)
    if isinstance(found, Refused):
        return found
    draft, problems = parse(found.text, name=path.stem)
    if not any(article.text for article in draft.articles):
        return Refused("没有读到正文；请检查文件内容是否完整。")
    if not draft.title:
        return Refused("没有找到标题；请把标题写在第一行，或写进文件名，再导入。")
    digest = hashlib.sha256(content).hexdigest()
    told = sorted((*found.problems, *problems), key=lambda each: each.kind == "dropped")
    return Prepared(path, digest, content_hash(draft), found.text, draft, tuple(told), origin)


def retitled(prepared: Prepared, words: Mapping[str, str]) -> Prepared:
    """The same file under the title and version people gave it, where they did.

    Raises:
        ProfileError: The title is empty, or the version is no date.
    """
    title = short_title(words.get("title", prepared.draft.title).strip("《》 "))
    version = words.get("version", prepared.draft.version).strip()
    check_title(title)
    check_version(version)
    if (title, version) == (prepared.draft.title, prepared.draft.version):
        return prepared
    draft = replace(prepared.draft, title=title, version=version)
    return replace(prepared, draft=draft, content_hash=content_hash(draft))


def _content(path: Path) -> bytes | Refused:
    try:
        if path.exists() and not path.is_file():  # a pipe or a device has no end
            return Refused("这不是普通文件；请把内容存成文件后再导入。")
        if path.stat().st_size > LARGEST_FILE:
            return Refused("文件超过 20 MB；请拆分，或只保留文字内容后再导入。")
        return path.read_bytes()
    except OSError:
        return Refused("文件打不开；请检查文件是否存在、是否有读取权限。")


def content_hash(draft: PolicyDraft) -> str:
    """A hash of title and articles, blind to file format, comments and white space: the same text is the same text."""
    parts = [draft.title, *(f"{article.key}\x1f{article.text}" for article in draft.articles)]
    return hashlib.sha256("\x1e".join("".join(part.split()) for part in parts).encode()).hexdigest()
