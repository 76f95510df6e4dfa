"""The terminal channel: one person, this screen. The same talk as everywhere, buttons as numbered lines.

Works in a terminal and in a pipe (``echo 问题 | python3 run.py chat``): without prompt then; the end
of the input ends it.
"""

from __future__ import annotations

import contextlib
import getpass
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TextIO

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.degrade import chosen, numbered
from consultations import outbox
from consultations.messages import Address, Choice, Inbound, Outbound, as_choices, read_vote
from handlers.channel import Limits
from handlers.desk import Desk
from handlers.talk import office_time
from handlers.turn import take_turn

log = structlog.get_logger(__name__)

NAME = "terminal"
PROMPT = "您："
SORRY = "抱歉，系统暂时无法保存您的消息，刚才这一条没有收到。请稍后再发一次。"
LEASE_SECONDS = 60.0
DUE_AT_ONCE = 20


@dataclass
class Terminal:
    """A `Channel` that prints, and the numbers it showed last. `write` gets whole paragraphs."""

    write: Callable[[str], None]
    name: str = NAME
    limits: Limits = field(default_factory=lambda: Limits(text_characters=1_000_000, buttons=False))
    choices: list[Choice] = field(default_factory=list)

    async def deliver(self, message: Outbound) -> str:
        """Print one message; there is nothing that could fail."""
        return self.show(message)

    def show(self, message: Outbound) -> str:
        """Print one message, its choices as numbered lines."""
        lines = [message.plain_text]
        offered = as_choices(message)
        if offered:
            self.choices = offered
            lines.append(numbered(offered))
        self.write("\n\n".join(lines))
        return uuid.uuid4().hex


def run_chat(desk: Desk, lines: TextIO = sys.stdin, out: TextIO = sys.stdout, *, who: str = "") -> int:
    """Talk until the input ends or somebody types ``/quit``; the exit code. `who` is one person's conversation."""
    terminal = Terminal(lambda text: print(text, end="\n\n", file=out, flush=True))
    address = Address(NAME, who or _user())
    is_interactive = lines.isatty()
    if is_interactive:
        print("输入问题后回车；输入数字选择；/quit 退出。\n", file=out)
    _safely(terminal, lambda: show_due(desk, terminal, address), "")
    for text in _typed(lines, out, is_interactive=is_interactive):
        if text.strip() in {"/quit", "/exit"}:
            break
        _safely(terminal, partial(say, desk, terminal, address, text), SORRY)
    return 0


def say(desk: Desk, terminal: Terminal, address: Address, text: str) -> None:
    """One line a person typed: a number presses a button, everything else is a message. Prints what comes back."""
    turn = take_turn(_inbound(desk, address, text, chosen(text, terminal.choices)), desk)
    marks = {each.outbox_id: terminal.show(each) for each in turn.replies if each.outbox_id is not None}
    with desk.writing() as session:
        outbox.mark_sent(session, marks, desk.now())
    show_due(desk, terminal, address)


def show_due(desk: Desk, terminal: Terminal, address: Address) -> None:
    """Print what else is due for this person: an answer of staff, a survey, a follow-up."""
    with desk.writing() as session:
        due = outbox.claim_due(
            session,
            now=desk.now(),
            channels=[NAME],
            limit=DUE_AT_ONCE,
            lease_seconds=LEASE_SECONDS,
            is_quiet=office_time(desk.settings).is_quiet(desk.now()),
        )
        for message in due:
            assert message.outbox_id is not None
            if message.address == address:
                outbox.mark_sent(session, {message.outbox_id: terminal.show(message)}, desk.now())
            else:
                outbox.postpone(session, message.outbox_id, desk.now(), "等待对方打开终端", counted=False)


def _safely(terminal: Terminal, work: Callable[[], None], sorry: str) -> None:
    """Do it; when the database is locked, full or away nothing was kept, and the person must know."""
    try:
        work()
    except SQLAlchemyError as error:
        log.warning("terminal.database", error=type(error).__name__)
        if sorry:
            terminal.write(sorry)


def _inbound(desk: Desk, address: Address, text: str, pressed: Choice | None) -> Inbound:
    now, message_id = desk.now(), uuid.uuid4().hex
    if pressed is None:
        return Inbound(address, message_id, address.chat_id, now, text=text)
    vote = read_vote(pressed.action)
    if vote is None:
        return Inbound(address, message_id, address.chat_id, now, kind="choice", action=pressed.action)
    return Inbound(address, message_id, address.chat_id, now, kind="vote", action=vote[0], votes=(vote[1],))


def _typed(lines: TextIO, out: TextIO, *, is_interactive: bool) -> Iterator[str]:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            if is_interactive:
                print(PROMPT, end="", file=out, flush=True)
            line = lines.readline()
            if not line:
                return
            if line.strip():
                yield line.rstrip("\n")


def _user() -> str:
    """The name of the account, so that a conversation goes on in the next session."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"
