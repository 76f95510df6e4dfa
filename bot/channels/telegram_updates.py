"""Telegram's updates, read leniently: a raw update → what a person did. Pure.

Only the fields we need are looked at, so that a field we never heard of, or one that is wrong elsewhere in the update,
costs no question. (Building the library's objects first refuses the whole update for any wrong field.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.telegram_text import clean
from bot.inbox import MalformedUpdateError
from consultations.messages import PHOTO, Address, Attachment, Inbound

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "poll_answer", "my_chat_member")
MEDIA = {"document": "文件", "video": "视频.mp4", "voice": "语音.ogg", "audio": "音频", "animation": "动图.mp4"}
GONE = {"kicked", "left"}
_LATEST_SECOND = 2**35  # the year 3058; later ones are no times, and none that every computer can read


class UnreadableFieldError(MalformedUpdateError):
    """A field without which an update says nothing is missing or of a wrong type."""

    def __init__(self, *, field: str) -> None:
        super().__init__(f"Telegram sent no readable {field}.")


@dataclass(frozen=True)
class Event:
    """What happened. `inbound.thread_key` is still empty; the hints say where to look it up.

    `topic` is the forum topic's id, `reply_to` and `inbound.foreign_message_id` are message keys, `poll_id` the poll
    voted in, `callback_id` the press that waits for an acknowledgement.
    """

    inbound: Inbound
    is_private: bool
    topic: str = ""
    reply_to: str = ""
    poll_id: str = ""
    callback_id: str = ""


def message_key(chat_id: object, message_id: object) -> str:
    """The name of a Telegram message within our channel: message ids alone repeat from chat to chat."""
    return f"{chat_id}/{message_id}"


def is_key(text: str) -> bool:
    """Whether that is a `message_key` of ours."""
    return re.fullmatch(r"-?\d{1,19}/\d{1,19}", text, re.ASCII) is not None


def update_id_of(raw: object) -> int | None:
    """The update's number; ``None`` when it has none."""
    number = raw.get("update_id") if isinstance(raw, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def chat_key_of(raw: object) -> str:
    """What orders updates: those with the same key are handled one after another. Never fails."""
    try:
        event = read_update(raw, datetime.min.replace(tzinfo=UTC))
    except MalformedUpdateError:
        return ""
    if event is None:
        return ""
    chat_id = event.inbound.address.chat_id
    return chat_id if event.is_private else f"{chat_id}:{event.topic or event.reply_to}"


def read_update(raw: object, received_at: datetime) -> Event | None:
    """What a person did; ``None`` for updates that are no concern of ours.

    Raises:
        MalformedUpdateError: A field we need is missing or of a wrong type.
    """
    update = _mapping(raw, "update")
    readers = {
        "message": _message,
        "edited_message": _edit,
        "callback_query": _press,
        "poll_answer": _vote,
        "my_chat_member": _membership,
    }
    for name, reader in readers.items():
        if name in update:
            return reader(_mapping(update[name], name), received_at, str(update_id_of(update)))
    return None


def _message(message: Mapping[str, Any], received_at: datetime, _update: str) -> Event | None:
    chat, sender = _mapping(message.get("chat"), "chat"), _sender(message)
    if sender.get("is_bot") is True or "new_chat_members" in message or "forum_topic_created" in message:
        return None
    chat_id = _number(chat, "id")
    attachments = _attachments(message)
    inbound = Inbound(
        address=Address(CHANNEL, str(chat_id)),
        message_id=message_key(chat_id, _number(message, "message_id")),
        sender_id=str(_number(sender, "id")),
        received_at=received_at,
        kind="file" if attachments else "text",
        sender_name=_name(sender),
        text=_without_bot_name(_text(message, "text") or _text(message, "caption")),
        attachments=attachments,
        sent_at=_moment(message.get("date")),
    )
    return Event(inbound, is_private=chat_id > 0, topic=_topic(message), reply_to=_reply_to(message, chat_id))


def _moment(seconds: object) -> datetime | None:
    """Telegram's Unix time; ``None`` for what is no such time."""
    is_time = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < _LATEST_SECOND
    return datetime.fromtimestamp(seconds, UTC) if is_time and isinstance(seconds, int) else None


def _edit(message: Mapping[str, Any], received_at: datetime, update: str) -> Event | None:
    event = _message(message, received_at, update)
    if event is None:
        return None
    original = event.inbound.message_id
    edited = replace(
        event.inbound,
        kind="edit",
        message_id=f"edit/{update}",
        foreign_message_id=original,
        sent_at=_moment(message.get("edit_date")),
    )
    return replace(event, inbound=edited)


def _press(query: Mapping[str, Any], received_at: datetime, _update: str) -> Event:
    sender, message = _mapping(query.get("from"), "from"), query.get("message")
    sender_id = _number(sender, "id")
    callback_id = _text(query, "id")
    if not callback_id:
        raise UnreadableFieldError(field="callback_query.id")
    shown = message if isinstance(message, Mapping) else {}
    chat = shown.get("chat")
    chat_id = _number(chat, "id") if isinstance(chat, Mapping) else sender_id
    inbound = Inbound(
        address=Address(CHANNEL, str(chat_id)),
        message_id=f"press/{callback_id}",
        sender_id=str(sender_id),
        received_at=received_at,
        kind="choice",
        sender_name=_name(sender),
        action=_text(query, "data"),
        foreign_message_id=message_key(chat_id, shown["message_id"]) if "message_id" in shown else "",
    )
    # The topic sorts the press into its ticket's queue; the message it hangs on finds the ticket without topics.
    return Event(
        inbound, chat_id > 0, _topic(shown), inbound.foreign_message_id if chat_id < 0 else "", "", callback_id
    )


def _vote(answer: Mapping[str, Any], received_at: datetime, update: str) -> Event | None:
    if not isinstance(answer.get("user"), Mapping):
        return None  # a vote in the name of a channel
    sender = _mapping(answer["user"], "user")
    sender_id, options = _number(sender, "id"), answer.get("option_ids")
    if not isinstance(options, list) or not all(isinstance(each, int) for each in options):
        raise UnreadableFieldError(field="poll_answer.option_ids")
    inbound = Inbound(
        address=Address(CHANNEL, str(sender_id)),
        message_id=f"vote/{update}",
        sender_id=str(sender_id),
        received_at=received_at,
        kind="vote",
        sender_name=_name(sender),
        votes=tuple(options),
    )
    return Event(inbound, is_private=True, poll_id=_text(answer, "poll_id"))


def _membership(change: Mapping[str, Any], received_at: datetime, update: str) -> Event:
    chat, sender = _mapping(change.get("chat"), "chat"), _sender(change)
    status = _text(_mapping(change.get("new_chat_member"), "new_chat_member"), "status")
    chat_id = _number(chat, "id")
    inbound = Inbound(
        address=Address(CHANNEL, str(chat_id)),
        message_id=f"member/{update}",
        sender_id=str(_number(sender, "id")),
        received_at=received_at,
        kind="blocked" if status in GONE else "unblocked",
        sender_name=_name(sender),
    )
    return Event(inbound, is_private=chat_id > 0)


def _attachments(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    found = [_attachment(message[kind], name) for kind, name in MEDIA.items() if isinstance(message.get(kind), Mapping)]
    photos = message.get("photo")
    if isinstance(photos, list) and photos and isinstance(photos[-1], Mapping):  # sizes of one photo, the largest last
        found.append(_attachment(photos[-1], PHOTO, "image/jpeg"))
    return tuple(each for each in found if each.file_id)[:1]  # an animation is told twice, also as a document


def _attachment(file: Mapping[str, Any], name: str, media_type: str = "application/octet-stream") -> Attachment:
    size = file.get("file_size")
    return Attachment(
        file_id=_loose(file, "file_id"),
        name=_loose(file, "file_name") or name,
        media_type=_loose(file, "mime_type") or media_type,
        size_bytes=size if isinstance(size, int) else 0,
    )


def _topic(message: Mapping[str, Any]) -> str:
    topic = message.get("message_thread_id")
    return str(topic) if message.get("is_topic_message") is True and isinstance(topic, int) else ""


def _reply_to(message: Mapping[str, Any], chat_id: int) -> str:
    original = message.get("reply_to_message")
    return (
        message_key(chat_id, original["message_id"])
        if isinstance(original, Mapping) and "message_id" in original
        else ""
    )


def _without_bot_name(text: str) -> str:
    """A command as typed in a private chat: ``/close@our_bot`` → ``/close``."""
    return re.sub(r"^(/[A-Za-z0-9_]{1,32})@\w+", r"\1", text)


def _sender(message: Mapping[str, Any]) -> Mapping[str, Any]:
    sender = message.get("from")
    if isinstance(sender, Mapping) and "id" in sender:
        return sender
    chat = _mapping(message.get("chat"), "chat")
    if _number(chat, "id") > 0:
        return chat  # in a private chat the chat is the person
    raise UnreadableFieldError(field="from")


def _name(sender: Mapping[str, Any]) -> str:
    return " ".join(part for part in (_loose(sender, "first_name"), _loose(sender, "last_name")) if part)[:128]


def _text(fields: Mapping[str, Any], name: str) -> str:
    text = fields.get(name)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise UnreadableFieldError(field=name)
    return clean(text)


def _loose(fields: Mapping[str, Any], name: str) -> str:
    """A text that is nice to have: empty when it is missing or broken."""
    text = fields.get(name)
    return clean(text) if isinstance(text, str) else ""


def _number(fields: Mapping[str, Any], name: str) -> int:
    number = fields.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) >= 2**63:
        raise UnreadableFieldError(field=name)
    return number


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UnreadableFieldError(field=name)
    return value
