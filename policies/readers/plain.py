"""Text files: which encoding, and nothing guessed silently."""

from __future__ import annotations

import codecs
import re

from policies.draft import ParseProblem
from policies.readers import ReadText, Refused

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Order matters: UTF-8 rejects what is not UTF-8; GB18030 accepts most bytes, the others what is left.
_LADDER = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be")
_PLAUSIBLE = 0.01  # UTF-16 decodes nearly everything: such a text needs some of the signs every Chinese text has
_GUESSED = {"big5": "Big5（繁体）", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f]")
# The 600 most telling characters would be better; these few stand in nearly every Chinese paragraph.
_COMMON = set("的一是不在有和为以中国人法规定应当第条")
_COMMON_TRADITIONAL = set("的一是不在有和為以中國人法規定應當第條")


def read_plain(content: bytes) -> ReadText | Refused:
    """The text of a .txt or .md file: byte-order mark, then what fits best; a rare encoding is told as a problem."""
    decoded = decode(content)
    if isinstance(decoded, Refused):
        return decoded
    text, encoding = decoded
    if "\x00" in text:
        return Refused("文件里有空字符（NUL），可能已损坏或不是文本；请用原软件重新导出后再导入。")
    problems = []
    if encoding in _GUESSED:
        message = f"文件按 {_GUESSED[encoding]} 编码读取；如有乱码，请另存为 UTF-8 后再导入。"
        problems.append(ParseProblem("encoding", message))
    if _CONTROL.search(text):
        problems.append(ParseProblem("encoding", "文件里有不可见的控制字符，已去掉；请核对正文。"))
    return ReadText(_CONTROL.sub("", text), tuple(problems))


def is_chinese(text: str) -> bool:
    """Whether the signs that stand in every Chinese text stand in this one."""
    return max(_likeness((text, each)) for each in ("utf-8", "big5")) > _PLAUSIBLE


def decode(content: bytes) -> tuple[str, str] | Refused:
    """``(text, encoding)``, line ends made one."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strict(content.removeprefix(mark) if encoding == "utf-8" else content, encoding)
    if _is_cut_utf8(content):
        return Refused("文件末尾不完整（可能下载或复制时被截断）；请重新取得完整文件后再导入。")
    tried = [(text, encoding) for encoding in _LADDER if (text := _try(content, encoding)) is not None]
    fitting = [each for each in tried if not each[1].startswith("utf-16") or _likeness(each) > _PLAUSIBLE]
    if not fitting:
        return Refused("看不出文件的文字编码；请用记事本或 WPS 另存为 UTF-8 编码的文本后再导入。")
    is_utf8 = fitting[0][1] == "utf-8" and "\x00" not in fitting[0][0]
    return fitting[0] if is_utf8 else max(fitting, key=_likeness)


def _strict(content: bytes, encoding: str) -> tuple[str, str] | Refused:
    text = _try(content, encoding)
    if text is None:
        return Refused("文件末尾不完整或编码损坏；请重新取得完整文件，另存为 UTF-8 后再导入。")
    return text, encoding


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None


def _is_cut_utf8(content: bytes) -> bool:
    """Valid UTF-8 with Chinese in it, except for an unfinished character at the very end."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start >= len(content) - 3 and error.start >= 6
    return False


def _likeness(candidate: tuple[str, str]) -> float:
    text, encoding = candidate
    common = _COMMON_TRADITIONAL if encoding == "big5" else _COMMON
    return sum(sign in common for sign in text[:20_000]) / max(1, len(text[:20_000]))
