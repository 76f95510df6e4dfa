"""How much one address may ask of us (限流): requests a minute and bytes a request, before anything else looks at them.

Each address has a bucket that fills evenly. What is too much gets 429 and when to come again; a flood costs one line of
log and hardly any work, so others notice nothing of it.
"""

from __future__ import annotations

import ipaddress
import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

MOST_KNOWN = 20_000  # addresses remembered at once; some 4 MB
QUIET_SECONDS = 60.0  # a flood that pauses so long is logged anew when it goes on
PROBLEM = "application/problem+json"
TOO_LARGE = "内容太长了，请分几次发送。"
NO_NETWORK = "未知"


def too_many(seconds: int) -> str:
    """What somebody reads who asked too often."""
    return f"请求太频繁了，请 {seconds} 秒后再试。"


@dataclass(frozen=True)
class Limits:
    """`trusted` are addresses of reverse proxies: only what they forward tells where a request really comes from.
    Paths in `free` are not counted: who may use them is checked otherwise. `larger` are paths that take larger bodies
    than all others, with how many bytes.
    """

    requests_per_minute: int = 600
    body_bytes: int = 1024 * 1024  # 100,000 characters escaped as JSON are 600 kB
    trusted: Collection[str] = ("127.0.0.1", "::1")
    free: Collection[str] = ()
    larger: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Buckets:
    """One bucket a key, of `per_minute` requests, filling evenly; the longest unused are forgotten first."""

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait_seconds(self, key: str) -> int:
        """0 and one request less in the bucket; or how many whole seconds to wait for the next."""
        now, a_second = self.clock(), self.per_minute / 60
        left, at = self._left.pop(key, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - at) * a_second)
        is_fine = left >= 1
        self._left[key] = (left - 1 if is_fine else left, now)
        if len(self._left) > MOST_KNOWN:
            self._left.popitem(last=False)
        return 0 if is_fine else max(1, math.ceil((1 - left) / a_second))


@dataclass
class Limited:
    """The application behind its limits."""

    app: ASGIApp
    limits: Limits
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Begin with full buckets."""
        self._buckets = Buckets(self.limits.requests_per_minute, self.clock)
        self._flooding: OrderedDict[str, float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in self.limits.free:
            await self.app(scope, receive, send)
            return
        key = key_of(client_of(scope, self.limits.trusted))
        if seconds := self._buckets.wait_seconds(key):
            self._note_flood(key)
            await refuse(send, 429, too_many(seconds), {"Retry-After": str(seconds)})
            return
        most = self.limits.larger.get(scope["path"], self.limits.body_bytes)
        if _announced(scope) > most:
            await refuse(send, 413, TOO_LARGE, {"Connection": "close"})
            return
        await _Bounded(receive, send, most).run(self.app, scope)

    def _note_flood(self, key: str) -> None:
        """One line for each flood; of the address only its network, which is nobody's name."""
        now = self.clock()
        last = self._flooding.pop(key, -math.inf)
        self._flooding[key] = now
        if len(self._flooding) > MOST_KNOWN:
            self._flooding.popitem(last=False)
        if now - last >= QUIET_SECONDS:
            log.warning("web.too_many_requests", network=_network(key))


@dataclass
class _Bounded:
    """One request whose body is counted as it comes; what grows too large is refused unless an answer has begun."""

    receive: Receive
    send: Send
    most: int
    size: int = 0
    has_begun: bool = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await app(scope, self._receive, self._send)
        except Exception:  # the application's way of saying that its reading broke off
            if not self._is_over:
                raise
        if self._is_over:
            await self._refuse()

    @property
    def _is_over(self) -> bool:
        return self.size > self.most

    async def _receive(self) -> Message:
        message = await self.receive()
        self.size += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self._is_over else message

    async def _send(self, message: Message) -> None:
        if self._is_over and not self.has_begun:
            return  # whatever the application made of a body that broke off
        self.has_begun = True
        await self.send(message)

    async def _refuse(self) -> None:
        if not self.has_begun:
            self.has_begun = True
            await refuse(self.send, 413, TOO_LARGE, {"Connection": "close"})


def client_of(scope: MutableMapping[str, Any], trusted: Collection[str]) -> str:
    """The address a request comes from: the peer's, or the last one a trusted proxy did not know itself.

    Anybody can write an ``X-Forwarded-For``: only what trusted proxies added to its end counts.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    if peer not in trusted:
        return str(peer)
    said = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
    ways = [each.strip() for each in said.split(",") if each.strip()]
    return next((each for each in reversed(ways) if each not in trusted), str(peer))


def is_local(scope: MutableMapping[str, Any]) -> bool:
    """Whether somebody on this machine asks, without any proxy in between that says so."""
    forwarded = {b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via"}
    peer = scope["client"][0] if scope.get("client") else ""
    return peer in ("127.0.0.1", "::1") and not any(name in forwarded for name, _value in scope["headers"])


def key_of(address: str) -> str:
    """What an address is counted by: itself, of IPv6 its /64, which one household has."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network(f"{known}/64", strict=False)) if known.version == 6 else str(known)


async def refuse(send: Send, status: int, detail: str, headers: dict[str, str]) -> None:
    """Answer with a problem (RFC 9457) and end."""
    body = json.dumps({"type": "about:blank", "status": status, "detail": detail}, ensure_ascii=False).encode()
    told = {"Content-Type": PROBLEM, "X-Content-Type-Options": "nosniff", "Content-Length": str(len(body)), **headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _announced(scope: Scope) -> int:
    """The size a request says it has; 0 when it does not say."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(said) if said.isdigit() else 0


def _network(key: str) -> str:
    try:
        known = ipaddress.ip_network(key, strict=False)
    except ValueError:
        return NO_NETWORK
    return str(known.supernet(new_prefix=24 if known.version == 4 else 48))
