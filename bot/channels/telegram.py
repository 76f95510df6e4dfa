"""The Telegram channel: fetches or receives updates, takes a turn for each, sends what the core says.

Updates are committed to the inbox before Telegram is told that we have them. What python-telegram-bot is used for
stands in `telegram_api.py`, how updates are read in `telegram_updates.py`, how texts are written in `telegram_text.py`,
the menus in `telegram_menus.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import urllib.parse
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot import inbox
from bot.channels import telegram_rooms as rooms
from bot.channels.telegram_api import MovedError, RefusedError, TelegramApi, in_chinese
from bot.channels.telegram_menus import COMMANDS, STAFF_COMMANDS
from bot.channels.telegram_text import TEXT_LIMIT, Part, render, units
from bot.channels.telegram_typing import Typing
from bot.channels.telegram_updates import CHANNEL, Event, chat_key_of, is_key, message_key, read_update, update_id_of
from bot.channels.telegram_webhook import Webhook
from bot.database import SessionMaker
from bot.pace import Pacer, Rate
from consultations import outbox
from consultations.messages import Address, Block, Inbound, Outbound, as_choices, read_vote, stored_number, text_blocks
from handlers import asset_files
from handlers.channel import DeliveryError, Limits
from handlers.discuss_import import is_policy_file

log = structlog.get_logger(__name__)

SORRY = "抱歉，刚才这条消息没能处理，已留给工作人员查看。请换个说法再发一次，或发送 /human 转人工。"

STORED_GONE = "（这个文件已经不在了，请告诉工作人员再发一次。）"
TOPIC_ANEW = "原来的话题被删了，工单在这里接着办。以前的往来都在，发 /ticket 查看。"
# How Telegram says that a topic is not there (seen in groups; the last two are its own errors, passed on as they are).
TOPIC_GONE = ("thread not found", "topic_deleted", "topic_id_invalid")
FILE_GONE = "（这个文件在 Telegram 里已经没有了，请对方再发一次。）"

WORKERS = 8
TURNS_AT_ONCE = (
    2  # a turn computes; measured: 60 a second with two threads, 38 with eight, which fight for the interpreter
)
DOWNLOAD_LIMIT = 20 * 1024 * 1024  # bytes; Bot API, getFile
POLL_QUESTION_LIMIT = 300  # Bot API, sendPoll
POLL_OPTIONS = range(1, 13)
POLL_OPTION_LIMIT = 100
PRIVATE_RATE = Rate(1.0, 3)  # "avoid sending more than one message per second" to one chat; short bursts are tolerated
GROUP_RATE = Rate(20 / 60, 20)
URGENCY = {"reply": 0, "staff": 1, "notice": 2, "survey": 5, "follow_up": 5, "broadcast": 9}
RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)


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


class TurnTaken(Protocol):
    """What a turn gives back, see `handlers/turn.py`."""

    @property
    def replies(self) -> Sequence[Outbound]:
        """What to send now."""
        ...

    @property
    def repeated(self) -> bool:
        """The message was known already: its replies went out then."""
        ...

    @property
    def at_work(self) -> Sequence[Address]:
        """To whom somebody of staff is writing now."""
        ...


class Sender(Protocol):
    """What the door needs of `bot/delivery.py`."""

    def send_now(self, replies: Iterable[Outbound]) -> None:
        """Send the replies of a turn."""
        ...

    def show_work(self, people: Iterable[Address]) -> None:
        """Show these people that somebody is writing to them."""
        ...

    def wake(self) -> None:
        """Look at the outbox: a turn may have left messages for others there."""
        ...

    async def recovered(self) -> None:
        """Return once what a dead predecessor held is free again."""
        ...


def open_telegram(
    settings: TelegramSettings, *, writing: SessionMaker, reading: SessionMaker, now: Callable[[], datetime]
) -> Telegram:
    """The channel of one bot. Give it to `Delivery`, then `run()` it; mount `webhook` in webhook mode."""
    return Telegram(settings, writing=writing, reading=reading, now=now)


class Telegram:
    """A `Channel` (it delivers) and a door (it takes turns for what people do)."""

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
        self._workers: inbox.InboxWorkers | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._typing = Typing(self._type, self.wait_seconds)
        self.webhook = Webhook(settings.webhook_secret, self._receive_one)

    # ---- sending

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
        await self._api.type(_chat_number(self._moves.get(address.chat_id, address.chat_id)))

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
        chat_id = _chat_number(self._moves.get(message.address.chat_id, message.address.chat_id))
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
            return await self._api.copy(chat_id, _chat_number(self._moves.get(chat, chat)), int(number), topic)
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

    # ---- receiving

    async def run(
        self,
        take: Callable[[Inbound], TurnTaken],
        sender: Sender,
        lead: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Receive updates and take turns until cancelled.

        Args:
            take: `handlers.turn.take_turn` with its desk; called in threads, at most eight at once.
            sender: The delivery that sends the replies.
            lead: Returns once this process leads (`bot/leader.py`); only the leader fetches and answers.
        """
        turns = ThreadPoolExecutor(TURNS_AT_ONCE, thread_name_prefix="turn")

        async def handle(update: inbox.Update) -> None:
            await self._handle(update, take, sender, turns)

        self._workers = inbox.InboxWorkers(
            CHANNEL,
            handle,
            writing=self._writing,
            reading=self._reading,
            on_quarantine=self._apologise,
            workers=WORKERS,
        )
        try:
            if lead is not None:
                await lead()
            await sender.recovered()
            self._moves = await self._patiently(lambda: self._in_thread(self._read, rooms.moves))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._workers.run())
                tasks.create_task(self._receive(lead))
        finally:
            await asyncio.to_thread(turns.shutdown, cancel_futures=True)  # a turn that has begun is finished

    async def close(self) -> None:
        """Close the connections; only after the delivery is done with them."""
        self._typing.end_all()
        await self._api.close()

    async def _receive(self, lead: Callable[[], Awaitable[None]] | None) -> None:
        username = await self._patiently(lambda: self._api.prepare(COMMANDS))
        log.info("telegram.ready", bot=username, mode=self._settings.mode)
        if self._settings.staff_chat_id:
            await self._set_staff_commands(_chat_number(self._settings.staff_chat_id))
        if self._settings.mode == "webhook":
            await self._patiently(
                lambda: self._api.use_webhook(self._settings.webhook_url, self._settings.webhook_secret)
            )
            return
        await self._patiently(self._api.use_polling)
        await self._poll(lead)

    async def _set_staff_commands(self, room: int) -> None:
        try:
            await self._api.set_staff_commands(room, STAFF_COMMANDS)
        except (DeliveryError, MovedError) as error:
            log.warning("telegram.no_staff_menu", reason=str(error))

    async def _poll(self, lead: Callable[[], Awaitable[None]] | None) -> None:
        """Fetch, commit, and only then move on: the next fetch tells Telegram that we have what came before."""
        offset, failures = 0, 0
        while True:
            if lead is not None:
                await lead()
            try:
                updates = await self._api.fetch_updates(offset)
                await self._in_thread(self._store, updates)
            except (DeliveryError, SQLAlchemyError) as error:
                log.warning("telegram.fetch_failed", error=getattr(error, "reason", type(error).__name__))
                asked = getattr(error, "retry_after_seconds", None) or 0.0
                await asyncio.sleep(max(asked, RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]))
                failures += 1
                continue
            failures = 0
            offset = max([offset, *(number + 1 for each in updates if (number := update_id_of(each)) is not None)])
            if updates and self._workers is not None:
                self._workers.wake()

    async def _receive_one(self, update: dict[str, Any]) -> None:
        """Commit an update that Telegram brought to the webhook."""
        await self._in_thread(self._store, [update])
        if self._workers is not None:
            self._workers.wake()

    def _store(self, updates: Sequence[Any]) -> None:
        if not updates:
            return
        now = self._now()
        with self._writing() as session:
            inbox.store(session, CHANNEL, [_arrived(each, now) for each in updates])

    async def _handle(
        self, update: inbox.Update, take: Callable[[Inbound], TurnTaken], sender: Sender, turns: ThreadPoolExecutor
    ) -> None:
        event = read_update(update.raw, update.received_at)
        if event is None:
            return
        if event.callback_id:
            self._in_background(self._answer_press(event.callback_id))
        inbound = await asyncio.get_running_loop().run_in_executor(turns, self._read, self._completed, event)
        if inbound is None:
            return
        if inbound.attachments and await asyncio.get_running_loop().run_in_executor(turns, self._is_read, inbound):
            inbound = await self._with_content(inbound)
        taken = await asyncio.get_running_loop().run_in_executor(turns, take, inbound)
        if not taken.repeated:
            sender.send_now(taken.replies)
            sender.show_work(taken.at_work)
        sender.wake()

    def _is_read(self, inbound: Inbound) -> bool:
        """Whether what stands in the file is wanted: of a policy sent by staff, of somebody's ledger of assets."""
        if inbound.address.chat_id == self._settings.staff_chat_id:
            return is_policy_file(inbound)
        return bool(self._read(asset_files.is_wanted, inbound, self._now()))

    def _apologise(self, session: Session, update: inbox.Update) -> None:
        """Tell a person whose message could not be handled; nothing to say when we cannot even read whose it was."""
        try:
            event = read_update(update.raw, update.received_at)
        except inbox.MalformedUpdateError:
            return
        if event is None or not event.is_private or event.inbound.kind in {"blocked", "unblocked"}:
            return
        sorry = Outbound(event.inbound.address, text_blocks(SORRY), kind="notice")
        outbox.enqueue(session, sorry, now=self._now(), dedupe_key=f"sorry:{CHANNEL}:{update.row_id}")

    def _completed(self, session: Session, event: Event) -> Inbound | None:
        """The event with what only our own tables know; ``None`` for chats that are no concern of ours."""
        inbound = self._at_old_address(event.inbound)
        if event.poll_id:
            return _voted(inbound, rooms.poll_of(session, event.poll_id))
        if vote := read_vote(inbound.action):
            return replace(inbound, kind="vote", action=vote[0], votes=(vote[1],))
        if event.is_private:
            return inbound
        room = inbound.address.chat_id
        if room != self._settings.staff_chat_id or inbound.kind in {"blocked", "unblocked"}:
            return None  # a group we were added to: we answer people, and our own staff
        thread_key = rooms.thread_of_topic(session, room, event.topic) if event.topic else ""
        if not thread_key and event.reply_to:
            thread_key = rooms.thread_of_message(
                session, event.reply_to.replace(event.inbound.address.chat_id, room, 1)
            )
        return replace(inbound, thread_key=thread_key)

    def _at_old_address(self, inbound: Inbound) -> Inbound:
        """A group that moved keeps the address the settings and the core know."""
        new_id = inbound.address.chat_id
        old_id = next((old for old, new in self._moves.items() if new == new_id), new_id)
        return inbound if old_id == new_id else replace(inbound, address=Address(CHANNEL, old_id))

    async def _answer_press(self, callback_id: str) -> None:
        try:
            await self._api.answer_press(callback_id)
        except DeliveryError as error:
            log.info("telegram.press_not_answered", reason=error.reason)  # it only leaves a little clock on the button

    async def _with_content(self, inbound: Inbound) -> Inbound:
        """The message with the bytes of its file; without them when Telegram does not hand them out."""
        file = inbound.attachments[0]
        if file.size_bytes > DOWNLOAD_LIMIT:
            return inbound
        try:
            content = await self._api.download(file.file_id)
        except DeliveryError as error:
            log.warning("telegram.file_not_fetched", reason=error.reason)
            return inbound
        return replace(inbound, attachments=(replace(file, content=content),))

    # ---- helpers

    async def _patiently(self, call: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401
        """The call's result, however long the network or the database is away: the service starts without them."""
        failures = 0
        while True:
            try:
                return await call()
            except (DeliveryError, SQLAlchemyError) as error:
                wait = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                log.warning("telegram.waiting", error=getattr(error, "reason", type(error).__name__), seconds=wait)
                failures += 1
                await asyncio.sleep(wait)

    def _in_background(self, work: Awaitable[None]) -> None:
        async def awaited() -> None:
            await work

        task = asyncio.create_task(awaited())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

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


def _arrived(raw: Any, now: datetime) -> inbox.Update:  # noqa: ANN401  JSON from outside
    number = update_id_of(raw)
    name = str(number) if number is not None else hashlib.sha256(json.dumps(raw).encode()).hexdigest()
    return inbox.Update(name, chat_key_of(raw), raw, now)


def _voted(inbound: Inbound, poll_key: str | None) -> Inbound | None:
    return replace(inbound, action=poll_key) if poll_key is not None else None


def _with_title(message: Outbound) -> Outbound:
    title = (Block("lead", f"【{message.thread_title}】"),) if message.thread_title else ()
    return replace(message, blocks=(*title, *message.blocks))


def _chat_number(chat_id: str) -> int:
    try:
        return int(chat_id)
    except ValueError as error:
        msg = f"{chat_id!r} 不是 Telegram 会话编号"
        raise DeliveryError(msg, permanent=True) from error
