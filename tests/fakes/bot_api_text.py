"""What the fake Bot API accepts as text: HTML as Telegram parses it, and the limits of lengths."""

from __future__ import annotations

import html.parser
from typing import Any, NoReturn

ENTITIES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}


class RefusedError(Exception):
    """An answer with ``ok: false``."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def refuse(description: str, code: int = 400, **parameters: int) -> NoReturn:
    """Answer ``ok: false``; 400 is told as a bad request, as Telegram does."""
    words = f"Bad Request: {description}" if code == 400 else description
    raise RefusedError(code, words, **parameters)


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class _Reader(html.parser.HTMLParser):
    """Collects the text and the entities; refuses what Telegram refuses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.entities: list[dict[str, Any]] = []
        self._open: list[tuple[str, int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ENTITIES:
            refuse(f'can\'t parse entities: Unsupported start tag "{tag}"')
        self._open.append((tag, utf16_length(self.text), dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            refuse(f'can\'t parse entities: Unexpected end tag "{tag}"')
        _, offset, link = self._open.pop()
        entity = {"type": ENTITIES[tag], "offset": offset, "length": utf16_length(self.text) - offset}
        if entity["length"]:
            self.entities.append(entity | ({"url": link} if link else {}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def finish(self) -> None:
        self.close()
        if self._open:
            refuse(f"can't parse entities: Can't find end tag corresponding to start tag \"{self._open[-1][0]}\"")


def parse(text: str, mode: str) -> tuple[str, list[dict[str, Any]]]:
    """``(plain text, entities)``; `mode` is empty or HTML."""
    if not mode:
        return text, []
    if mode.upper() != "HTML":
        refuse("unsupported parse_mode")
    reader = _Reader()
    reader.feed(text)
    reader.finish()
    return reader.text, sorted(reader.entities, key=lambda entity: int(entity["offset"]))


def message_text(parameters: dict[str, Any]) -> dict[str, Any]:
    """The text fields of a message, within Telegram's limits."""
    text, entities = parse(str(parameters.get("text", "")), str(parameters.get("parse_mode", "")))
    if not text.strip():
        refuse("message text is empty")
    if utf16_length(text) > 4096:
        refuse("message is too long")
    if len(entities) > 100:
        refuse("too many entities")
    return {"text": text} | ({"entities": entities} if entities else {})
