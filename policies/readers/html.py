"""Web pages: the text without menus, one line per paragraph.

Extractors made for news drop repeated paragraphs, and statutes repeat theirs (法律另有规定的，依照其规定).
So only what is surely no text goes: scripts, navigation, forms, and blocks that are nothing but links.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from lxml import etree, html

from policies.readers import Refused
from policies.readers.plain import decode
from policies.readers.worker import Reading

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_UNSEEN = ("script", "style", "noscript", "template", "svg", "iframe")
_BESIDE = ("nav", "footer", "aside", "form", "select", "button")
_LISTS = ("ul", "ol", "dl", "div", "table", "p", "header")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = {*_LISTS, *_HEADINGS, "li", "dd", "dt", "tr", "td", "th", "section", "article", "pre", "blockquote", "br"}
_LINKED = 0.8  # a menu is links all over; the share of links in statutes on government sites stays under 0.2


def read_html(content: bytes) -> Reading:
    """The text of the page; refused when there is none."""
    text = _decoded(content)
    if isinstance(text, Refused):
        return Reading(refused=text.reason)
    tree = _tree(text)
    lines, beside = _lines(tree) if tree is not None else ([], [])
    if not lines:
        return Reading(refused="网页里没有文字，或写得太乱读不出来；请在浏览器中打开，把正文另存为 .txt 后再导入。")
    return Reading("\n".join(lines), dropped=[("网页的导航和菜单", "\n".join(beside))] if beside else [])


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


def _tree(text: str) -> Any:  # noqa: ANN401  lxml has no types of its own
    """The page; ``None`` when there is nothing in it or the parser stopped somewhere."""
    # Old pages forget to close their tags and so nest deeper than the 256 elements a parser reads by itself.
    parser = html.HTMLParser(huge_tree=True)
    try:
        tree = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text), parser=parser)
    except (ValueError, etree.ParserError):
        return None
    return None if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log) else tree


def _lines(tree: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401
    """``(lines of the text, words of what was cut away)``."""
    for element in [each for each in tree.iter(*_UNSEEN) if each.getparent() is not None]:
        element.drop_tree()
    beside = [_cut(each) for each in list(tree.iter(*_BESIDE))]
    beside += [_cut(each) for each in _menus(tree)]
    pieces: list[str] = []
    body = tree.find("body")
    _collect(tree if body is None else body, pieces)
    lines = [line for piece in "".join(pieces).split("\n") if (line := " ".join(piece.split()))]
    return lines, [words for words in beside if words]


def _cut(element: Any) -> str:  # noqa: ANN401
    """Take an element out of its page; its words, "" when it went with the one around it."""
    if next(element.iterancestors("html"), None) is None:
        return ""
    words = " ".join(element.text_content().split())
    element.drop_tree()
    return words


def _menus(tree: Any) -> list[Any]:  # noqa: ANN401
    """The blocks that are nothing but links, outermost first; counted in one pass, however deep they are nested."""
    counted: dict[Any, Counter[str]] = {}
    for _, element in etree.iterwalk(tree, events=("end",)):
        total = _counted(element.text)
        for child in element:
            total += counted.get(child, Counter()) + _counted(child.tail)
        if element.tag == "a":
            total += Counter(links=1, linked=total["signs"])
        counted[element] = total
    return [each for each in tree.iter(*_LISTS) if _is_menu(counted.get(each, Counter()))]


def _counted(text: str | None) -> Counter[str]:
    words = "".join((text or "").split())
    return Counter(signs=len(words), stops=words.count("。"))


def _is_menu(total: Counter[str]) -> bool:
    return total["links"] > 1 and not total["stops"] and total["linked"] > _LINKED * total["signs"]


def _collect(tree: Any, pieces: list[str]) -> None:  # noqa: ANN401
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        edge = "\n" if element.tag in _BLOCKS else ""
        if event == "start":
            text = (element.text or "") if isinstance(element.tag, str) else ""
            pieces.append(edge + (text if element.tag == "pre" else _flowing(text)))
        elif element is not tree:
            pieces.append(edge + _flowing(element.tail or ""))


def _flowing(text: str) -> str:
    """Line ends in the source of a page mean nothing; between Chinese characters not even a blank."""
    first, *others = re.split(r"[\r\n]+", text)  # one pattern with the blanks around would look at each blank from each
    if not others:
        return first
    *middle, last = others
    return "".join((first.rstrip(), *(each.strip() for each in middle), last.lstrip()))
