"""One conversation script, every channel: a driver lets a test speak as an asker and shows what came back.

A channel joins by adding one factory to `DRIVERS`. Staff always work in `StaffRoom`, so that scripts need only one
side per channel.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from consultations import outbox
from consultations.messages import Address, Choice, Inbound, InboundKind, Outbound
from handlers.desk import Desk
from handlers.turn import Turn, take_turn

STAFF_ROOM = Address("staff", "room")


@dataclass(frozen=True)
class Shown:
    """One message as a person sees it: its text and the labels of its buttons (poll options included)."""

    text: str
    buttons: tuple[str, ...] = ()


class Driver(Protocol):
    """An asker at one channel."""

    name: str

    def say(self, text: str) -> None:
        """Send a text."""
        ...

    def press(self, label: str) -> None:
        """Press the newest button with this label (or vote for the poll option); an unknown label is an error."""
        ...

    def received(self) -> list[Shown]:
        """What came since the last call, oldest first: replies, and whatever is due in the outbox by now."""
        ...


@dataclass
class CoreDriver:
    """The core without a channel: `take_turn` called directly, the outbox read as a channel would."""

    desk: Desk
    address: Address = field(default_factory=lambda: Address("core", "asker"))
    name: str = "core"
    _seen: list[Outbound] = field(default_factory=list)
    _new: list[Outbound] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    def say(self, text: str) -> None:
        self.send(text=text)

    def press(self, label: str) -> None:
        self.received_messages()
        for message in reversed(self._seen):
            if label in message.poll_options:
                self.send("vote", action=message.poll_key, votes=(message.poll_options.index(label),))
                return
            for choice in reversed(choices_of(message)):
                if choice.label == label:
                    self.send("choice", action=choice.action)
                    return
        raise LookupError(label)  # nobody offered this button

    def received(self) -> list[Shown]:
        return [shown(each) for each in self.received_messages()]

    def send(self, kind: InboundKind = "text", **parts: object) -> Turn:
        """Send any event; `parts` are fields of `Inbound`."""
        values: dict[str, object] = {
            "address": self.address,
            "message_id": f"{self.address.chat_id}/{next(self._ids)}",
            "sender_id": self.address.chat_id,
            "received_at": self.desk.now(),
            "kind": kind,
        }
        turn = take_turn(Inbound(**(values | parts)), self.desk)  # type: ignore[arg-type]
        if not turn.repeated:
            self._arrive(turn.replies)
        return turn

    def received_messages(self) -> list[Outbound]:
        """The same as `received`, with actions and blocks."""
        due = [each for each in deliver_due(self.desk, self.address.channel) if each.address == self.address]
        self._new += due
        self._seen += due
        new, self._new = self._new, []
        return new

    def _arrive(self, replies: tuple[Outbound, ...]) -> None:
        with self.desk.writing() as session:
            outbox.mark_sent(session, {each.outbox_id: "x" for each in replies if each.outbox_id}, self.desk.now())
        self._new += replies
        self._seen += replies


@dataclass
class StaffRoom:
    """The staff chat, with a thread per ticket, read and written by named members of staff."""

    desk: Desk
    _seen: list[Outbound] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    def say(self, text: str, *, who: str = "示例甲", thread: str | None = None) -> list[Shown]:
        """Write into a thread (the newest when not named) and read what comes back there."""
        return self._turn("text", text=text, sender=who, thread=self.thread if thread is None else thread)

    def press(self, label: str, *, who: str = "示例甲") -> list[Shown]:
        """Press the newest button with this label."""
        self.read()
        for message in reversed(self._seen):
            for choice in choices_of(message):
                if choice.label == label:
                    return self._turn("choice", action=choice.action, sender=who, thread=message.thread_key)
        raise LookupError(label)  # nobody offered this button

    def act(self, action: str, *, who: str = "示例甲") -> list[Shown]:
        """Press a button by its action, also one that scrolled away."""
        return self._turn("choice", action=action, sender=who, thread=self.thread)

    @property
    def thread(self) -> str:
        """The thread of the newest message."""
        self.read()
        return self._seen[-1].thread_key if self._seen else ""

    def read(self) -> list[Shown]:
        """What is due for the room."""
        due = deliver_due(self.desk, STAFF_ROOM.channel)
        self._seen += due
        return [shown(each) for each in due]

    def _turn(self, kind: InboundKind, *, sender: str, thread: str, text: str = "", action: str = "") -> list[Shown]:
        inbound = Inbound(
            STAFF_ROOM,
            f"room/{next(self._ids)}",
            sender,
            self.desk.now(),
            kind=kind,
            sender_name=sender,
            text=text,
            action=action,
            thread_key=thread,
        )
        turn = take_turn(inbound, self.desk)
        with self.desk.writing() as session:
            outbox.mark_sent(session, {each.outbox_id: "x" for each in turn.replies if each.outbox_id}, self.desk.now())
        self._seen += turn.replies
        return [shown(each) for each in turn.replies] + self.read()


def deliver_due(desk: Desk, channel: str) -> list[Outbound]:
    """Everything due for a channel, marked as sent."""
    with desk.writing() as session:
        due = outbox.claim_due(session, now=desk.now(), channels=[channel], limit=1000, lease_seconds=60)
        outbox.mark_sent(session, {each.outbox_id: "x" for each in due if each.outbox_id}, desk.now())
    return due


def choices_of(message: Outbound) -> list[Choice]:
    """The buttons of a message in reading order."""
    return [choice for row in message.choices for choice in row]


def shown(message: Outbound) -> Shown:
    """The message as a person sees it."""
    return Shown(message.plain_text, (*message.poll_options, *(each.label for each in choices_of(message))))


@contextmanager
def core_driver(desk: Desk) -> Iterator[Driver]:
    """The core itself."""
    yield CoreDriver(desk)


def terminal_driver(desk: Desk) -> AbstractContextManager[Driver]:
    """An asker in the terminal."""
    from tests.bot.drivers import terminal

    return terminal(desk)


def telegram_driver(desk: Desk) -> AbstractContextManager[Driver]:
    """An asker in Telegram: the fake Bot API, the real library, inbox and delivery."""
    from tests.bot.drivers import telegram

    return telegram(desk)


DRIVERS: dict[str, Callable[[Desk], AbstractContextManager[Driver]]] = {
    "core": core_driver,
    "terminal": terminal_driver,
    "telegram": telegram_driver,
}
