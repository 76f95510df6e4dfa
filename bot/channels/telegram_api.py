"""Calls to the Bot API through python-telegram-bot, with its errors translated into ours. Knows no conversation."""

from __future__ import annotations

import json
import logging
import os
import urllib.parse
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import httpx
import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.telegram_text import Part
from bot.channels.telegram_updates import ALLOWED_UPDATES
from consultations.messages import Choice
from handlers.channel import DeliveryError

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

LONG_POLL_SECONDS = 25
ANSWER_SECONDS = 50  # that a server may hang before we give up on its answer: what then arrived is sent once more
ACTION_BYTES = 64  # Bot API, InlineKeyboardButton.callback_data
BUTTONS_PER_ROW = 8
# What the server says, as in 403 "Forbidden: bot was blocked by the user".
REASONS = {
    "bot was blocked": "对方停用了机器人",
    "user is deactivated": "对方的账号已注销",
    "chat not found": "找不到对方的会话",
    "initiate conversation": "对方还没有和机器人说过话",
    "bot was kicked": "机器人被移出了群",
    "not enough rights": "机器人在群里没有发送的权限",
    "message is too long": "消息太长",
}
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

# The library's own switch for periods as timedelta; without it, every 429 raises a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")

# httpx logs every address it calls, and the address holds the token.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class MovedError(Exception):
    """The group became a supergroup; it has a new id."""

    def __init__(self, new_id: int) -> None:
        super().__init__(f"The group has moved to {new_id}.")
        self.new_id = new_id


class RefusedError(DeliveryError):
    """The server refused this very request (400); `reason` holds its words."""


