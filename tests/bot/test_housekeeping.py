"""Housekeeping: what has served goes by itself, what somebody still needs stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot import housekeeping
from bot.application import Office, open_office
from bot.housekeeping import keep_house
from bot.settings import Settings
from consultations import outbox, window_lines
from consultations.messages import Address, Outbound, text_blocks
from consultations.outbox import OutboxMessage
from consultations.window_lines import WindowLine
from tests.conftest import Begin, Clock

CHAT = Address("web", "visitor")


@pytest.fixture
def office(begin: Begin, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    opened = open_office(Settings(home=begin(tmp_path)), clock.now)
    yield opened
    opened.close()


def test_copies_of_messages_go_after_their_period_and_waiting_ones_stay(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "PRUNED_AT_ONCE", 2)  # several transactions
    with office.writing() as session:
        ids = [
            outbox.enqueue(session, Outbound(CHAT, text_blocks("示例")), now=clock.now()).outbox_id for _ in range(5)
        ]
        outbox.enqueue(session, Outbound(CHAT, text_blocks("等着")), now=clock.now())
        outbox.mark_sent(session, {each: "x" for each in ids if each}, clock.now())
        window_lines.add_question(session, "visitor", "m1", "示例", clock.now())
        window_lines.add_question(session, "visitor", "m2", "示例", clock.now())
    clock.advance(days=office.settings.retention.message_days)
    assert keep_house(office) == 0  # on the day itself
    clock.advance(seconds=1)
    assert keep_house(office) == 6
    assert keep_house(office) == 0
    with office.reading() as session:
        assert [each.message.plain_text for each in session.exec(select(OutboxMessage))] == ["等着"]
        assert len(session.exec(select(WindowLine)).all()) == 1
    assert timedelta(days=office.settings.retention.message_days) >= timedelta(days=90)  # the longest follow-up
