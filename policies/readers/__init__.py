"""File → text. Every format ends as plain text with line breaks; what can't be read is refused with a cure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from policies.draft import ParseProblem

MOST_CHARACTERS = 5_000_000
MOST_LINES = 100_000
LARGEST_FILE = 20 * 1024 * 1024  # bytes; the longest statute (民法典) has 0.4 MB as text
FORMATS = (".md", ".txt", ".docx", ".pdf", ".html", ".htm")
_CURES = {
    ".doc": "这是旧版 Word 文件（.doc）；请在 Word 或 WPS 中另存为 .docx 后再导入。",
    ".wps": "这是 WPS 文件；请在 WPS 中另存为 .docx 后再导入。",
    ".xls": "暂不支持表格文件；请把内容另存为 .docx、.pdf 或 .txt 后再导入。",
    ".xlsx": "暂不支持表格文件；请把内容另存为 .docx、.pdf 或 .txt 后再导入。",
    ".zip": "这是压缩包；请先解压，再导入里面的文件。",
    ".rar": "这是压缩包；请先解压，再导入里面的文件。",
    ".ofd": "暂不支持 OFD 文件；请另存为带文字层的 .pdf 或 .docx 后再导入。",
}
_STARTS = {".docx": (b"PK\x03\x04", "Word（.docx）"), ".pdf": (b"%PDF-", "PDF")}
_FOREIGN = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"\x1f\x8b")


@dataclass(frozen=True)
class ReadText:
    """The text of a file and what a person should know about how it was read."""

    text: str
    problems: tuple[ParseProblem, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Why a file was not read: one Chinese sentence that names the cure."""

    reason: str


def read(path: Path, content: bytes) -> ReadText | Refused:
    """The text of one file.

    Args:
        path: Its name decides the format; Word, PDF and HTML are read in a process of their own with limits.
        content: Its bytes, as they were hashed.
    """
    kind = path.suffix.lower()
    if refusal := _refusal(kind, content):
        return Refused(refusal)
    found = _read(kind, content)
    if isinstance(found, ReadText) and (len(found.text) > MOST_CHARACTERS or found.text.count("\n") > MOST_LINES):
        return Refused("文件的文字太长（超过 500 万字或 10 万行）；请拆分，只导入需要的部分。")
    return found


def _read(kind: str, content: bytes) -> ReadText | Refused:
    if kind in (".md", ".txt"):
        from policies.readers.plain import read_plain

        return read_plain(content)
    from policies.readers.isolated import read_isolated

    return read_isolated(".html" if kind == ".htm" else kind, content)


def _refusal(kind: str, content: bytes) -> str:
    if kind not in FORMATS:
        return _CURES.get(
            kind, f"不支持“{kind or '无扩展名'}”文件；请另存为 .docx、.pdf（带文字层）、.html、.md 或 .txt。"
        )
    if not content.strip():
        return "文件是空的；请检查文件后重新导入。"
    if len(content) > LARGEST_FILE:
        return "文件超过 20 MB；请拆分，或只保留文字内容后再导入。"
    if kind in _STARTS:
        start, name = _STARTS[kind]
        return (
            ""
            if content.lstrip()[:8].startswith(start)
            else f"扩展名是 {kind}，内容却不是 {name} 文件；请重新导出后再导入。"
        )
    if content.startswith(_FOREIGN):
        return f"扩展名是 {kind}，内容却不是文本；请改回正确的扩展名，或重新导出后再导入。"
    return ""