class TelegramApi:
    """The Bot API of one bot."""

    def __init__(self, token: str, base_url: str, *, connections: int = 24) -> None:
        base = base_url.rstrip("/")
        self._token = token
        self._updates_url = f"{base}/bot{token}/getUpdates"
        self._polling = HTTPXRequest(connection_pool_size=2, read_timeout=LONG_POLL_SECONDS + 10)
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=HTTPXRequest(connection_pool_size=connections, read_timeout=ANSWER_SECONDS, pool_timeout=10),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._polling.shutdown()
        await self._bot.request.shutdown()

    async def fetch_updates(self, offset: int) -> list[Any]:
        """The waiting updates from `offset` on, as raw JSON values; waits for the first one. Acknowledges all before.

        Not through the library's own method, which fails the whole batch when one update is malformed.

        Raises:
            DeliveryError: The server could not be reached or did not like us.
        """
        asked = {
            "offset": offset,
            "limit": 100,
            "timeout": LONG_POLL_SECONDS,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        url = f"{self._updates_url}?{urllib.parse.urlencode(asked)}"
        status, body = await self._told(self._polling.do_request(url, "GET"))
        try:
            answer = json.loads(body)
            updates = answer["result"]
        except (ValueError, KeyError, TypeError) as error:
            reason = f"getUpdates: HTTP {status}"
            raise DeliveryError(reason, retry_after_seconds=_asked_to_wait(body)) from error
        return updates if isinstance(updates, list) else []

    async def prepare(self, commands: Sequence[tuple[str, str]]) -> str:
        """The bot's own name, after telling Telegram its command menu.

        Raises:
            DeliveryError: The server could not be reached or rejected the token.
        """
        me = await self._told(self._bot.get_me())
        await self._told(self._bot.set_my_commands([BotCommand(*each) for each in commands]))
        return me.username or ""

    async def set_staff_commands(self, room: int, commands: Sequence[tuple[str, str]]) -> None:
        """The command menu shown in the staff group only."""
        menu = [BotCommand(*each) for each in commands]
        await self._told(self._bot.set_my_commands(menu, scope=BotCommandScopeChat(room)))

    async def use_polling(self) -> None:
        """Updates are to be fetched; what waits stays."""
        await self._told(self._bot.delete_webhook(drop_pending_updates=False))

    async def use_webhook(self, url: str, secret: str) -> None:
        """Updates are to be sent to this address."""
        await self._told(
            self._bot.set_webhook(url, secret_token=secret, allowed_updates=list(ALLOWED_UPDATES), max_connections=20)
        )

    async def send(self, chat_id: int, part: Part, choices: Sequence[Sequence[Choice]], topic: int | None) -> int:
        """The message id of a sent text. When its markup is refused it goes out plain.

        Raises:
            DeliveryError, MovedError: It did not go out.
        """
        markup = keyboard(choices)
        sending = self._bot.send_message(
            chat_id, part.html, "HTML", reply_markup=markup, message_thread_id=topic, link_preview_options=NO_PREVIEW
        )
        try:
            sent = await self._told(sending)
        except RefusedError as error:
            if "parse entities" not in error.reason.lower():
                raise
            sent = await self._told(
                self._bot.send_message(
                    chat_id, part.plain, reply_markup=markup, message_thread_id=topic, link_preview_options=NO_PREVIEW
                )
            )
        return sent.message_id

    async def edit(self, chat_id: int, message_id: int, part: Part, choices: Sequence[Sequence[Choice]]) -> None:
        """Write a message of ours anew. One that is gone, too old or says so already stays as it is.

        Raises:
            DeliveryError, MovedError: Nobody knows yet whether it was written.
        """
        editing = self._bot.edit_message_text(
            part.html, chat_id, message_id, parse_mode="HTML", reply_markup=keyboard(choices)
        )
        try:
            await self._told(editing)
        except RefusedError as error:
            log.info("telegram.not_edited", reason=error.reason)

    async def copy(self, chat_id: int, from_chat: int, message_id: int, topic: int | None) -> int:
        """The message id of a copy of somebody's message with its file, without their name and words.

        Raises:
            DeliveryError, MovedError: It did not go out.
        """
        copying = self._bot.copy_message(chat_id, from_chat, message_id, caption="", message_thread_id=topic)
        return (await self._told(copying)).message_id

    async def send_file(self, chat_id: int, file: tuple[str, bytes], topic: int | None) -> int:
        """The message id of a sent file, given by name and bytes.

        Raises:
            DeliveryError, MovedError: It did not go out.
        """
        sending = self._bot.send_document(
            chat_id, file[1], filename=file[0], message_thread_id=topic, disable_content_type_detection=True
        )
        return (await self._told(sending)).message_id

    async def send_poll(
        self,
        chat_id: int,
        question: str,
        options: Sequence[str],
        choices: Sequence[Sequence[Choice]],
        topic: int | None,
    ) -> tuple[int, str]:
        """``(message id, poll id)`` of a sent poll whose answers we are told.

        Raises:
            DeliveryError, MovedError: It did not go out.
        """
        sending = self._bot.send_poll(
            chat_id,
            question,
            list(options),
            is_anonymous=False,
            reply_markup=keyboard(choices),
            message_thread_id=topic,
        )
        sent: Message = await self._told(sending)
        assert sent.poll is not None
        return sent.message_id, sent.poll.id

    async def type(self, chat_id: int) -> None:
        """Show "typing" for five seconds, or until the next message (Bot API, sendChatAction)."""
        await self._told(self._bot.send_chat_action(chat_id, "typing"))

    async def answer_press(self, callback_id: str) -> None:
        """Stop the little clock on a pressed button."""
        await self._told(self._bot.answer_callback_query(callback_id))

    async def create_topic(self, room: int, title: str) -> int:
        """The id of a new forum topic.

        Raises:
            DeliveryError, MovedError: `RefusedError` when the group has no topics or we may not make them.
        """
        return (await self._told(self._bot.create_forum_topic(room, title[:128]))).message_thread_id

    async def rename_topic(self, room: int, topic: int, title: str) -> None:
        """Give a forum topic another title."""
        await self._told(self._bot.edit_forum_topic(room, topic, name=title[:128]))

    async def reopen_topic(self, room: int, topic: int) -> None:
        """Open a forum topic that somebody closed."""
        await self._told(self._bot.reopen_forum_topic(room, topic))

    async def download(self, file_id: str) -> bytes:
        """The bytes of a file somebody sent; Telegram hands out at most 20 MB."""
        file = await self._told(self._bot.get_file(file_id))
        return bytes(await self._told(file.download_as_bytearray()))

    async def _told(self, call: Awaitable[Result]) -> Result:
        """The call's result, its errors told in our words and without the token."""
        try:
            return await call
        except ChatMigrated as error:
            raise MovedError(error.new_chat_id) from error
        except TelegramError as error:
            raise _told(error, str(error).replace(self._token, "***")) from None


def in_chinese(reason: str) -> str:
    """Why Telegram did not take a message, for staff; words nobody knows are told as they are."""
    known = (chinese for english, chinese in REASONS.items() if english in reason.lower())
    return next(known, f"Telegram 没有收下（{reason}）")


def keyboard(choices: Sequence[Sequence[Choice]]) -> InlineKeyboardMarkup | None:
    """Buttons under a message; what Telegram could not carry back is left out."""
    rows = [[each for each in row if 1 <= len(each.action.encode()) <= ACTION_BYTES and each.label] for row in choices]
    cut = [row[start : start + BUTTONS_PER_ROW] for row in rows for start in range(0, len(row), BUTTONS_PER_ROW)]
    buttons = [[InlineKeyboardButton(each.label, callback_data=each.action) for each in row] for row in cut]
    return InlineKeyboardMarkup(buttons) if buttons else None


def _told(error: TelegramError, reason: str) -> DeliveryError:
    if isinstance(error, RetryAfter):
        return DeliveryError(reason, retry_after_seconds=_seconds(error.retry_after))
    if isinstance(error, Forbidden):
        return DeliveryError(reason, permanent=True)
    if isinstance(error, BadRequest):
        return RefusedError(reason, permanent="chat not found" in reason.lower())
    if isinstance(error, NetworkError):
        return DeliveryError(reason, maybe_sent=_may_have_arrived(error))
    return DeliveryError(reason)


def _asked_to_wait(body: bytes) -> float | None:
    """How many seconds the server wants to be left alone (429, ``parameters.retry_after``)."""
    try:
        return float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return None


def _seconds(period: timedelta | float) -> float:
    return period.total_seconds() if isinstance(period, timedelta) else float(period)


def _may_have_arrived(error: NetworkError) -> bool:
    """Whether the request may have been carried out although no answer came.

    An answer, even 502, says that it was not; so does a connection that was never made.
    """
    cause = error.__cause__
    never_left = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
    return isinstance(cause, httpx.HTTPError) and not isinstance(cause, never_left)
