"""The Telegram channel: fetches or receives updates and takes a turn for each; `telegram_sending.py` sends.

Updates are committed to the inbox before Telegram is told that we have them. What python-telegram-bot is used for
stands in `telegram_api.py`, how updates are read in `telegram_updates.py`, how texts are written in `telegram_text.py`,
the menus in `telegram_menus.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot import inbox
from bot.channels import telegram_rooms as rooms
from bot.channels.telegram_api import MovedError
from bot.channels.telegram_menus import COMMANDS, STAFF_COMMANDS
from bot.channels.telegram_sending import TelegramSending, TelegramSettings, chat_number
from bot.channels.telegram_updates import CHANNEL, Event, chat_key_of, read_update, update_id_of
from bot.channels.telegram_webhook import Webhook
from bot.database import SessionMaker
from consultations import outbox
from consultations.messages import Address, Inbound, Outbound, read_vote, text_blocks
from handlers import asset_files
from handlers.channel import DeliveryError
from handlers.discuss_import import is_policy_file

log = structlog.get_logger(__name__)

SORRY = "抱歉，刚才这条消息没能处理，已留给工作人员查看。请换个说法再发一次，或发送 /human 转人工。"
WORKERS = 8
TURNS_AT_ONCE = (
    2  # a turn computes; measured: 60 a second with two threads, 38 with eight, which fight for the interpreter
)
DOWNLOAD_LIMIT = 20 * 1024 * 1024  # bytes; Bot API, getFile
RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)


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


class Telegram(TelegramSending):
    """A `Channel` (it delivers) and a door (it takes turns for what people do)."""

    def __init__(
        self, settings: TelegramSettings, *, writing: SessionMaker, reading: SessionMaker, now: Callable[[], datetime]
    ) -> None:
        super().__init__(settings, writing=writing, reading=reading, now=now)
        self._workers: inbox.InboxWorkers | None = None
        self.webhook = Webhook(settings.webhook_secret, self._receive_one)

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
            await self._set_staff_commands(chat_number(self._settings.staff_chat_id))
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


def _arrived(raw: Any, now: datetime) -> inbox.Update:  # noqa: ANN401  JSON from outside
    number = update_id_of(raw)
    name = str(number) if number is not None else hashlib.sha256(json.dumps(raw).encode()).hexdigest()
    return inbox.Update(name, chat_key_of(raw), raw, now)


def _voted(inbound: Inbound, poll_key: str | None) -> Inbound | None:
    return replace(inbound, action=poll_key) if poll_key is not None else None
