"""A policy at an address: what it is called as a file, and whether a page is the text or a barrier."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from policies.readers import Refused
from policies.readers.kinds import FORMATS, PICTURES, kind_of

ADDRESS = re.compile(r"https?://\S{3,2000}", re.IGNORECASE)
_PAGE_NAME = "网页"
_LONGEST_NAME, _LONGEST_ENDING = 60, 10  # characters: most file systems take 255 bytes, a Chinese character is three
_UNPRINTED = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control and format signs, halves of characters, ends of lines
# Both stop at the next <, so that they take no longer than a page is long, whatever is in it.
_PASSWORD = re.compile(rb"<input\b[^<>]*?\btype\s*=\s*[\"']?password", re.IGNORECASE)
_TAG = re.compile(rb"<(/?)([a-z]*)[^<>]*>?", re.IGNORECASE)
_UNSEEN = (b"script", b"style", b"noscript")
_SHORTEST_PAGE = 120  # bytes of words, some forty characters: a notice has more, a page filled in by a script less
_LARGEST_BARRIER = 2_000_000  # bytes; what is larger is looked at by the reader, in a process of its own
_CHALLENGE_PAGE = 1500  # bytes of words a page that asks for a password may have and be nothing else
NO_TEXT = (
    "网页里没有正文，可能要登录，或者内容由脚本显示；请在浏览器里打开，把正文另存为 .html、.pdf 或 .docx，再导入文件。"
)


@dataclass(frozen=True)
class Fetched:
    """What stood at an address: `name` as a file, its bytes, `url` where it was in the end."""

    name: str
    content: bytes
    url: str


Fetch = Callable[[str], Fetched | Refused]


def no_network(_url: str) -> Fetched | Refused:
    """Where nothing is fetched."""
    return Refused("这里不能从网址导入；请下载文件后再导入。")


def is_address(words: str) -> bool:
    """Whether this is the address of something to fetch, and nothing else."""
    return ADDRESS.fullmatch(words.strip()) is not None


def fetched(url: str, content: bytes, said_name: str = "") -> Fetched | Refused:
    """What was fetched as a file to import; refused when it is a page without a text.

    Args:
        url: Where it was found, after all redirects.
        content: All of it, not empty.
        said_name: The file name the server gave (Content-Disposition), if any.
    """
    name = file_name(said_name) or file_name(unquote(PurePosixPath(urlsplit(url).path).name))
    kind = kind_of(PurePosixPath(name).suffix.lower(), content)
    if kind == ".html" and _is_barrier(content):
        return Refused(NO_TEXT)
    return Fetched(_ending_with(name, kind), content, url)


def file_name(words: str) -> str:
    """What a stranger calls a file, as a name every file system takes and no terminal obeys; "" when nothing is left.

    The ending stays: it tells what kind of file was meant.
    """
    plain = "".join("" if unicodedata.category(each) in _UNPRINTED else each for each in words.replace("\\", "/"))
    path = PurePosixPath(PurePosixPath(plain).name.strip(". "))
    return f"{path.stem[:_LONGEST_NAME].strip()}{path.suffix[:_LONGEST_ENDING]}".strip(". ")


def _ending_with(name: str, kind: str) -> str:
    """The name with an ending that fits, so that nobody is told of one that no address needs to have."""
    path = PurePosixPath(name or _PAGE_NAME)
    ending = path.suffix.lower()
    if kind == ".html":
        return f"{path.stem or _PAGE_NAME}.html"
    if ending in (*FORMATS, *PICTURES) or not kind.startswith("."):
        return path.name
    return f"{path.stem or _PAGE_NAME}{kind}"


def _is_barrier(content: bytes) -> bool:
    """Whether a page is a sign-in or filled in by a script: nearly no words, or few around a field for a password."""
    if len(content) > _LARGEST_BARRIER:
        return False
    enough = _CHALLENGE_PAGE if _PASSWORD.search(content) else _SHORTEST_PAGE
    return not _has_words(content, enough)


def _has_words(page: bytes, n_bytes: int) -> bool:
    """Whether so many bytes of words stand between the tags of a page, scripts and style sheets left out."""
    n_found, at, unseen = 0, 0, b""
    for tag in _TAG.finditer(page):
        if not unseen:
            n_found += len(b"".join(page[at : tag.start()].split()))
        at, name = tag.end(), tag[2].lower()
        if unseen:
            unseen = b"" if tag[1] and name == unseen else unseen
        elif not tag[1] and name in _UNSEEN:
            unseen = name
        if n_found >= n_bytes:
            return True
    return not unseen and n_found + len(b"".join(page[at:].split())) >= n_bytes
