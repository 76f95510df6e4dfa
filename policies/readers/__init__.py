"""File → text. Every format ends as plain text with line breaks; what can't be read is refused with a cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from policies.draft import ParseProblem
from policies.readers.kinds import CURES, FORMATS, NAMES, fits, kind_of

__all__ = ["FORMATS", "LARGEST_FILE", "ReadText", "Recogniser", "Refused", "read"]

MOST_CHARACTERS = 5_000_000
MOST_LINES = 100_000
LARGEST_FILE = 20 * 1024 * 1024  # bytes; the longest statute (民法典) has 0.4 MB as text
_SAVE_AS = "请另存为 .docx、.xlsx、.pdf（带文字层）、.html、.md 或 .txt 后再导入。"
CONVERTED: Mapping[str, str] = {  # what LibreOffice makes of formats we don't read ourselves
    **dict.fromkeys((".doc", ".odt"), ".docx"),
    **dict.fromkeys((".xls", ".ods"), ".xlsx"),
    **dict.fromkeys((".ppt", ".odp"), ".pptx"),
}


@dataclass(frozen=True)
class ReadText:
    """The text of a file and what a person should know about how it was read. `has_pictures`: some pages have their
    text in pictures, which was not read.
    """

    text: str
    problems: tuple[ParseProblem, ...] = ()
    has_pictures: bool = False


@dataclass(frozen=True)
class Refused:
    """Why a file was not read: one Chinese sentence that names the cure. `is_scan`: its text is in pictures."""

    reason: str
    is_scan: bool = False


Recogniser = Callable[[str, bytes], ReadText | Refused]  # (kind, content) of a scan → its text


def read(path: Path, content: bytes, recognise: Recogniser | None = None) -> ReadText | Refused:
    """The text of one file.

    Args:
        path: Its name is a hint; the content decides what the file is, and a difference is told. Everything but plain
            text is read in a process of its own with limits.
        content: Its bytes, as they were hashed.
        recognise: Reads scans and photos, and the pages of a PDF that are pictures; without it scans and photos are
            refused, and such pages told.
    """
    ending = path.suffix.lower()
    if not content.strip():
        return Refused("文件是空的；请检查文件后重新导入。")
    if len(content) > LARGEST_FILE:
        return Refused("文件超过 20 MB；请拆分，或只保留文字内容后再导入。")
    kind = kind_of(ending, content)
    found = _read(kind, ending, content)
    if recognise is not None and (found.is_scan if isinstance(found, Refused) else found.has_pictures):
        whole = recognise(kind, content)
        if isinstance(found, Refused) or isinstance(whole, ReadText) or whole.is_scan:
            return whole
    if isinstance(found, Refused):
        return found
    if len(found.text) > MOST_CHARACTERS or found.text.count("\n") > MOST_LINES:
        return Refused("文件的文字太长（超过 500 万字或 10 万行）；请拆分，只导入需要的部分。")
    return found if fits(ending, kind) else _noting(found, ending, kind)


def _noting(found: ReadText, ending: str, kind: str) -> ReadText | Refused:
    """The text under a wrong ending, with a hint; what is no Chinese text under the name of another format is refused,
    for it is rather the rest of a broken file than a policy.
    """
    from policies.readers.plain import is_chinese

    if kind == ".txt" and not is_chinese(found.text):
        return Refused(f"扩展名是 {ending}，内容却不是这种文件；请重新导出后再导入。")
    named = f"扩展名是 {ending}" if ending else "文件名没有扩展名"
    message = f"{named}，内容却是{NAMES[kind]}，已按内容读取；请核对正文。"
    return replace(found, problems=(ParseProblem("structure", message), *found.problems))


def _read(kind: str, ending: str, content: bytes) -> ReadText | Refused:
    if kind not in NAMES:
        reason = CURES.get(kind, f"不支持“{ending or '无扩展名'}”文件；{_SAVE_AS}")
        return Refused(reason, is_scan=kind == "image")
    if kind == ".txt":
        from policies.readers.plain import read_plain

        return read_plain(content)
    from policies.readers.isolated import read_isolated

    if kind in CONVERTED:
        from policies.readers.office import convert

        converted = convert(kind, CONVERTED[kind], content)
        return converted if isinstance(converted, Refused) else read_isolated(CONVERTED[kind], converted)
    return read_isolated(kind, content)
