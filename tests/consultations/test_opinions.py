"""The ledger's state machine and reply rate, on both databases."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import get_args

import pytest
from sqlmodel import Session

from bot.database import SessionMaker
from consultations import opinions
from consultations.opinions import LEGAL_ORIGINS, IllegalOpinionMoveError, Opinion, ReplyRate, State
from tests.conftest import Clock

Store = tuple[SessionMaker, SessionMaker]
PATHS: dict[State, tuple[State, ...]] = {"open": (), "replied": ("replied",), "closed": ("closed",)}


def new_opinion(session: Session, clock: Clock, name: str, days: int = 5) -> Opinion:
    return opinions.register(
        session,
        Opinion(
            number=f"YJ-{name}",
            key=name,
            kind="complaint",
            channel="phone",
            text="示例",
            created_at=clock.now(),
            due_at=clock.now() + timedelta(days=days),
        ),
    )


def test_a_row_moves_only_where_the_table_allows(store: Store, clock: Clock) -> None:
    writing, _ = store
    states = get_args(State)
    for origin, target in itertools.product(states, states):
        with writing() as session:
            opinion = new_opinion(session, clock, f"{origin}-{target}")
            for state in PATHS[origin]:
                opinions.move(session, opinion, state, "staff:1", clock.now())
            if origin in LEGAL_ORIGINS[target]:
                assert opinions.move(session, opinion, target, "staff:1", clock.now()).state == target
                continue
            with pytest.raises(IllegalOpinionMoveError):
                opinions.move(session, opinion, target, "staff:1", clock.now())


def test_of_two_replies_at_once_one_counts(store: Store, clock: Clock) -> None:
    writing, reading = store
    with writing() as session:
        new_opinion(session, clock, "A")

    def attempt(n: int) -> bool:
        with writing() as session:
            opinion = opinions.by_number(session, "yj-A")
            assert opinion is not None
            try:
                opinions.move(session, opinion, "replied", f"staff:{n}", clock.now(), reply=f"答{n}")
            except IllegalOpinionMoveError:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    with reading() as session:
        opinion = opinions.by_key(session, "A")
        assert opinion is not None
        assert len(opinions.history_of(session, opinion.id or 0)) == 2


def test_the_reply_rate_is_in_time_over_due(store: Store, clock: Clock) -> None:
    writing, reading = store
    with writing() as session:
        in_time, late, _silent, pending = (
            new_opinion(session, clock, name, days) for name, days in (("a", 2), ("b", 2), ("c", 2), ("d", 9))
        )
        clock.advance(days=1)
        for each in (in_time, pending):
            opinions.move(session, each, "replied", "s", clock.now(), replied_at=clock.now())
        clock.advance(days=2)
        opinions.move(session, late, "replied", "s", clock.now(), replied_at=clock.now())
    with reading() as session:
        assert opinions.reply_rate(session, clock.now()) == ReplyRate(n_due=3, n_in_time=1, n_late=1, n_pending=1)
        assert opinions.reply_rate(session, clock.now(), since=clock.now()) == ReplyRate(0, 0, 0, 0)
