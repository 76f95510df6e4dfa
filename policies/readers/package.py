"""A Word file is a zip package: what it may unpack to is checked before anything is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable

LARGEST_UNPACKED = 200 * 1024 * 1024  # bytes
LARGEST_RATIO = 100  # ordinary documents unpack to 5–20 times their size
MOST_ENTRIES = 2000
_MAIN = re.compile(r"word/document\d*\.xml")  # Word for the web numbers the part


def package_refusal(content: bytes) -> str:
    """Why this package is not opened; "" when it may be."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "Word 文件不完整或已损坏；请用 Word 或 WPS 打开后另存一份再导入。"
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > MOST_ENTRIES
        or unpacked > LARGEST_UNPACKED
        or unpacked > LARGEST_RATIO * max(len(content), 100_000)
    ):
        return "Word 文件解压后异常庞大，为安全已拒绝；请只保留文字内容，另存一份再导入。"
    if any(entry.flag_bits & 1 for entry in entries):
        return "Word 文件加了密码；请去掉密码后再导入。"
    if not main_part(entry.filename for entry in entries):
        return "扩展名是 .docx，内容却不是 Word 文档；请重新导出后再导入。"
    return ""


def main_part(names: Iterable[str]) -> str:
    """The part that holds the text; "" when the package is no Word document."""
    return next((name for name in names if _MAIN.fullmatch(name)), "")
