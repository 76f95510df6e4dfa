"""Fixtures of the channel tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.fakes.telegram import FakeTelegram


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    """A fake Bot API; when a specification is at hand, every request of the test followed it."""
    server = FakeTelegram()
    yield server
    violations = server.state["violations"]
    server.stop()
    assert violations == [], f"against {os.environ.get('ZHIXUN_BOT_API_SPEC', 'the fake itself')}"
