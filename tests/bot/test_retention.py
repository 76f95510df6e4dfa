"""``zhixun retention``: the table tells what is due when; nothing goes before somebody says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot import retention as doing
from bot.application import Office, open_office
from bot.settings import RetentionSettings, load_settings
from consultations import retention
from consultations.archive import Consultation
from consultations.messages import Address
from tests.conftest import Begin, Clock
from tests.drivers import CoreDriver


@pytest.fixture
def office(begin: Begin, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    opened = open_office(load_settings(begin(tmp_path), environment={}), clock.now)
    yield opened
    opened.close()


def questions(office: Office) -> list[str]:
    with office.reading() as session:
        return [each.question for each in session.exec(select(Consultation))]


def test_it_is_shown_first_and_done_when_somebody_says_so(
    office: Office, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    CoreDriver(office.desk, Address("web", "visitor")).say("今天天气怎么样？")
    assert doing.run(office, None)
    assert "共 0 条到期" in capsys.readouterr().out
    clock.advance(days=1096)
    assert not doing.run(office, lambda question: "清除后无法恢复" not in question)
    assert questions(office) == ["今天天气怎么样？"]
    assert doing.run(office, lambda _question: True)
    assert "编号、时间和结果都在" in capsys.readouterr().out
    assert questions(office) == [""]


def test_the_table_says_how_it_will_be_at_a_moment(
    office: Office, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    CoreDriver(office.desk, Address("web", "visitor")).say("今天天气怎么样？")
    assert doing.show(office, clock.now()) == 0
    assert "2029-11-22" in capsys.readouterr().out  # three years on
    clock.advance(days=2000)
    assert doing.show(office, clock.now()) == 3  # letter, talk, consultation; the person when those are gone
    assert questions(office) == ["今天天气怎么样？"]


def test_every_class_has_a_period() -> None:
    assert {each.period for each in retention.KINDS} <= RetentionSettings().periods.keys()
