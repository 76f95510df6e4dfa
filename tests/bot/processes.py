"""The whole service as a process of its own, as it is started in earnest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds; a busy machine starts a service slowly


@dataclass
class Service:
    """One running service; `address` is its website."""

    process: subprocess.Popen[str]
    address: str

    def call(self, path: str, token: str = "", body: Any = None) -> Any:  # noqa: ANN401  JSON
        sent = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.address + path, sent, {"X-Visitor": token})
        with urllib.request.urlopen(request, timeout=30) as answer:
            raw = answer.read().decode()
            return json.loads(raw) if answer.headers.get_content_type() == "application/json" else raw

    def answers(self) -> bool:
        try:
            return bool(self.call("/healthz")["ok"])
        except urllib.error.URLError:
            return False

    def leads(self) -> bool:
        return "zhixun_leads 1.0" in self.call("/metrics")

    def ask(self, token: str, message_id: str, words: str) -> None:
        self.call("/api/messages", token, {"id": message_id, "text": words})

    def shown(self, token: str) -> str:
        return json.dumps(self.call("/api/lines", token), ensure_ascii=False)


@contextmanager
def running(home: Path, config: str) -> Iterator[Service]:
    """A service over that folder; its log goes to ``stderr`` beside it."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(f"[web]\nport = 0\n{config}", encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ZHIXUN_")}
    log = home.with_suffix(".stderr").open("w", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "--home", str(home), "--verbose", "run"],
        cwd=ROOT,
        env=environment | {"PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = next(each for each in process.stdout if "网站咨询窗口" in each)
        found = re.search(r"http://\S+\d", line)
        assert found is not None
        service = Service(process, found[0])
        wait_until(service.answers)
        yield service
    finally:
        process.kill()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()
        log.close()


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.2)
