"""Several short messages in Telegram, also those that waited while we were away: the fake Bot API, the real channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Engine

from bot.database import sessions
from bot.pace import Rate
from handlers.desk import Desk, OfficeSettings
from handlers.turn import take_turn
from tests.bot.service import Running, settings_for
from tests.conftest import Clock
from tests.fakes.telegram import FakeTelegram, text_of
from tests.handlers.conftest import MiniatureAnswerer

PIECES = ("商标", "续展", "多少钱")


@pytest.fixture
def service(sqlite_engine: Engine, fake: FakeTelegram, clock: Clock) -> Iterator[Running]:
    """The channel, not yet started: what is said before waits at Telegram."""
    desk = Desk(*sessions(sqlite_engine), MiniatureAnswerer(), clock.now, OfficeSettings())
    fast = replace(settings_for(fake), messages_per_second=1000.0, chat_rate=Rate(1000.0, 1000))
    made = Running(sqlite_engine, fake, partial(take_turn, desk=desk), fast, clock.now)
    yield made
    made.stop()


def test_what_was_sent_at_once_is_one_question_after_an_outage(
    service: Running, fake: FakeTelegram, clock: Clock
) -> None:
    two_hours_ago = int(clock.now().timestamp()) - 7200
    for seconds, piece in enumerate(PIECES):
        fake.say(71, piece, date=two_hours_ago + seconds)
        fake.say(72, piece, date=two_hours_ago + 60 * seconds)
    service.start()
    fake.wait_until(lambda: all(len(fake.delivered(each)) == len(PIECES) for each in (71, 72)), seconds=30)
    assert "示例：五百元。" in text_of(fake.delivered(71)[-1])
    assert not any("示例：五百元。" in each for each in fake.texts(72))
