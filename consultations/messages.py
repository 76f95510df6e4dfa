"""Messages as the core sees them: who wrote what, and what goes back. No channel's own types.

Doors (channels) translate foreign events into `Inbound` and `Outbound` into foreign calls.
An outgoing text is a tuple of `Block`s, not markup: each channel renders blocks its own way,
so nothing an asker types can ever be read as markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

InboundKind = Literal["text", "choice", "edit", "vote", "file", "blocked", "unblocked"]
OutboundKind = Literal["reply", "staff", "survey", "follow_up", "broadcast", "notice"]
PHOTO = "照片.jpg"  # the name of a photo that was not sent as a file
BlockKind = Literal["lead", "text", "basis", "quote", "note", "link"]


@dataclass(frozen=True)
class Address:
    """One conversation on one channel. Foreign ids are kept as text, exactly as the channel gives them."""

    channel: str  # "telegram", "web", "terminal", …
    chat_id: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.chat_id}"


@dataclass(frozen=True)
class Choice:
    """A button. `action` comes back in `Inbound.action` when it is pressed.

    `action` is at most 64 bytes of UTF-8 (Telegram callback_data): a verb and ids joined by ``:``,
    for example ``card:tm_term``, ``human:17``, ``score:42:5``. It is input from outside: never trust it.
    """

    label: str
    action: str


@dataclass(frozen=True)
class Block:
    """One paragraph of an outgoing message.

    ``lead`` the short answer · ``text`` a paragraph · ``basis`` 依据 (law, article, version) ·
    ``quote`` words of the law · ``note`` small print (dates, cautions) · ``link`` text with `url`.
    """

    kind: BlockKind
    text: str
    url: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file somebody sent: its description. The bytes are fetched for policies that staff send and for ledgers of
    assets (台账) in a spreadsheet, for nothing else; a `sha256` says that they lie in our folder under that hash
    (`consultations.visitor_files`).
    """

    file_id: str
    name: str
    media_type: str
    size_bytes: int
    content: bytes = field(default=b"", repr=False)
    sha256: str = ""

    @property
    def description(self) -> dict[str, str | int]:
        """What is kept of it: everything but its bytes."""
        return {name: value for name, value in vars(self).items() if name != "content"}


@dataclass(frozen=True)
class Inbound:
    """One event from a person.

    `message_id` is unique within the channel and stays the same when the channel delivers the event
    again: it is the key against doubles. `foreign_message_id` is the message an edit or a press belongs to.
    `thread_key` names the staff thread the event came from (``ticket:12``), empty elsewhere. `sent_at` is when the
    person sent it, where the channel tells: after an outage many arrive at once that were not written at once.
    """

    address: Address
    message_id: str
    sender_id: str
    received_at: datetime
    kind: InboundKind = "text"
    sender_name: str = ""
    text: str = ""
    action: str = ""
    foreign_message_id: str = ""
    thread_key: str = ""
    votes: tuple[int, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Outbound:
    """One message to send. `choices` are rows of buttons. A message with `poll_options` goes out as a poll
    where the channel has polls, as buttons elsewhere; answers come back as ``vote`` with option indices.

    `outbox_id` is the row in the outbox that owns this message: whoever sends it marks that row.
    `thread_key` and `thread_title` ask for a staff thread (a forum topic); channels without threads
    put the title in front of the text. What `is_fleeting` must not be kept once it is out: it tells what somebody
    answered anonymously, or that somebody was erased. `file_of` is the `Inbound.message_id` of a message whose file
    goes along; a channel that did not bring that message sends the text alone. Or it names a file in our own folder
    (`stored_file`). `edits` is what the channel called a message of ours that is written anew with this one; a channel
    that can't sends another.
    """

    address: Address
    blocks: tuple[Block, ...]
    choices: tuple[tuple[Choice, ...], ...] = ()
    kind: OutboundKind = "reply"
    outbox_id: int | None = None
    thread_key: str = ""
    thread_title: str = ""
    poll_options: tuple[str, ...] = ()
    poll_key: str = ""
    is_fleeting: bool = False
    file_of: str = ""
    edits: str = ""

    @property
    def plain_text(self) -> str:
        """The blocks as plain text, a blank line between them; what logs of the archive and the terminal show."""
        return "\n\n".join(f"{b.text}（{b.url}）" if b.url else b.text for b in self.blocks)


def stored_file(number: int) -> str:
    """How `Outbound.file_of` names a file in our own folder."""
    return f"{_STORED}{number}"


def stored_number(file_of: str) -> int | None:
    """The number of a file in our own folder; ``None`` for one that lies in a channel."""
    number = file_of.removeprefix(_STORED)
    return int(number) if file_of.startswith(_STORED) and number.isdecimal() else None


_STORED = "stored:"


def text_blocks(*texts: str) -> tuple[Block, ...]:
    """Plain paragraphs, the short way to write an everyday message."""
    return tuple(Block("text", each) for each in texts if each)


def as_choices(message: Outbound) -> list[Choice]:
    """Everything that can be chosen, in the order shown: the options of a poll first, then the buttons.

    A poll option's action is ``vote:<index>:<poll key>``; `read_vote` reads it back.
    """
    options = [Choice(text, f"vote:{index}:{message.poll_key}") for index, text in enumerate(message.poll_options)]
    return [*options, *(choice for row in message.choices for choice in row)]


def read_vote(action: str) -> tuple[str, int] | None:
    """``(poll key, index)`` of a poll option that was shown as a button; ``None`` for other actions."""
    found = re.fullmatch(r"vote:(\d{1,2}):(.*)", action, re.DOTALL)
    return (found[2], int(found[1])) if found else None


def outbound_to_json(message: Outbound) -> dict[str, Any]:
    """A JSON value from which `outbound_from_json` makes an equal message (the id excepted)."""
    return {
        "channel": message.address.channel,
        "chat_id": message.address.chat_id,
        "kind": message.kind,
        "blocks": [[b.kind, b.text, b.url] for b in message.blocks],
        "choices": [[[c.label, c.action] for c in row] for row in message.choices],
        "thread_key": message.thread_key,
        "thread_title": message.thread_title,
        "poll_options": list(message.poll_options),
        "poll_key": message.poll_key,
        "is_fleeting": message.is_fleeting,
        "file_of": message.file_of,
        "edits": message.edits,
    }


def outbound_from_json(value: dict[str, Any], outbox_id: int | None = None) -> Outbound:
    """The inverse of `outbound_to_json`."""
    return Outbound(
        address=Address(value["channel"], value["chat_id"]),
        blocks=tuple(Block(kind, text, url) for kind, text, url in value["blocks"]),
        choices=tuple(tuple(Choice(label, action) for label, action in row) for row in value["choices"]),
        kind=value["kind"],
        outbox_id=outbox_id,
        thread_key=value["thread_key"],
        thread_title=value["thread_title"],
        poll_options=tuple(value["poll_options"]),
        poll_key=value["poll_key"],
        is_fleeting=value.get("is_fleeting", False),  # rows of earlier releases do not say
        file_of=value.get("file_of", ""),
        edits=value.get("edits", ""),
    )
