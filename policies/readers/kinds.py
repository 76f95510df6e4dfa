"""What a file really is, by its content: names lie (a .doc that is a web page, a .txt that is a Word file)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

from policies.readers.package import MAIN_PARTS, UNREADABLE, main_part

# What we read, by the ending that goes with it; .txt stands for every kind of plain text.
NAMES: Mapping[str, str] = {
    ".txt": "文本",
    ".html": "网页",
    ".pdf": "PDF 文件",
    ".docx": "Word 文件",
    ".xlsx": "Excel 文件",
    ".pptx": "PowerPoint 文件",
    ".doc": "旧版 Word 或 WPS 文件",
    ".xls": "旧版 Excel 或 WPS 表格文件",
    ".ppt": "旧版 PowerPoint 或 WPS 演示文件",
    ".odt": "OpenDocument 文本文件",
    ".ods": "OpenDocument 表格文件",
    ".odp": "OpenDocument 演示文件",
}
ENDINGS: Mapping[str, tuple[str, ...]] = {
    ".txt": (".txt", ".md"),
    ".html": (".html", ".htm"),
    ".docx": (".docx", ".docm"),
    ".xlsx": (".xlsx", ".xlsm"),
    ".pptx": (".pptx", ".pptm"),
    ".doc": (".doc", ".wps"),
    ".xls": (".xls", ".et"),
    ".ppt": (".ppt", ".dps"),
}
FORMATS = tuple(ending for kind in NAMES for ending in ENDINGS.get(kind, (kind,)))
PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")  # endings of photos and scans
CURES: Mapping[str, str] = {
    "export": "这是 export 或 backup 写出的文件；请用 restore 恢复到空的实例，见 docs/operations.md。",
    "archive": "这是压缩包；请先解压，再导入里面的文件。",
    "image": "这是图片；请在命令行用 import --ocr 识别，或先做文字识别再导入。",
    "ofd": "暂不支持 OFD 文件；请另存为带文字层的 .pdf 或 .docx 后再导入。",
    "locked": "文件加了密码；请去掉密码后再导入。",
    "rtf": "这是 RTF 文件；请在 Word 或 WPS 中另存为 .docx 后再导入。",
    "mht": "这是单个文件的网页（.mht）；请在浏览器或 Word 中打开，另存为 .docx 后再导入。",
    "ole": "看不出这是什么文件；请用原软件打开，另存为 .docx、.xlsx 或 .pdf 后再导入。",
}
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", ".pdf"),
    (b"{\\rtf", "rtf"),
    *((start, "image") for start in (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")),
    *((start, "archive") for start in (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")),
)
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Streams of an OLE container, as its directory spells them ([MS-CFB] 2.6.1).
_STREAMS = (("EncryptedPackage", "locked"), ("WordDocument", ".doc"), ("PowerPoint Document", ".ppt"),
            ("Workbook", ".xls"), ("Book", ".xls"))  # fmt: skip
_OPEN_DOCUMENT = ((b"text", ".odt"), (b"spreadsheet", ".ods"), (b"presentation", ".odp"))
# A comment ends at its first -->, for good: else so many of them can be divided up in 2^n ways.
_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*)*+<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
_MHT = re.compile(rb"(?:[\w-]+:[^\n]*\n){0,20}?MIME-Version:.{0,2000}?multipart/related", re.IGNORECASE | re.DOTALL)
_LOCKED_WORD = slice(512, 524)  # the head of the WordDocument stream, which nearly always comes first ([MS-DOC] 2.5.2)


def kind_of(ending: str, content: bytes) -> str:
    """A key of `NAMES` or `CURES`, or "" for text under an ending we don't know.

    Args:
        ending: Of the file's name, in small letters; it only decides between kinds of plain text.
        content: Not empty.
    """
    start = content[:16].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(_ZIP):
        return _zip_kind(content)
    if start.startswith(_OLE[:4]):
        return _ole_kind(content)
    for sign, kind in _STARTS:
        if start.startswith(sign) and not (sign == b"BM" and ending in ENDINGS[".txt"]):
            return kind
    return _text_kind(ending, content[:4096])


def fits(ending: str, kind: str) -> bool:
    """Whether a name with this ending promises this kind."""
    return ending in ENDINGS.get(kind, (kind,))


def _zip_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
            kind = package.open("mimetype").read(80) if "mimetype" in names else b""
    except UNREADABLE:
        return ".docx"  # cut off: the reader says so
    if "OFD.xml" in names:
        return "ofd"
    if "manifest.json" in names and any(each.startswith("tables/") for each in names):
        return "export"
    for said, opened in _OPEN_DOCUMENT:
        if kind.startswith(b"application/vnd.oasis.opendocument." + said):
            return opened
    return next((each for each in MAIN_PARTS if main_part(names, each)), "archive")


def _ole_kind(content: bytes) -> str:
    kind = next((kind for stream, kind in _STREAMS if stream.encode("utf-16-le") in content), "ole")
    head = content[_LOCKED_WORD]
    is_locked = kind == ".doc" and head[:2] == b"\xec\xa5" and len(head) == 12 and head[11] & 1
    return "locked" if is_locked else kind


def _text_kind(ending: str, start: bytes) -> str:
    plain = start.removeprefix(b"\xef\xbb\xbf")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        plain = start.replace(b"\x00", b"")[2:]
    if _PAGE.match(plain):
        return ".html"
    if _MHT.match(plain):
        return "mht"
    if ending in ENDINGS[".html"]:
        return ".html"
    return ".txt" if ending in FORMATS else ""
