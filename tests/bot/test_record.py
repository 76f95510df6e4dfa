"""``zhixun record`` as a person meets it: by options, by prompts, confirmed, undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot import record
from bot.database import sessions
from handlers.desk import Desk
from tests.bot.test_command_line import zhixun
from tests.conftest import Begin, Clock
from tests.handlers.conftest import MiniatureAnswerer

NUMBER = "ZX-20261123-0001"


@pytest.fixture
def desk(sqlite_engine: Engine, clock: Clock) -> Desk:
    return Desk(*sessions(sqlite_engine), MiniatureAnswerer(), clock.now)


def enter(desk: Desk, given: dict[str, str], *, answer: bool = True, again: bool = False) -> bool:
    return record.enter(
        desk, given, "示例甲", again=again, corrects="", is_confirmed=False, ask=lambda _question: answer
    )


def test_an_entry_is_previewed_confirmed_and_undone(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"question": "[b]示例问题", "channel": "到访", "phone": "13800138000"}
    assert not enter(desk, given, answer=False)
    told = capsys.readouterr().out
    assert "[b]示例问题" in told
    assert "138****8000" in told
    assert "没有登记" in told
    assert not enter(desk, given)
    assert f"已登记 {NUMBER}" in capsys.readouterr().out
    assert enter(desk, given)
    assert "刚刚已经登记过" in capsys.readouterr().out
    assert not record.take_back(desk, NUMBER, "示例甲", "打错了")
    assert record.take_back(desk, NUMBER, "示例甲", "")
    assert record.take_back(desk, "ZX-20260101-0009", "示例甲", "")
    assert "没有找到登记 ZX-20260101-0009" in capsys.readouterr().out


def test_what_is_not_given_is_asked_field_by_field() -> None:
    typed: Iterator[str] = iter(["示例问题", "示例答复", "示例公司", "", ""])
    asked: list[str] = []

    def prompt(text: str, **_options: object) -> str:
        asked.append(text[:2])
        return next(typed)

    found = record.ask_fields({"channel": "到访", "at": ""}, prompt)
    assert asked == ["问题", "答复", "谁（", "联系", "事项"]
    assert (found["channel"], found["question"], found["who"]) == ("到访", "示例问题", "示例公司")


def test_a_caller_is_forgotten_only_when_confirmed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    enter(desk, {"question": "示例问题", "who": "示例公司"})
    assert not record.erase(desk, NUMBER, "示例甲", is_confirmed=False, ask=lambda _question: False)
    assert "没有清除" in capsys.readouterr().out
    assert not record.erase(desk, NUMBER, "示例甲", is_confirmed=True, ask=lambda _question: False)
    assert "已清除" in capsys.readouterr().out


def test_the_command_enters_by_options(begin: Begin, tmp_path: Path) -> None:
    done = zhixun(begin(tmp_path / "home"), "record", "示例问题", "--channel", "到访", "--name", "示例甲", "--yes")
    assert done.returncode == 0
    assert "渠道：到访" in done.stdout
    assert "已登记 ZX-" in done.stdout
