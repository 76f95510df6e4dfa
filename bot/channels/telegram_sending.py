"""What the Telegram channel sends: texts in parts, files, polls, and the topics of staff threads.

Paced, degraded where a chat can less, and gone on with at the part that failed.
"""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import structlog

from bot.channels import telegram_rooms as rooms
from bot.channels.telegram_api import MovedError, RefusedError, TelegramApi, in_chinese
from bot.channels.telegram_text import TEXT_LIMIT, Part, render, units
from bot.channels.telegram_typing import Typing
from bot.channels.telegram_updates import CHANNEL, is_key, message_key
from bot.database import SessionMaker
from bot.pace import Pacer, Rate
from consultations.messages import Address, Block, Outbound, as_choices, stored_number, text_blocks
from handlers.channel import DeliveryError, Limits

log = structlog.get_logger(__name__)

STORED_GONE = "（这个文件已经不在了，请告诉工作人员再发一次。）"
TOPIC_ANEW = "原来的话题被删了，工单在这里接着办。以前的往来都在，发 /ticket 查看。"
# How Telegram says that a topic is not there (seen in groups; the last two are its own errors, passed on as they are).
TOPIC_GONE = ("thread not found", "topic_deleted", "topic_id_invalid")
FILE_GONE = "（这个文件在 Telegram 里已经没有了，请对方再发一次。）"
POLL_QUESTION_LIMIT = 300  # Bot API, sendPoll
POLL_OPTIONS = range(1, 13)
POLL_OPTION_LIMIT = 100
PRIVATE_RATE = Rate(1.0, 3)  # "avoid sending more than one message per second" to one chat; short bursts are tolerated
GROUP_RATE = Rate(20 / 60, 20)
URGENCY = {"reply": 0, "staff": 1, "notice": 2, "survey": 5, "follow_up": 5, "broadcast": 9}


@dataclass(frozen=True)
class TelegramSettings:
    """How to reach Telegram. `webhook_url` is the public address, its path is where the endpoint is mounted."""

    token: str = field(repr=False)
    base_url: str = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)
    staff_chat_id: str = ""
    messages_per_second: float = 29.5  # measured: 98 % of Telegram's 30 a second, and never a 429
    chat_rate: Rate = PRIVATE_RATE
    file_of: Callable[[int], tuple[str, bytes] | None] = lambda _number: None  # name and bytes of a file in our folder

    @property
    def webhook_path(self) -> str:
        """Where the endpoint is mounted, as in ``/telegram/webhook``."""
        return urllib.parse.urlsplit(self.webhook_url).path or "/telegram/webhook"


