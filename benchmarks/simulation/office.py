"""The office as a process of its own, on a clock that is ours, which can be killed at any moment.

The world speaks to it through a pipe: one command, then whatever leaves the house, then that it is done. A process that
is killed (``kill -9``) has no last word: what it did is what stands in the database.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import ClassVar, Literal

from sqlmodel import Session, select

import bot.tables  # noqa: F401  every table
from benchmarks.simulation.sending import CHANNELS, Chat, Sending
from bot.database import SessionMaker, open_engine, sessions
from consultations import contacts, outbox
from consultations.contacts import Contact
from consultations.duty_reading import Duty
from consultations.follow_up_rules import RuleBook
from consultations.messages import Address, Inbound, Outbound
from consultations.questionnaires import SurveyBook
from handlers import deadlines, follow_up, questionnaire, remind_opinions, survey, take_back
from handlers.desk import Desk, OfficeSettings
from handlers.turn import take_turn
from knowledge.passages import Action, Answer
from knowledge.proofread import Flaw

ROOM = Address("staff", "room")
ROUND = ("needs", "after_training", "compliance")  # sent to everybody once, beside the satisfaction survey
SURVEYS = SurveyBook()
PAGE_OPEN = timedelta(minutes=3)  # web/window.py
AT_ONCE = 4  # members of staff who press in the same moment
_FRESH = multiprocessing.get_context("forkserver")
_FRESH.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Command:
    """What is to be done at a moment. `turns` with several messages take them at the same time. `unreachable` are who
    blocked the bot. `die_at`: the process kills itself at that point of its work, counted over the moments before and
    after each commit and each message sent; 0 lets it live.
    """

    verb: Literal["open", "turns", "tick", "deliver", "ask"]
    now: datetime
    inbounds: tuple[Inbound, ...] = ()
    unreachable: frozenset[Address] = frozenset()
    die_at: int = 0


@dataclass(frozen=True)
class Sent:
    """A message that left the house and arrived. Not `is_known`: its sender heard nothing of it."""

    row: int
    message: Outbound
    is_known: bool = True


@dataclass(frozen=True)
class Outcome:
    """What came out of the pipe. Not `is_done`: the process died over it, and nobody can tell how far it came."""

    sent: tuple[Sent, ...]
    is_done: bool


class BrokenOfficeError(Exception):
    """The office stumbled over a command; its own words say how."""


class Office:
    """The world's side: `start`, `do` and `kill` as often as you like; the database goes on."""

    def __init__(self, url: str, home: Path, follow_up_days: int, *, is_alone: bool = True) -> None:
        """An office over a database, its ``duty/`` and ``follow_ups/`` in `home`; `is_alone`: no other process sends
        through its channels.
        """
        self._make = partial(_work, url, home, follow_up_days, is_alone)
        self._process: multiprocessing.process.BaseProcess | None = None

    @property
    def is_up(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.is_alive()

    def start(self, now: datetime) -> None:
        """A new process, ready."""
        self._pipe, inner = _FRESH.Pipe()
        self._process = _FRESH.Process(target=self._make, args=(inner,), daemon=True)
        self._process.start()
        inner.close()
        assert self.do(Command("open", now)).is_done

    def do(self, command: Command) -> Outcome:
        """What came of it; when the command kills the process, what left the house before."""
        self.begin(command)
        return self.end()

    def begin(self, command: Command) -> None:
        """Let it start, and go on with something else."""
        self._pipe.send(command)

    def end(self) -> Outcome:
        """What came of what was begun."""
        sent: list[Sent] = []
        with contextlib.suppress(EOFError, OSError):
            while isinstance(heard := self._pipe.recv(), Sent):
                sent.append(heard)
            if isinstance(heard, str):
                raise BrokenOfficeError(heard)
            return Outcome(tuple(sent), is_done=True)
        self.kill()
        return Outcome(tuple(sent), is_done=False)

    def kill(self) -> None:
        """``kill -9``."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = None


class Parrot:
    """Answers by the first word of a question, at once: the searching is not what is simulated."""

    KINDS: ClassVar[dict[str, tuple[Action, str]]] = {
        "答": ("answer", "question"),
        "问": ("clarify", "question"),
        "难": ("escalate", "question"),
        "个": ("escalate", "personal"),
        "诉": ("escalate", "complaint"),
        "急": ("escalate", "urgent"),
        "闲": ("out_of_scope", "chitchat"),
    }

    def answer(self, question: str, _on: date, *, previous: str = "", outlet: str = "") -> Answer:
        """The answer to the last line."""
        del previous, outlet
        words = question.splitlines()[-1] if question else ""
        action, label = self.KINDS.get(words[:1], ("escalate", "question"))
        item = words.rpartition(" ")[2] if " B" in words else "B01"
        options = (("one", "示例问题一"), ("two", "示例问题二")) if action == "clarify" else ()
        return Answer(
            action,
            label,
            question,
            f"示例：{words}",
            card_id="one" if action == "answer" else "",
            service_item=item,
            options=options,
            confidence=0.9,
        )

    def card(self, card_id: str, on: date, *, day: date | None = None, outlet: str = "") -> Answer | None:
        """One of the two there are."""
        del day, outlet
        return replace(self.answer(f"答 {card_id}", on), card_id=card_id) if card_id in {"one", "two"} else None

    def flaws(self, _text: str, _on: date) -> tuple[Flaw, ...]:
        """Nothing is wrong."""
        return ()


# --- inside the process


def _work(url: str, home: Path, follow_up_days: int, is_alone: bool, pipe: Connection) -> None:
    _Inside(url, home, follow_up_days, pipe, is_alone=is_alone).run()


class _Inside:
    def __init__(self, url: str, home: Path, follow_up_days: int, pipe: Connection, *, is_alone: bool) -> None:
        self._pipe, self._speaking = pipe, threading.Lock()
        self._now, self._left, self._unreachable = datetime.min.replace(tzinfo=UTC), 0, frozenset[Address]()
        plain, reading = sessions(open_engine(url))
        settings = OfficeSettings(
            staff_rooms=(ROOM,),
            follow_up_days=follow_up_days,
            follow_up_rules=RuleBook(home / "follow_ups"),
            survey_key=b"example" * 5,
        )
        writing = partial(self._writing, plain)
        self._desk = Desk(writing, reading, Parrot(), lambda: self._now, settings, duty=Duty(home / "duty"))
        self._watch, self._leavers = deadlines.Watch(), take_back.Leavers()
        channels = [Chat(each, self._arrives, lambda: self._unreachable) for each in CHANNELS]
        now = self._desk.now
        self._sending = Sending(channels, writing=writing, reading=reading, now=now, is_alone=is_alone)

    def run(self) -> None:
        """Until the pipe ends."""
        acts = {"open": self._open, "turns": self._take_turns, "tick": self._tick, "ask": self._ask}
        with contextlib.suppress(EOFError):
            while True:
                command: Command = self._pipe.recv()
                self._now, self._left, self._unreachable = command.now, command.die_at, command.unreachable
                try:
                    if command.verb in acts:
                        acts[command.verb](command)
                    if command.verb in {"turns", "deliver"}:
                        self._sending.settle()
                except Exception as error:
                    self._pipe.send(f"{type(error).__name__} at {command}: {error}")
                    raise
                self._pipe.send(None)

    def _point(self) -> None:
        """A moment at which the power may fail."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextlib.contextmanager
    def _writing(self, plain: SessionMaker) -> Iterator[Session]:
        with plain() as session:
            yield session
            self._point()
        self._point()

    def _open(self, _command: Command) -> None:
        """As `bot/service.py` does at its start."""
        deadlines.adopt(self._desk)

    def _take_turns(self, command: Command) -> None:
        if len(command.inbounds) == 1:
            self._take_turn(command.inbounds[0])
            return
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._take_turn, command.inbounds))

    def _take_turn(self, inbound: Inbound) -> None:
        """As a door does: take the turn, hand its replies to delivery."""
        turn = take_turn(inbound, self._desk)
        if inbound.address.channel == "web":
            with self._desk.writing() as session:
                contacts.keep_reachable(session, inbound.address, self._now + PAGE_OPEN)
        if not turn.repeated:  # what was not sent the first time is in the outbox
            self._sending.send_now(turn.replies)

    def _tick(self, _command: Command) -> None:
        """As the table of jobs in `bot/service.py`; what it moves into the outbox leaves with the next command."""
        self._desk.duty.refresh()
        with self._desk.writing() as session:
            outbox.recover(session, self._now)
        while survey.send_due(self._desk):  # the service comes back for the next hundred after 15 seconds
            pass
        while follow_up.send_due(self._desk):
            pass
        self._watch.send_due(self._desk)
        remind_opinions.send_due(self._desk)
        self._leavers.send_due(self._desk)

    def _ask(self, _command: Command) -> None:
        """As ``zhixun surveys send`` does, for each questionnaire; again after a kill nobody is asked twice."""
        for each in ROUND:
            with self._desk.writing() as session:
                wanted = [one.key for one in session.exec(select(Contact)) if one.is_welcome_to_unasked]
                questionnaire.plan_for(session, self._desk, SURVEYS.by_id[each], wanted, "round:1")

    def _arrives(self, message: Outbound, is_known: bool) -> None:
        assert message.outbox_id is not None
        self._point()
        with self._speaking:
            self._pipe.send(Sent(message.outbox_id, message, is_known))
        self._point()
