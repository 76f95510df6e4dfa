"""What sealing (封存) costs a turn: the same turns with and without it, no retrieval, on SQLite.

    python -m benchmarks.seal_cost [--turns 1000]

Prints processor milliseconds a turn, twice each in turn, so that other work on the machine shows as scatter.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

import bot.tables  # noqa: F401  every table
from bot.database import open_engine, sessions
from consultations.messages import Address, Inbound
from handlers.desk import Desk, OfficeSettings
from handlers.turn import take_turn
from knowledge.passages import Answer
from knowledge.proofread import Flaw

CHATS = 300
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Parrot:
    """Answers everything the same, at once."""

    def answer(self, question: str, _on: date, *, previous: str = "", outlet: str = "") -> Answer:
        """The same for every question."""
        del outlet
        trace = {"candidates": [["示例", 0.5]] * 30, "previous": previous}
        return Answer("answer", "question", question, "示例答复。" * 20, card_id="x", confidence=0.9, trace=trace)

    def card(self, _card_id: str, _on: date, *, day: date | None = None, outlet: str = "") -> Answer | None:
        """There are no cards."""
        del day, outlet
        return None

    def flaws(self, _text: str, _on: date) -> tuple[Flaw, ...]:
        """Nothing is wrong."""
        return ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=1000)
    n_turns = parser.parse_args().turns
    for _ in range(2):
        for is_sealing in (False, True):
            took, name = measure(n_turns, is_sealing=is_sealing), "with" if is_sealing else "without"
            print(f"{name} sealing: {took:.2f} ms a turn")


def measure(n_turns: int, *, is_sealing: bool) -> float:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'zhixun.sqlite3'}")
        SQLModel.metadata.create_all(engine)
        sealing, reading = sessions(engine)
        writing = sealing if is_sealing else partial(unsealed, engine)
        desk = Desk(writing, reading, Parrot(), lambda: NOW, OfficeSettings(messages_per_minute=10**6))
        turns(desk, 0, CHATS)
        started = time.process_time()
        turns(desk, CHATS, CHATS + n_turns)
        took = time.process_time() - started
        engine.dispose()
    return took / n_turns * 1000


@contextmanager
def unsealed(engine: Engine) -> Iterator[Session]:
    """A writing session as `bot.database` gives it, but for the seals."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()


def turns(desk: Desk, first: int, last: int) -> None:
    for n in range(first, last):
        chat = str(n % CHATS)
        take_turn(Inbound(Address("telegram", chat), f"m{n}", chat, NOW, text=f"示例问题：商标续展多少钱 {n}"), desk)


if __name__ == "__main__":
    main()
