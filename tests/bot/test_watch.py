"""A disk that fills up and files that can't be read any more are told while the service goes on."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import structlog

from bot.log_advice import BY_EVENT
from bot.settings import load_settings
from bot.watch import Watch


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for part in ("cards", "facts", "guides"):
        (tmp_path / part).mkdir()
    (tmp_path / "config.toml").write_text("[web]\nport = 8800\n", encoding="utf-8")
    return tmp_path


def told(looking: Watch) -> list[str]:
    with structlog.testing.capture_logs() as lines:
        looking.look()
    return [str(each.get("problem", each["event"])) for each in lines]


def test_settings_broken_while_running_are_told_once_and_again_after_they_were_right(home: Path) -> None:
    looking = Watch(load_settings(home))
    assert told(looking) == []
    right = (home / "config.toml").read_text(encoding="utf-8")
    for _ in range(2):
        (home / "config.toml").write_text("[web\nport = ", encoding="utf-8")
        (problem,) = told(looking)
        assert "config.toml 第 1 行" in problem
        assert "改好之前不要重启" in problem
        assert told(looking) == []
        (home / "config.toml").write_text(right, encoding="utf-8")
        assert told(looking) == []


def test_a_card_file_that_is_no_toml_is_named(home: Path) -> None:
    looking = Watch(load_settings(home))
    (home / "cards" / "local.toml").write_text("[[card", encoding="utf-8")
    (problem,) = told(looking)
    assert problem.startswith("cards/local.toml 读不懂")
    assert looking.problems() == (problem,)


@pytest.mark.parametrize(("number", "state"), [(errno.ENOSPC, "full"), (errno.EROFS, "read_only")])
def test_a_disk_that_takes_nothing_is_told_with_the_cure(
    home: Path, number: int, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_path: Path, _content: bytes) -> int:
        raise OSError(number, "broken")

    looking = Watch(load_settings(home))
    monkeypatch.setattr(Path, "write_bytes", broken)
    assert told(looking) == [f"disk.{state}"]
    assert told(looking) == []
    assert "不用重启" in BY_EVENT[f"disk.{state}"]
