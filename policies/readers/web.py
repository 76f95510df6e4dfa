"""A policy at an address: what it is called as a file, and whether a page is the text or a barrier."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from policies.readers import Refused
from policies.readers.kinds import FORMATS, PICTURES, kind_of

ADDRESS = re.compile(r"https?://\S{3,2000}", re.IGNORECASE)
_PAGE_NAME = "网页"
_PASSWORD = re.compile(rb"<input[^>]+type\s*=\s*[\"']?password", re.IGNORECASE)
_TEXT = re.compile(rb"<(?:script|style|noscript)\b.*?</(?:script|style|noscript)>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_SHORTEST_PAGE = 120  # bytes of words, some forty characters: a notice has more, a page filled in by a script less
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
    name = _named(said_name) or _named(unquote(PurePosixPath(urlsplit(url).path).name))
    kind = kind_of(PurePosixPath(name).suffix.lower(), content)
    if kind == ".html" and _is_barrier(content):
        return Refused(NO_TEXT)
    return Fetched(_ending_with(name, kind), content, url)


def _named(words: str) -> str:
    return PurePosixPath(words.replace("\\", "/")).name.strip(". ")


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
    n_words = len(b"".join(_TEXT.sub(b" ", content).split()))
    return n_words < (_CHALLENGE_PAGE if _PASSWORD.search(content) else _SHORTEST_PAGE)
