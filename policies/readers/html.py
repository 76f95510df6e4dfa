"""Web pages: the main text without menus, one line per paragraph."""

from __future__ import annotations

import re
from typing import Any

from lxml import html

from policies.readers import Refused
from policies.readers.plain import decode
from policies.readers.worker import Reading

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_SKIPPED = (
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "header",
    "footer",
    "form",
    "iframe",
    "svg",
    "select",
    "button",
)
_BLOCKS = {
    "p",
    "div",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "br",
    "table",
    "section",
    "article",
    "td",
    "dd",
    "dt",
}
_ARTICLE = re.compile(r"^\s*第[零〇一二两三四五六七八九十百千]{1,9}条", re.MULTILINE)


def read_html(content: bytes) -> Reading:
    """The main text; when cutting away menus would lose articles (条), the whole page is kept and a problem told."""
    text = _decoded(content)
    if isinstance(text, Refused):
        return Reading(refused=text.reason)
    whole = _whole_text(text)
    main = _main_text(text)
    if not whole.strip():
        return Reading(refused="网页里没有文字；请在浏览器中打开，把正文另存为 .txt 后再导入。")
    if len(main) >= len(whole):
        return Reading(text=whole)
    if len(main) > 50 and len(_ARTICLE.findall(main)) >= len(_ARTICLE.findall(whole)):
        return Reading(text=main)
    return Reading(text=whole, problems=["没有分清网页的正文与菜单，已保留整页文字；请核对。"])


def _decoded(content: bytes) -> str | Refused:
    named = _CHARSET.search(content[:4096])
    encoding = named[1].decode("ascii").lower() if named else ""
    try:
        if encoding:
            return content.decode("gb18030" if encoding in {"gb2312", "gbk", "gb18030"} else encoding)
    except (UnicodeDecodeError, LookupError):
        pass  # the page says one thing and is another: the ladder decides
    decoded = decode(content)
    return decoded if isinstance(decoded, Refused) else decoded[0]


def _main_text(text: str) -> str:
    import trafilatura

    found = trafilatura.extract(text, include_comments=False, include_tables=True, favor_recall=True, deduplicate=False)
    return str(found or "")


def _whole_text(text: str) -> str:
    try:
        tree = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except (ValueError, html.etree.ParserError):
        return ""
    for element in list(tree.iter(*_SKIPPED)):
        element.drop_tree()
    pieces: list[str] = []
    _collect(tree, pieces)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _collect(tree: Any, pieces: list[str]) -> None:  # noqa: ANN401  lxml has no types of its own
    from lxml import etree

    for event, element in etree.iterwalk(tree, events=("start", "end")):
        block = element.tag in _BLOCKS
        if event == "start":
            pieces.append(("\n" if block else "") + ((element.text or "") if isinstance(element.tag, str) else ""))
        else:
            pieces.append(("\n" if block else "") + (element.tail or ""))
