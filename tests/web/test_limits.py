"""Floods from one address are refused and cost others nothing; bodies are bounded; numbers stay on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import Site
from web import limits
from web.limits import Buckets, Limited, Limits, client_of, is_local, key_of

ONE, OTHER = "203.0.113.7", "198.51.100.9"


@dataclass
class Seconds:
    """A clock the test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Asked:
    """What came of one request."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def hello(_scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def blunt(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
    """An application that makes a 400 of whatever goes wrong while it reads."""
    try:
        await hello(scope, receive, send)
    except Exception:  # noqa: BLE001
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"bad"})


def ask(
    app: Limited,
    peer: str = ONE,
    headers: dict[str, str] | None = None,
    body: tuple[bytes, ...] = (b"",),
    path: str = "/",
) -> Asked:
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "path": path, "method": "POST", "client": (peer, 1), "headers": raw}
    parts = [{"type": "http.request", "body": part, "more_body": n < len(body)} for n, part in enumerate(body, start=1)]
    got = Asked()

    async def receive() -> Any:  # noqa: ANN401
        return parts.pop(0)

    async def send(message: Any) -> None:  # noqa: ANN401
        if message["type"] == "http.response.start":
            got.status = message["status"]
            got.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            got.body += message["body"]

    asyncio.run(app(scope, receive, send))
    return got


def test_a_flood_is_refused_with_when_to_come_again_and_logged_once() -> None:
    clock = Seconds()
    app = Limited(hello, Limits(requests_per_minute=60), clock)
    with structlog.testing.capture_logs() as lines:
        asked = [ask(app).status for _ in range(200)]
        assert asked.count(200) == 60
        refused = ask(app)
        assert (refused.status, refused.headers["retry-after"]) == (429, "1")
        assert "秒后再试" in refused.body.decode()
        assert ask(app, OTHER).status == 200
        clock.now += 3
        assert [ask(app).status for _ in range(4)] == [200, 200, 200, 429]
    assert [(line["event"], line["network"]) for line in lines] == [("web.too_many_requests", "203.0.113.0/24")]
    clock.now += 600
    with structlog.testing.capture_logs() as lines:
        assert [ask(app).status for _ in range(61)].count(429) == 1
    assert len(lines) == 1


def test_what_needs_a_secret_of_its_own_is_not_counted() -> None:
    app = Limited(hello, Limits(requests_per_minute=60, free=("/hook",)))
    assert {ask(app, path="/hook").status for _ in range(200)} == {200}


@pytest.mark.parametrize("inner", [hello, blunt])
def test_a_body_that_is_too_large_is_refused_announced_or_not(inner: Any) -> None:  # noqa: ANN401
    app = Limited(inner, Limits(body_bytes=100))
    assert ask(app, body=(b"x" * 100,)).status == 200
    assert ask(app, headers={"Content-Length": "101"}).status == 413
    chunked = ask(app, body=(b"x" * 60, b"x" * 60, b"x" * 60))
    assert chunked.status == 413
    assert "分几次" in chunked.body.decode()
    assert ask(app, headers={"Content-Length": "-5"}, body=(b"x" * 200,)).status == 413


def test_only_what_a_trusted_proxy_added_tells_who_asks() -> None:
    def client(peer: str, *forwarded: str) -> str:
        headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
        return client_of({"client": (peer, 1), "headers": headers}, ("127.0.0.1",))

    assert client("127.0.0.1", f"1.2.3.4, {ONE}") == ONE  # what stood there before was forged
    assert client("127.0.0.1", "1.2.3.4", ONE) == ONE
    assert client("127.0.0.1", f"{ONE}, 127.0.0.1") == ONE
    assert client(OTHER, ONE) == OTHER
    assert client("127.0.0.1") == "127.0.0.1"
    assert client("127.0.0.1", " , ") == "127.0.0.1"


def test_one_household_is_one_address() -> None:
    assert key_of("2001:db8:1:2::1") == key_of("2001:db8:1:2:ffff::9") != key_of("2001:db8:1:3::1")
    assert key_of("no address at all" * 10) == ("no address at all" * 10)[:64]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5)), max_size=200))
def test_nobody_gets_more_than_a_minute_holds(asked: list[tuple[str, float]]) -> None:
    """However requests come: as many as the bucket holds, and what filled up since."""
    clock = Seconds(0.0)
    buckets = Buckets(30, clock)
    passed: dict[str, int] = {}
    for key, pause in asked:
        clock.now += pause
        passed[key] = passed.get(key, 0) + (buckets.wait_seconds(key) == 0)
        assert passed[key] <= 30 + clock.now / 2 + 1


def test_many_addresses_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KNOWN", 50)
    buckets = Buckets(30)
    for n in range(500):
        buckets.wait_seconds(str(n))
    assert len(buckets._left) == 50  # noqa: SLF001


def test_numbers_are_for_this_machine() -> None:
    scope = {"client": ("127.0.0.1", 1), "headers": []}
    assert is_local(scope)
    assert not is_local({**scope, "headers": [(b"x-forwarded-for", b"127.0.0.1")]})
    assert not is_local({**scope, "client": (ONE, 1)})


@contextlib.contextmanager
def connected(site: Site) -> Iterator[socket.socket]:
    host, port = site.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        yield wire


def status_of(site: Site, request: bytes) -> str:
    with connected(site) as wire:
        wire.sendall(request)
        return wire.recv(200).decode("latin-1").split("\r\n")[0]


def test_the_real_application_stands_behind_its_limits(site: Site) -> None:
    head = b"POST /api/messages HTTP/1.1\r\nHost: x\r\nX-Visitor: " + b"a" * 43
    assert "413" in status_of(site, head + b"\r\nContent-Length: 99999999\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    assert "413" in status_of(site, head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 20)
    assert "200" in status_of(site, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    with connected(site) as wire:
        wire.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        told = b"".join(iter(lambda: wire.recv(65536), b"")).decode()
    assert 'zhixun_http_requests_total{method="GET",route="/healthz",status="200"}' in told
    assert 'status="413"' in told
    assert "404" in status_of(site, b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n")
