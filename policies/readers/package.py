"""Office files are zip packages: what one may unpack to is checked before anything is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping

LARGEST_UNPACKED = 200 * 1024 * 1024  # bytes
LARGEST_RATIO = 100  # ordinary documents unpack to 5–20 times their size
MOST_ENTRIES = 2000
MAIN_PARTS: Mapping[str, re.Pattern[str]] = {
    ".docx": re.compile(r"word/document\d*\.xml"),  # Word for the web numbers the part
    ".xlsx": re.compile(r"xl/workbook\.xml"),
    ".pptx": re.compile(r"ppt/presentation\.xml"),
}
# What zipfile says of a package it can't open; NotImplementedError is its word for a compression it does not know.
UNREADABLE = (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError)


class DoctypeError(Exception):
    """A part of a package defines entities; no office program writes one."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} has a DOCTYPE; save the file anew with an office program.")


def package_refusal(name: str, content: bytes) -> str:
    """Why this package is not opened; "" when it may be. `name` is what people call such a file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
    except UNREADABLE:
        return f"{name}不完整或已损坏；请用原软件打开后另存一份再导入。"
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > MOST_ENTRIES
        or unpacked > LARGEST_UNPACKED
        or unpacked > LARGEST_RATIO * max(len(content), 100_000)
    ):
        return f"{name}解压后异常庞大，为安全已拒绝；请只保留文字内容，另存一份再导入。"
    if any(entry.flag_bits & 1 for entry in entries):
        return f"{name}加了密码；请去掉密码后再导入。"
    return ""


def main_part(names: Iterable[str], kind: str) -> str:
    """The part that makes a package a file of that kind; "" when it is none."""
    return next((name for name in names if MAIN_PARTS[kind].fullmatch(name)), "")
