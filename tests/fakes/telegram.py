"""The tests' side of the fake Bot API: starts the server process, plays the people, reads what reached them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "1000:TEST-token"
Message = dict[str, Any]


class FakeTelegram:
    """One running fake. `url` is the bot's ``telegram.base_url``."""

    def __init__(self, port: int = 0) -> None:
        command = [sys.executable, "-m", "tests.fakes.bot_api", "--port", str(port)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ask(self, verb: str, **parameters: Any) -> Any:  # noqa: ANN401  JSON
        """What the fake answers to ``/_test/<verb>``."""
        request = urllib.request.Request(
            f"{self.url}/_test/{verb}", json.dumps(parameters).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["result"]

    def say(self, person: int, text: str, **where: Any) -> int:  # noqa: ANN401
        """A person writes; the id of the message."""
        return int(self.ask("say", person=person, text=text, **where))

    def press(self, person: int, message: Message, label: str) -> None:
        """A person presses the button with this label under a message."""
        rows = message["reply_markup"]["inline_keyboard"]
        action = next(button["callback_data"] for row in rows for button in row if button["text"] == label)
        self.ask("press", person=person, message_id=message["message_id"], action=action, chat=message["chat"]["id"])

    def fault(self, method: str, **what: Any) -> None:  # noqa: ANN401
        """Break the next call of this method."""
        self.ask("fault", fault={"method": method, **what})

    def delivered(self, chat: int | None = None) -> list[Message]:
        """Every message that reached this chat (or anybody), in order."""
        return [each for each in self.ask("delivered") if chat is None or each["chat"]["id"] == chat]

    def texts(self, chat: int | None = None) -> list[str]:
        """The texts that reached this chat."""
        return [text_of(each) for each in self.delivered(chat)]

    def wait_for(self, fits: Callable[[Message], bool], chat: int | None = None, seconds: float = 15) -> Message:
        """The newest message that fits, as soon as there is one."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [each for each in self.delivered(chat) if fits(each)]
            if found:
                return found[-1]
            time.sleep(0.02)
        raise AssertionError(self.texts(chat)[-5:])

    def wait_until(self, holds: Callable[[], bool], seconds: float = 15) -> None:
        """Return as soon as it holds."""
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, self.ask("state")
            time.sleep(0.02)

    @property
    def state(self) -> dict[str, Any]:
        """Queue length, calls, topics, commands, violations of the specification, …"""
        return dict(self.ask("state"))


def text_of(message: Message) -> str:
    """What a person reads: the text, or the question of a poll."""
    return str(message.get("text") or message.get("poll", {}).get("question", ""))
