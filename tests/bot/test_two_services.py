"""Two services on one PostgreSQL, as real processes: one polls, both answer and send; kill -9 loses nothing."""

from __future__ import annotations

import json
import shutil
import urllib.error
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.database import open_engine, sessions
from consultations import outbox
from consultations.archive import Consultation
from consultations.messages import Address, Outbound, text_blocks
from consultations.outbox import OutboxMessage
from tests.bot.processes import running, wait_until
from tests.fakes.telegram import TOKEN, FakeTelegram, text_of
from web.visitors import chat_id_of, new_token

pytestmark = [pytest.mark.postgresql, pytest.mark.timeout(500)]
QUESTION = "外观设计专利保护多少年？"
IN_FLIGHT = 16  # bot/delivery.py: on their way or not yet marked when a process dies


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    fake = FakeTelegram()
    yield fake
    fake.stop()


def heard(telegram: FakeTelegram, person: int) -> bool:
    return any("15年" in text for text in telegram.texts(person))


def archived(engine: Engine) -> Counter[str]:
    with Session(engine) as session:
        return Counter(session.exec(select(Consultation.question)))


def enqueue(engine: Engine, token: str, words: str) -> None:
    """What staff, a poll or a follow-up would send: a due row, of whatever process."""
    message = Outbound(Address("web", chat_id_of(token) or ""), text_blocks(words))
    with sessions(engine)[0]() as session:
        outbox.enqueue(session, message, now=datetime.now(UTC))


def test_two_services_share_the_work_and_one_is_enough(
    fresh_postgresql: str, begun: Path, tmp_path: Path, telegram: FakeTelegram
) -> None:
    engine = open_engine(fresh_postgresql)
    config = f'[database]\nurl = "{fresh_postgresql}"\n[telegram]\ntoken = "{TOKEN}"\nbase_url = "{telegram.url}"\n'
    for each in ("one", "two"):
        shutil.copytree(begun / "index", tmp_path / each / "index")
    with running(tmp_path / "one", config) as one:
        wait_until(one.leads)
        with running(tmp_path / "two", config) as two:
            assert one.call("/healthz")["ok"]
            assert two.call("/healthz")["ok"]
            assert not two.leads()

            # Both answer; what is said at one is seen at the other, and either sends what is due.
            mine, theirs = new_token(), new_token()
            one.ask(mine, "message-0001", QUESTION)
            two.ask(theirs, "message-0001", QUESTION)
            assert "15年" in one.shown(mine)
            assert "15年" in two.shown(theirs)
            assert two.shown(mine) == one.shown(mine)
            enqueue(engine, mine, "示例通知")
            wait_until(lambda: "示例通知" in two.shown(mine))

            # One polls: nothing is answered twice.
            for person in range(1, 4):
                telegram.say(person, QUESTION)
            for person in range(1, 4):
                wait_until(lambda person=person: heard(telegram, person))  # type: ignore[misc]
            assert archived(engine) == {QUESTION: 5}
            assert len([each for each in telegram.delivered() if "15年" in text_of(each)]) == 3

            # The one that polls dies while questions come; the other takes over and nothing is lost.
            for person in range(11, 17):
                telegram.say(person, QUESTION)
            one.process.kill()
            one.process.wait(30)
            for person in range(21, 24):
                telegram.say(person, QUESTION)
            with pytest.raises((urllib.error.URLError, ConnectionError)):
                one.call("/healthz")
            wait_until(two.leads)
            for person in (*range(11, 17), *range(21, 24)):
                wait_until(lambda person=person: heard(telegram, person))  # type: ignore[misc]
            two.ask(mine, "message-0002", "商标注册要多少钱？")
            enqueue(engine, mine, "接班以后的通知")
            wait_until(lambda: "接班以后的通知" in two.shown(mine))
            assert archived(engine)[QUESTION] == 5 + 9
            wait_until(lambda: _all_sent(engine))
            assert two.call("/healthz")["ok"]
            replies = [each for each in telegram.delivered() if "15年" in text_of(each)]
            assert 12 <= len(replies) <= 12 + IN_FLIGHT
            shown = [line for line in two.call("/api/lines", mine) if "通知" in json.dumps(line, ensure_ascii=False)]
            assert len(shown) == 2  # in the window not even a crash shows anything twice
    engine.dispose()


def _all_sent(engine: Engine) -> bool:
    with Session(engine) as session:
        return set(session.exec(select(OutboxMessage.state))) == {"sent"}
