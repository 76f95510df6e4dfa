"""An asker in the terminal and in Telegram, for the conversation scripts of `tests/drivers.py`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from bot.channels.terminal import Terminal, say, show_due
from bot.inbox import InboxUpdate
from bot.pace import Rate
from consultations.messages import Address, Outbound, as_choices
from consultations.outbox import OutboxMessage
from handlers.desk import Desk
from handlers.turn import take_turn
from tests.bot.service import Running, settings_for
from tests.drivers import Shown, shown
from tests.fakes.telegram import FakeTelegram, Message, text_of

PERSON = 7


class TerminalDriver:
    """Types lines; a press is the typed number of the button."""

    name = "terminal"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._printed: list[str] = []
        self._seen: list[Outbound] = []
        self._new: list[Shown] = []
        self._address = Address("terminal", "asker")
        self._terminal = _Recorder(self._keep)

    def say(self, text: str) -> None:
        say(self._desk, self._terminal, self._address, text)

    def press(self, label: str) -> None:
        self.received()
        for message in reversed(self._seen):
            labels = [each.label for each in as_choices(message)]
            if label in labels:
                self._terminal.choices = as_choices(message)
                self.say(str(labels.index(label) + 1))
                return
        raise LookupError(label)

    def received(self) -> list[Shown]:
        show_due(self._desk, self._terminal, self._address)
        new, self._new = self._new, []
        return new

    def _keep(self, message: Outbound) -> None:
        self._seen.append(message)
        self._new.append(shown(message))


class _Recorder(Terminal):
    """A terminal whose paper can be read."""

    def __init__(self, keep: Any) -> None:  # noqa: ANN401
        super().__init__(lambda _text: None)
        self._keep = keep

    def show(self, message: Outbound) -> str:
        self._keep(message)
        return super().show(message)


class TelegramDriver:
    """Plays a person against the fake Bot API, with the whole channel in between."""

    name = "telegram"

    def __init__(self, desk: Desk, service: Running, fake: FakeTelegram) -> None:
        self._desk, self._service, self._fake = desk, service, fake
        self._read = 0

    def say(self, text: str) -> None:
        self._fake.say(PERSON, text)
        self._settle()

    def press(self, label: str) -> None:
        self._settle()
        for message in reversed(self._fake.delivered(PERSON)):
            options = [option["text"] for option in message.get("poll", {}).get("options", [])]
            if label in options:
                self._fake.ask("vote", person=PERSON, poll_id=message["poll"]["id"], options=[options.index(label)])
            elif label in _buttons(message):
                self._fake.press(PERSON, message, label)
            else:
                continue
            self._settle()
            return
        raise LookupError(label)

    def received(self) -> list[Shown]:
        self._settle()
        new = self._fake.delivered(PERSON)[self._read :]
        self._read += len(new)
        return [Shown(text_of(each), _labels(each)) for each in new]

    def _settle(self) -> None:
        """Wait until everything that came was handled and everything due went out."""
        self._service.delivery.wake()
        self._fake.wait_until(self._is_quiet, seconds=30)

    def _is_quiet(self) -> bool:
        if self._fake.state["waiting"]:
            return False
        with self._desk.reading() as session:
            return _count_open(session, self._desk) == 0


def _count_open(session: Session, desk: Desk) -> int:
    unread = select(func.count()).where(col(InboxUpdate.state) == "new")
    here = col(OutboxMessage.channel) == "telegram"
    due = col(OutboxMessage.due_at) <= desk.now()
    unsent = select(func.count()).where(here, col(OutboxMessage.state).in_(["new", "sending"]), due)
    return int(session.connection().execute(unread).scalar_one()) + int(
        session.connection().execute(unsent).scalar_one()
    )


def _buttons(message: Message) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def _labels(message: Message) -> tuple[str, ...]:
    options = [option["text"] for option in message.get("poll", {}).get("options", [])]
    return (*options, *_buttons(message))


@contextlib.contextmanager
def terminal(desk: Desk) -> Iterator[TerminalDriver]:
    """An asker in the terminal."""
    yield TerminalDriver(desk)


@contextlib.contextmanager
def telegram(desk: Desk) -> Iterator[TelegramDriver]:
    """An asker in Telegram; with a clock that is the desk's, and without the pace of one message a second."""
    fake = FakeTelegram()
    with desk.reading() as session:
        engine = session.get_bind()
    settings = replace(settings_for(fake), staff_chat_id="", messages_per_second=1000.0, chat_rate=Rate(1000.0, 1000))
    service = Running(engine.engine, fake, partial(take_turn, desk=desk), settings, desk.now)
    service.start()
    try:
        yield TelegramDriver(desk, service, fake)
    finally:
        service.stop()
        fake.stop()
