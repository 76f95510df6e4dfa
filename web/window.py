"""The consultation window as a channel like any other: browser requests become `Inbound`, `Outbound` becomes lines.

A question is answered through the same `take_turn` as everywhere; its line and the replies are stored before the
browser is told, so a reload, a lost connection or a restart shows the same conversation again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from consultations import contacts, outbox, window_lines
from consultations.messages import (
    Address,
    Attachment,
    Inbound,
    Outbound,
    as_choices,
    outbound_from_json,
    read_vote,
    stored_file,
    stored_number,
)
from consultations.window_lines import WindowLine
from handlers.channel import WORK_SHOWN_SECONDS, Limits
from handlers.desk import Desk
from handlers.turn import take_turn

CHANNEL = "web"
LIMITS = Limits(text_characters=20_000, messages_per_second=1000.0)
# An open page is noted once a minute; without news for three it is shut, and a follow-up goes another way.
NOTED_EVERY_SECONDS = 60.0
OPEN_FOR = timedelta(minutes=3)
TYPES_SECONDS = 8.0  # the page says so every four
CONFIDENTIAL_LINE = "（匿名作答）"


@dataclass
class Window:
    """The website channel. Turns of one visitor run one after another; waiting browsers are woken at once.

    `on_work` is called after a turn, so that messages for others (staff) leave without waiting for the next tick.
    """

    desk: Desk
    on_work: Callable[[], None] = lambda: None
    name: str = CHANNEL
    limits: Limits = LIMITS
    _turns: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    # A turn computes: more threads would only fight for the interpreter.
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, thread_name_prefix="window"))
    _queued: Counter[str] = field(default_factory=Counter)
    _bells: dict[str, set[asyncio.Event]] = field(default_factory=lambda: defaultdict(set))
    _at_work: dict[str, float] = field(default_factory=dict)  # until when, on the monotonic clock
    _types: dict[str, float] = field(default_factory=dict)  # the same, for visitors

    async def deliver(self, message: Outbound) -> str:
        """Show one message that was not a direct reply (a person's answer, a poll, a follow-up)."""
        await asyncio.to_thread(self._show, message)
        self._at_work.pop(message.address.chat_id, None)
        self._ring(message.address.chat_id)
        return f"window:{message.outbox_id}"

    def show_work(self, address: Address) -> None:
        """Show 正在输入 on the pages this visitor has open."""
        if address.chat_id in self._bells:
            self._at_work[address.chat_id] = time.monotonic() + WORK_SHOWN_SECONDS
            self._ring(address.chat_id)

    async def receive(  # noqa: PLR0913  what came: words, a press or a file
        self,
        chat_id: str,
        message_id: str,
        *,
        text: str = "",
        action: str = "",
        attachments: tuple[Attachment, ...] = (),
        shown: str = "",
    ) -> None:
        """One message, press or file: stored, answered, shown. The same `message_id` again changes nothing."""
        vote = read_vote(action)
        inbound = Inbound(
            address=Address(self.name, chat_id),
            message_id=f"{chat_id}:{message_id}",
            sender_id=chat_id,
            received_at=self.desk.now(),
            kind="vote" if vote else "choice" if action else "file" if attachments else "text",
            text=text,
            action=vote[0] if vote else action,
            votes=(vote[1],) if vote else (),
            attachments=attachments,
        )
        self._types.pop(chat_id, None)
        async with self._alone(chat_id):
            await asyncio.get_running_loop().run_in_executor(self._threads, self._turn, inbound, shown or text)
        self._ring(chat_id)
        self.on_work()

    async def lines(self, chat_id: str, cursor: int) -> list[dict[str, Any]]:
        """What the browser has not seen yet, oldest first, ready to be sent as JSON."""
        return await asyncio.to_thread(self._lines, chat_id, cursor)

    async def replies_to(self, chat_id: str, message_id: str) -> list[dict[str, Any]]:
        """The line of one message of a visitor and our lines after it, until the next message."""
        return await asyncio.to_thread(self._replies_to, chat_id, f"{chat_id}:{message_id}")

    def may_take(self, session: Session, chat_id: str, number: int) -> bool:
        """Whether a file was sent to this visitor: it stands in a line of theirs, so nobody held it back."""
        lines = window_lines.lines_after(session, chat_id, 0)
        return any(line.is_ours and line.payload.get("file_of") == stored_file(number) for line in lines)

    def note_typing(self, chat_id: str) -> None:
        """The visitor is typing; nothing of it is kept."""
        if chat_id in self._bells:  # an open page
            self._types[chat_id] = time.monotonic() + TYPES_SECONDS

    def is_typing(self, address: Address) -> bool:
        """Whether that visitor was typing just now."""
        return time.monotonic() < self._types.get(address.chat_id, 0.0)

    async def note_open(self, chat_id: str) -> None:
        """The visitor is there; a database that is busy is asked again a minute later."""
        await asyncio.to_thread(self._note_open, chat_id)

    async def stream(self, chat_id: str, cursor: int, beat_seconds: float = 5.0) -> AsyncIterator[dict[str, str]]:
        """Server-sent events from `cursor` on: a reply arrives block by block, then its buttons.

        A beat keeps the connection open; with it we look again, as another process may have written for this visitor.
        """
        bell, noted_at, work_told = asyncio.Event(), 0.0, 0.0
        self._bells[chat_id].add(bell)
        try:
            while True:
                bell.clear()
                if time.monotonic() - noted_at >= NOTED_EVERY_SECONDS or not noted_at:
                    noted_at = time.monotonic()
                    await self.note_open(chat_id)
                for line in await self.lines(chat_id, cursor):
                    cursor = line["id"]
                    for event in _events(line):
                        yield event
                until = self._at_work.get(chat_id, 0.0)
                if until not in {0.0, work_told}:
                    work_told, seconds = until, max(0, round(until - time.monotonic()))
                    yield {"event": "work", "data": json.dumps({"seconds": seconds})}
                if not await _rings(bell, beat_seconds):
                    yield {"event": "beat", "data": "{}"}
        finally:
            self._bells[chat_id].discard(bell)
            if not self._bells[chat_id]:
                self._bells.pop(chat_id, None)
                self._at_work.pop(chat_id, None)
                self._types.pop(chat_id, None)

    @contextlib.asynccontextmanager
    async def _alone(self, chat_id: str) -> AsyncIterator[None]:
        """One turn of a visitor at a time; the lock goes when nobody waits for it any more."""
        self._queued[chat_id] += 1
        try:
            async with self._turns[chat_id]:
                yield
        finally:
            self._queued[chat_id] -= 1
            if not self._queued[chat_id]:
                del self._queued[chat_id], self._turns[chat_id]

    def _turn(self, inbound: Inbound, shown: str) -> None:
        """Take the turn, then show question and replies together: what the visitor sees is always in the archive.

        Killed in between, the browser sends the message again (it had no answer) and gets what was recorded.
        """
        turn = take_turn(inbound, self.desk)
        own = [each for each in turn.replies if each.address == inbound.address]
        chat_id, now = inbound.address.chat_id, self.desk.now()
        with self.desk.writing() as session:
            contacts.keep_reachable(session, inbound.address, now + OPEN_FOR)
            said = CONFIDENTIAL_LINE if turn.is_confidential else shown
            if turn.is_confidential:
                window_lines.hush(session, chat_id)
            window_lines.add_question(session, chat_id, inbound.message_id, said, inbound.received_at)
            window_lines.add_replies(session, own, now)
            if not turn.repeated:
                sent = {each.outbox_id: f"window:{each.outbox_id}" for each in own if each.outbox_id is not None}
                outbox.mark_sent(session, sent, now)

    def _show(self, message: Outbound) -> None:
        with self.desk.writing() as session:
            window_lines.add_replies(session, [message], self.desk.now())

    def _note_open(self, chat_id: str) -> None:
        with contextlib.suppress(OperationalError), self.desk.writing() as session:
            contacts.keep_reachable(session, Address(self.name, chat_id), self.desk.now() + OPEN_FOR)

    def _lines(self, chat_id: str, cursor: int) -> list[dict[str, Any]]:
        with self.desk.reading() as session:
            return [_shown(line) for line in window_lines.lines_after(session, chat_id, cursor)]

    def _replies_to(self, chat_id: str, message_id: str) -> list[dict[str, Any]]:
        with self.desk.reading() as session:
            return [_shown(line) for line in window_lines.exchange(session, chat_id, message_id)]

    def _ring(self, chat_id: str) -> None:
        for bell in self._bells.get(chat_id, ()):
            bell.set()


def _shown(line: WindowLine) -> dict[str, Any]:
    """A stored line as the browser gets it; a poll becomes buttons."""
    head = {"id": line.id, "ours": line.is_ours, "at": line.created_at.isoformat()}
    if not line.is_ours:
        return {**head, "text": line.payload["text"]}
    message = outbound_from_json(line.payload)
    rows = [as_choices(replace(message, choices=())), *message.choices]
    blocks = [[each.kind, each.text, each.url] for each in message.blocks]
    choices = [[[each.label, each.action] for each in row] for row in rows if row]
    file = stored_number(message.file_of)
    return {**head, "blocks": blocks, "choices": choices, **({"file": file} if file is not None else {})}


async def _rings(bell: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(bell.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _events(line: dict[str, Any]) -> list[dict[str, str]]:
    """One stored line as events: ours in parts (``start``, ``block`` …, ``done``), theirs whole."""
    identity = str(line["id"])
    if not line["ours"]:
        return [{"event": "line", "id": identity, "data": json.dumps(line, ensure_ascii=False)}]
    head = {"id": line["id"], "at": line["at"]}
    blocks = [{"id": line["id"], "kind": kind, "text": text, "url": url} for kind, text, url in line["blocks"]]
    tail = {"id": line["id"], "choices": line["choices"], **({"file": line["file"]} if "file" in line else {})}
    parts = [("start", head), *(("block", each) for each in blocks), ("done", tail)]
    return [{"event": name, "id": identity, "data": json.dumps(part, ensure_ascii=False)} for name, part in parts]
