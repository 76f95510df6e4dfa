"""The log of the whole service at its most talkative, while people say everything: ids only, nobody's words or data."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.database import open_engine, sessions
from consultations import api_tokens
from consultations.api_tokens import SCOPES
from tests.bot.processes import Service, running, wait_until
from tests.conftest import Begin
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.handlers.test_conversations import SCRIPTS
from web.visitors import chat_id_of, new_token

ROOM = -1001
PERSON, STAFF_MEMBER = 778899112233, 665544332211
PERSONAL = ("13800138000", "zhang.san@example.com", "11010519491231002X", "示例张三丰", "示例路 12 号 3 室")
ORDINARY = 6  # characters; what is shorter may stand in a log by chance
pytestmark = pytest.mark.timeout(500)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    fake = FakeTelegram()
    yield fake
    fake.stop()


def said_in_scripts() -> list[list[tuple[str, str]]]:
    """What is said and pressed in every conversation script, by asker and staff."""
    return [
        [(step.verb, step.text) for step in steps if step.verb in ("say", "press", "staff")]
        for steps in SCRIPTS.values()
    ]


def at_window(service: Service, said: list[tuple[str, str]], token: str) -> None:
    for n, (verb, words) in enumerate(said):
        if verb in ("say", "staff"):
            with contextlib.suppress(urllib.error.HTTPError):  # longer than a request may be
                service.ask(token, f"message-{n:04}", words)
            continue
        lines = service.call("/api/lines", token)
        actions = [
            action for line in lines for row in line.get("choices", []) for label, action in row if label == words
        ]
        if actions:
            body = {"id": f"message-{n:04}", "action": actions[-1], "label": words}
            service.call("/api/messages", token, body)


def at_interface(service: Service, token: str, method: str, path: str, body: bytes = b"") -> None:
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": "key-00000001",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(service.address + path, body or None, headers, method=method)
    with contextlib.suppress(urllib.error.URLError):  # refused, some in the middle of being sent
        urllib.request.urlopen(request, timeout=30).close()


def api_token(home: Path) -> str:
    engine = open_engine(f"sqlite:///{home / 'zhixun.sqlite3'}")
    now = datetime.now(UTC)
    with sessions(engine)[0]() as session:
        made = api_tokens.create(session, "示例", tuple(SCOPES), "示例", "示例", now, now + timedelta(days=1))
    engine.dispose()
    return made


def test_no_line_of_the_log_says_who_said_what(begin: Begin, tmp_path: Path, telegram: FakeTelegram) -> None:
    home = begin(tmp_path / "instance")
    doors = f'[telegram]\ntoken = "{TOKEN}"\nbase_url = "{telegram.url}"\nstaff_chat_id = "{ROOM}"\n'
    visitors: list[str] = []
    with running(home, f"requests_per_minute = 100000\n{doors}") as service:
        for said in said_in_scripts():
            visitors.append(new_token())
            at_window(service, said, visitors[-1])
        token, forged = api_token(home), "zx_" + "f0rged-" * 6
        asked = json.dumps({"text": f"我叫{PERSONAL[3]}，电话{PERSONAL[0]}，邮箱{PERSONAL[1]}"}).encode()
        place = "/api/v1/conversations/user-7/messages"
        for key in (token, forged):
            for method, path, body in (
                *(("POST", place, asked), ("POST", place, b"{" + asked), ("POST", place, asked * 40_000)),
                *(("GET", f"/api/v1/tickets/{PERSONAL[0]}", b""), ("GET", "/api/v1/tickets", b"")),
                *(("GET", f"/search?q={PERSONAL[0]}", b""), ("GET", f"/{PERSONAL[0]}/../../etc/passwd", b"")),
            ):
                at_interface(service, key, method, path, body)
        telegram.say(PERSON, f"我是{PERSONAL[3]}，身份证{PERSONAL[2]}，住{PERSONAL[4]}，电话{PERSONAL[0]}，转人工")
        telegram.say(PERSON, "转人工")
        telegram.fault("sendMessage", status=403, description=f"Forbidden: {PERSONAL[3]} blocked the bot")
        telegram.say(STAFF_MEMBER, f"/archive {PERSONAL[0]}", chat=ROOM)
        wait_until(lambda: telegram.state["waiting"] == 0)
        _spoil_the_database(home)
        with contextlib.suppress(urllib.error.HTTPError):
            service.ask(visitors[-1], "message-9999", f"我的电话{PERSONAL[0]}")
    log = (tmp_path / "instance.stderr").read_text(encoding="utf-8")
    assert "event=" in log  # it says something
    secrets = [
        *visitors,
        *filter(None, map(chat_id_of, visitors)),
        TOKEN,
        token,
        forged,
        str(PERSON),
        str(STAFF_MEMBER),
    ]
    words = {
        text for said in said_in_scripts() for _, text in said if len(text) >= ORDINARY and not text.startswith("/")
    }
    found = [
        each for each in (*PERSONAL, *secrets, *words) if each in log or each.encode("unicode_escape").decode() in log
    ]
    assert found == []
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", log)


def _spoil_the_database(home: Path) -> None:
    """An error in the middle of a turn: its statement may be told, never its values."""
    connection = sqlite3.connect(home / "zhixun.sqlite3", timeout=30)
    connection.execute("ALTER TABLE consultation RENAME TO gone")
    connection.commit()
    connection.close()
