"""``/healthz`` turns red for each reason people must look after; the numbers are those of the rows."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot import health, inbox
from bot.application import Office, open_office
from bot.health import Health
from bot.leader import Leadership
from bot.schedule import Heartbeat
from bot.settings import Settings
from consultations.messages import Address, Inbound
from handlers.turn import take_turn
from tests.conftest import Begin, Clock


@dataclass(frozen=True)
class Looked:
    office: Office
    clock: Clock
    health: Health


@pytest.fixture
def looked(begin: Begin, tmp_path: Path, clock: Clock) -> Iterator[Looked]:
    office = open_office(Settings(home=begin(tmp_path / "instance")), now=clock.now)
    heartbeat = Heartbeat(clock.now)
    heartbeat.beat("survey")
    yield Looked(office, clock, Health(office, heartbeat, Leadership(office.engine)))
    office.close()


def test_green_then_red_when_nothing_ticks(looked: Looked) -> None:
    state = looked.health.state()
    assert (state["ok"], state["database"], state["disk"]) == (True, "ok", "ok")
    looked.clock.advance(seconds=61)
    assert looked.health.state() == {**state, "ok": False, "tick_age_seconds": 61.0}


def test_red_when_what_came_is_not_worked_off(looked: Looked) -> None:
    came = inbox.Update("1", "chat", {}, looked.clock.now() - timedelta(seconds=61))
    with looked.office.writing() as session:
        inbox.store(session, "telegram", [came])
    state = looked.health.state()
    assert (state["ok"], state["inbox_age_seconds"]) == (False, 61.0)


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EROFS, "read_only"), (errno.EIO, "read_only")],
)
def test_red_when_the_disk_can_not_be_written(
    looked: Looked, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def broken(_path: Path, _content: bytes) -> int:
        raise OSError(number, "broken")

    monkeypatch.setattr(Path, "write_bytes", broken)
    state = looked.health.state()
    assert (state["ok"], state["disk"]) == (False, said)


def test_red_before_the_disk_is_really_full(looked: Looked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE", 1 << 62)
    assert looked.health.state()["disk"] == "full"
    assert not looked.health.state()["ok"]


def test_red_when_the_database_is_away(looked: Looked, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_session: object) -> None:
        statement = "SELECT 1"
        raise OperationalError(statement, {}, Exception())

    monkeypatch.setattr(inbox, "oldest_waiting", away)
    state = looked.health.state()
    assert (state["ok"], state["database"]) == (False, "away")


def test_the_numbers_are_those_of_the_rows(looked: Looked) -> None:
    asker = Address("core", "asker")
    for n, words in enumerate(("同意", "转人工")):
        take_turn(Inbound(asker, f"m{n}", "asker", looked.clock.now(), text=words), looked.office.desk)
    measured = {each.name: each.values for each in looked.health.measures()}
    assert measured["zhixun_tickets"] == {"open": 1.0}
    assert measured["zhixun_healthy"] == {"": 1.0}
    assert measured["zhixun_leads"] == {"": 0.0}
    assert sum(measured["zhixun_outbox"].values()) > 0
    assert not list(looked.office.settings.home.glob(".health*"))
