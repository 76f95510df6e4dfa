"""What a file sent by a stranger really is, by its content: a name is a claim, and a program may be called 证书.pdf."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePath

from policies.readers.kinds import ENDINGS, kind_of
from policies.readers.package import UNREADABLE, package_refusal

_HEAD = 4096  # bytes
_MACROS = "vbaproject.bin"
# Signatures of pictures, sound and film, with the endings that promise them.
_STARTS: tuple[tuple[int, bytes, tuple[str, ...]], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", ("png",)),
    (0, b"\xff\xd8\xff", ("jpg", "jpeg")),
    (8, b"WEBP", ("webp",)),
    (0, b"OggS", ("ogg",)),
    (0, b"ID3", ("mp3",)),
    *((0, start, ("mp3",)) for start in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    *((4, b"ftyp" + brand, ("heic",)) for brand in (b"heic", b"heix", b"mif1", b"msf1")),
    (4, b"ftypM4A", ("m4a",)),
    (4, b"ftypqt", ("mov",)),
    (4, b"ftyp", ("mp4", "mov", "m4a")),
)
_TEXTS = ("txt", "md", "csv")


def promises(path: Path, name: str) -> str:
    """Why the content of a file is not what its name says; empty when it is.

    Args:
        path: Where the bytes are; not empty, at most a few tens of megabytes.
        name: What the visitor calls it; its ending is one that may pass.
    """
    ending = PurePath(name).suffix.lower().removeprefix(".")
    content = path.read_bytes()
    if ending in _TEXTS:
        return "" if _is_text(content) else f"名称是 .{ending}，内容却不是文本"
    found = _endings(content)
    if not found:
        kind = kind_of(f".{ending}", content)
        found = tuple(each.removeprefix(".") for each in ENDINGS.get(kind, (kind,)))
        if kind == "locked":
            return "文件加了密码，请去掉密码"
    if ending not in found:
        return f"名称是 .{ending}，内容却不是这种文件"
    return _unsafe_package(content) if content.startswith(b"PK") else ""


def _endings(content: bytes) -> tuple[str, ...]:
    return next((found for at, sign, found in _STARTS if content[at : at + len(sign)] == sign), ())


def _is_text(content: bytes) -> bool:
    head = content[:_HEAD]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):  # UTF-16, as Windows writes it
        return True
    return b"\x00" not in head and kind_of(".txt", content) == ".txt"


def _unsafe_package(content: bytes) -> str:
    if package_refusal("文件", content):
        return "文件不完整，或解开后异常庞大"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            has_macros = any(each.lower().endswith(_MACROS) for each in package.namelist())
    except UNREADABLE:
        return "文件不完整"
    return "文件里有宏，请另存为不带宏的格式" if has_macros else ""
