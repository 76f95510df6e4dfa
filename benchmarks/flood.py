"""10,000 requests a minute from one address: what another one notices.

python -m benchmarks.flood [seconds]
"""

from __future__ import annotations

import http.client
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.service import table
from tests.bot.processes import running

A_MINUTE, CONNECTIONS = 10_000, 16
FLOODER, OTHER = "127.0.0.3", "127.0.0.2"  # Linux: all of 127.0.0.0/8 is this machine
PAGE, PAUSE_SECONDS = "/laws", 0.15  # 400 a minute, below what one address may


def main() -> int:
    """Measure before and during, print, and fail when the flood passed or anybody else was refused."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "instance", "") as service:
        where = urlsplit(service.address).netloc
        before = look(where, seconds / 2)
        stop, answered = threading.Event(), Counter[int]()
        floods = [threading.Thread(target=pour, args=(where, stop, answered)) for _ in range(CONNECTIONS)]
        for each in floods:
            each.start()
        started = time.monotonic()
        during = look(where, seconds)
        stop.set()
        for each in floods:
            each.join()
        sent = sum(answered.values()) / (time.monotonic() - started) * 60
    table(
        f"one address asks {A_MINUTE} times a minute, {seconds:.0f} s",
        {
            "sent a minute": round(sent),
            "answered": dict(answered),
            "another address, before: p50 / p95": told(before),
            "another address, during: p50 / p95": told(during),
            "of these refused": sum(1 for status, _ in during if status != 200),
        },
    )
    return 0 if all(status == 200 for status, _ in during) and answered[429] else 1


def look(where: str, seconds: float) -> list[tuple[int, float]]:
    """Somebody else reads a page again and again: status and milliseconds of each."""
    seen, until = [], time.monotonic() + seconds
    connection = http.client.HTTPConnection(where, source_address=(OTHER, 0))
    while time.monotonic() < until:
        started = time.perf_counter()
        status = ask(connection)
        seen.append((status, (time.perf_counter() - started) * 1000))
        time.sleep(PAUSE_SECONDS)
    return seen


def pour(where: str, stop: threading.Event, answered: Counter[int]) -> None:
    """One connection's share of them, evenly."""
    connection = http.client.HTTPConnection(where, source_address=(FLOODER, 0))
    following = time.monotonic()
    while not stop.is_set():
        answered[ask(connection)] += 1
        following += 60 / A_MINUTE * CONNECTIONS
        time.sleep(max(0.0, following - time.monotonic()))


def ask(connection: http.client.HTTPConnection) -> int:
    """The status of one request."""
    connection.request("GET", PAGE)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def told(seen: list[tuple[int, float]]) -> str:
    """Median and 95th percentile."""
    times = [milliseconds for _, milliseconds in seen]
    return f"{statistics.median(times):.1f} / {statistics.quantiles(times, n=20)[-1]:.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