class TelegramSending:
    """The sending half of the channel."""

    name = CHANNEL

    def __init__(
        self, settings: TelegramSettings, *, writing: SessionMaker, reading: SessionMaker, now: Callable[[], datetime]
    ) -> None:
        self.limits = Limits(
            TEXT_LIMIT, polls=True, threads=True, edits=True, messages_per_second=settings.messages_per_second
        )
        self._settings = settings
        self._writing, self._reading, self._now = writing, reading, now
        self._api = TelegramApi(settings.token, settings.base_url)
        self._pacer = Pacer(settings.messages_per_second, settings.chat_rate, GROUP_RATE)
        self._progress: dict[int, list[int]] = {}
        self._rooms_without_topics: set[str] = set()
        self._moves: dict[str, str] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._typing = Typing(self._type, self.wait_seconds)

    def wait_seconds(self, address: Address) -> float:
        """How long this chat must be left alone."""
        return self._pacer.wait_seconds(address.chat_id)

    async def turn(self, message: Outbound) -> None:
        """Return when the message may go out: replies before broadcasts."""
        await self._pacer.turn(message.address.chat_id, URGENCY[message.kind])

    def show_work(self, address: Address) -> None:
        """Show "typing" for a while, or until the next message to this person."""
        self._typing.show(address)

    async def _type(self, address: Address) -> None:
        await self._api.type(chat_number(self._moves.get(address.chat_id, address.chat_id)))

    async def deliver(self, message: Outbound) -> str:
        """Send one message, in several parts when it is long; the key of the last part. "Typing" ends with it.

        A message that stopped between two parts goes on where it stopped when it is tried again.

        Raises:
            DeliveryError: It did not go out, or nobody knows whether it did.
        """
        self._typing.end(message.address)
        try:
            return await self._deliver(message)
        except MovedError as moved:
            await self._in_thread(self._keep_move, message.address.chat_id, str(moved.new_id))
            return await self._deliver(message)
        except DeliveryError as error:
            if error.retry_after_seconds is not None:
                self._pacer.hold(message.address.chat_id, error.retry_after_seconds)
            error.reason = in_chinese(error.reason)  # staff read it
            raise

    async def _deliver(self, message: Outbound) -> str:
        chat_id = chat_number(self._moves.get(message.address.chat_id, message.address.chat_id))
        if not message.thread_key:
            return await self._send_parts(message, chat_id, None)
        topic = await self._topic(message, chat_id)
        titled = message if topic is not None else _with_title(message)
        try:
            return await self._send_parts(titled, chat_id, topic)
        except RefusedError as error:
            if topic is None:
                raise
            if "topic_closed" in error.reason.lower():
                await self._api.reopen_topic(chat_id, topic)
                return await self._send_parts(message, chat_id, topic)
            if not any(each in error.reason.lower() for each in TOPIC_GONE):
                raise
            topic = await self._topic_anew(message, chat_id)
            return await self._send_parts(message if topic is not None else _with_title(message), chat_id, topic)

    async def _send_parts(self, message: Outbound, chat_id: int, topic: int | None) -> str:
        """Send what has not been sent yet of one message."""
        sent = self._progress.setdefault(message.outbox_id, []) if message.outbox_id is not None else []
        sendings = self._sendings(message, chat_id, topic)
        for sending in sendings[len(sent) :]:
            if sent:
                await self.turn(message)
            sent.append(await sending())
            if message.thread_key:
                key = message_key(message.address.chat_id, sent[-1])
                await self._in_thread(self._write, rooms.keep_thread_message, key, message.thread_key)
        self._progress.pop(message.outbox_id or 0, None)
        return message_key(message.address.chat_id, sent[-1])

    def _sendings(self, message: Outbound, chat_id: int, topic: int | None) -> list[Callable[[], Awaitable[int]]]:
        """The calls that make up one message: its parts, buttons under the last; or a poll; or one written anew."""
        if is_key(message.edits):
            return [lambda: self._edit(message, chat_id)]
        if not message.poll_options:
            texts = self._texts(render(message.blocks), message.choices, chat_id, topic)
            if stored_number(message.file_of) is not None:
                return [*texts, lambda: self._send_stored(message, chat_id, topic)]
            return [*texts, lambda: self._copy_file(message, chat_id, topic)] if is_key(message.file_of) else texts
        if len(message.poll_options) not in POLL_OPTIONS:
            choices = tuple((each,) for each in as_choices(message))
            return self._texts(render(message.blocks), choices, chat_id, topic)
        if 0 < units(message.plain_text) <= POLL_QUESTION_LIMIT:
            return [lambda: self._send_poll(message, message.plain_text, chat_id, topic)]
        before = self._texts(render(message.blocks), (), chat_id, topic)
        return [*before, lambda: self._send_poll(message, "请选择：", chat_id, topic)]

    def _texts(
        self, parts: Sequence[Part], choices: Sequence[Sequence[Any]], chat_id: int, topic: int | None
    ) -> list[Callable[[], Awaitable[int]]]:
        def sending(part: Part, *, is_last: bool) -> Callable[[], Awaitable[int]]:
            return lambda: self._api.send(chat_id, part, choices if is_last else (), topic)

        return [sending(part, is_last=index == len(parts) - 1) for index, part in enumerate(parts)]

    async def _edit(self, message: Outbound, chat_id: int) -> int:
        number = int(message.edits.rpartition("/")[2])
        await self._api.edit(chat_id, number, render(message.blocks)[0], message.choices)
        return number

    async def _copy_file(self, message: Outbound, chat_id: int, topic: int | None) -> int:
        """Copy the message whose file goes along; when Telegram no longer has it, say so instead."""
        chat, _, number = message.file_of.rpartition("/")
        try:
            return await self._api.copy(chat_id, chat_number(self._moves.get(chat, chat)), int(number), topic)
        except RefusedError as error:
            if "not found" not in error.reason.lower() or "thread" in error.reason.lower():
                raise
            return await self._api.send(chat_id, render(text_blocks(FILE_GONE))[0], (), topic)

    async def _send_stored(self, message: Outbound, chat_id: int, topic: int | None) -> int:
        """Send a file of our own folder; when it is not there any more, say so instead."""
        file = await self._in_thread(self._settings.file_of, stored_number(message.file_of) or 0)
        if file is None:
            return await self._api.send(chat_id, render(text_blocks(STORED_GONE))[0], (), topic)
        return await self._api.send_file(chat_id, file, topic)

    async def _send_poll(self, message: Outbound, question: str, chat_id: int, topic: int | None) -> int:
        options = [option[:POLL_OPTION_LIMIT] for option in message.poll_options]
        sent, poll_id = await self._api.send_poll(chat_id, question, options, message.choices, topic)
        await self._in_thread(self._write, rooms.keep_poll, poll_id, message.poll_key)
        return sent

    # ---- staff threads

    async def _topic(self, message: Outbound, chat_id: int) -> int | None:
        """The forum topic of the message's thread, made or renamed as needed; ``None`` in a group without topics."""
        room, thread_key, title = (
            message.address.chat_id,
            message.thread_key,
            message.thread_title or message.thread_key,
        )
        if room in self._rooms_without_topics:
            return None
        known = await self._in_thread(self._read, rooms.topic_of, room, thread_key)
        if known is None:
            return await self._new_topic(room, chat_id, thread_key, title)
        topic = int(known[0])
        if message.thread_title and known[1] != title:
            await self._rename_topic(room, chat_id, topic, thread_key, title)
        return topic

    async def _topic_anew(self, message: Outbound, chat_id: int) -> int | None:
        """Somebody deleted the topic: the ticket goes on in another one, which says so above everything else."""
        await self._in_thread(self._write, rooms.forget_topic, message.address.chat_id, message.thread_key)
        topic = await self._topic(message, chat_id)
        if topic is not None:
            await self._api.send(chat_id, render(text_blocks(TOPIC_ANEW))[0], (), topic)
        return topic

    async def _new_topic(self, room: str, chat_id: int, thread_key: str, title: str) -> int | None:
        try:
            topic = await self._api.create_topic(chat_id, title)
        except RefusedError as error:
            if error.permanent:
                raise
            log.warning("telegram.no_topics", reason=error.reason)
            self._rooms_without_topics.add(room)
            return None
        await self._in_thread(self._write, rooms.keep_topic, room, thread_key, str(topic), title)
        return topic

    async def _rename_topic(self, room: str, chat_id: int, topic: int, thread_key: str, title: str) -> None:
        try:
            await self._api.rename_topic(chat_id, topic, title)
        except RefusedError as error:
            log.warning("telegram.topic_not_renamed", reason=error.reason)  # a title is not worth a lost message
            return
        await self._in_thread(self._write, rooms.rename_topic, room, thread_key, title)

    # ---- helpers

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        return await asyncio.to_thread(work, *arguments)

    def _write(self, change: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        with self._writing() as session:
            return change(session, *arguments)

    def _read(self, look: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        with self._reading() as session:
            return look(session, *arguments)

    def _keep_move(self, old_id: str, new_id: str) -> None:
        self._write(rooms.keep_move, old_id, new_id)
        self._moves[old_id] = new_id


def _with_title(message: Outbound) -> Outbound:
    title = (Block("lead", f"【{message.thread_title}】"),) if message.thread_title else ()
    return replace(message, blocks=(*title, *message.blocks))


def chat_number(chat_id: str) -> int:
    """What Telegram calls a chat; a message to anything else can never arrive."""
    try:
        return int(chat_id)
    except ValueError as error:
        msg = f"{chat_id!r} 不是 Telegram 会话编号"
        raise DeliveryError(msg, permanent=True) from error
