"""Sends what other programs are told: signed, to addresses that may be called, each try ending in a state.

A webhook's address is somebody's input: it must not lead into our own network (SSRF). The name is looked up once and
that very address is called, so that a second answer of the name server changes nothing; nothing is followed elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from consultations import webhooks
from consultations.webhooks import WebhookDelivery
from handlers import tell_programs
from handlers.desk import Desk

log = structlog.get_logger(__name__)

SIGNATURE, EVENT_ID = "Zhixun-Signature", "Zhixun-Event-Id"
TRY_SECONDS = 10.0
TICK_SECONDS = 20.0  # of every tick; the rest waits for the next
NO_ADDRESS = "地址应当是 https://主机/路径，不带用户名"
INSIDE = "地址在内部网络里：确实要用时写进 [api] webhook_networks"
NOT_ENCRYPTED = "公网地址应当以 https:// 开头"
GONE = 410  # the program wants to hear nothing more of this
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_CARRYING = [ipaddress.IPv6Network(each) for each in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48")]  # in the last 32 bits


class ForbiddenAddressError(Exception):
    """The address may not be called."""


class _UndeliveredError(Exception):
    """It did not arrive; `is_final` when trying again is pointless."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


@dataclass(frozen=True)
class Sender:
    """Sends what is due. Networks in `allowed` may be called although they are private, also without https."""

    desk: Desk
    allowed: Sequence[str] = ()
    clock: Callable[[], float] = time.monotonic

    def run(self) -> int:
        """How many deliveries were planned or tried."""
        n_moved = tell_programs.plan(self.desk)
        with self.desk.reading() as session:
            waiting = webhooks.due(session, self.desk.now())
        until, failing = self.clock() + TICK_SECONDS, set[int]()
        for delivery_id in waiting:
            if self.clock() >= until:
                break
            n_moved += self._send(delivery_id, failing)
        return n_moved

    def _send(self, delivery_id: int, failing: set[int]) -> bool:
        """Whether it was tried: one that does not answer is not called again and again in one tick."""
        now = self.desk.now()
        with self.desk.writing() as session:
            taken = webhooks.take(session, delivery_id, now)
            if taken is None:
                return False
            delivery, webhook = taken
            if webhook.key in failing:
                delivery.state, delivery.attempts, delivery.due_at = "waiting", delivery.attempts - 1, now
                return False
            session.flush()
            session.expunge_all()  # they are used while no session is open
        try:
            post(webhook.url, *signed(webhook.secret, delivery, now), self.allowed)
        except _UndeliveredError as error:
            failing.add(webhook.key)
            log.warning("webhook.failed", webhook=webhook.key, delivery=delivery_id, reason=str(error))
            with self.desk.writing() as session:
                webhooks.mark_failed(session, delivery, str(error), self.desk.now(), is_final=error.is_final)
            return True
        with self.desk.writing() as session:
            webhooks.mark_sent(session, delivery_id, self.desk.now())
        return True


def signed(secret: str, delivery: WebhookDelivery, now: datetime) -> tuple[bytes, dict[str, str]]:
    """What is sent, and its headers: HMAC-SHA256 over the second of sending, a full stop and the body."""
    told = {"id": delivery.key, "event": delivery.event, "at": delivery.created_at.isoformat(), **delivery.facts}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    at = str(int(now.timestamp()))
    proof = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", EVENT_ID: str(delivery.key), SIGNATURE: f"t={at},v1={proof}"}
    return body, headers


def post(url: str, body: bytes, headers: dict[str, str], allowed: Sequence[str]) -> None:
    """Send it; anything but 2xx is a failure.

    Raises:
        _UndeliveredError: It did not arrive, or was not taken.
    """
    try:
        address = checked(url, allowed)
        status = _call(url, address, body, headers)
    except ForbiddenAddressError as error:
        raise _UndeliveredError(str(error)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _UndeliveredError(type(error).__name__) from error
    if not 200 <= status < 300:
        said = f"HTTP {status}"
        raise _UndeliveredError(said, is_final=status == GONE)


def checked(url: str, allowed: Sequence[str]) -> Address:
    """Where an address is, when it may be called.

    Raises:
        ForbiddenAddressError: No plain https address, or one inside a network that is not ours to call.
        OSError: Its name is not known.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise ForbiddenAddressError(NO_ADDRESS)
    found = {
        ipaddress.ip_address(each[4][0])
        for each in socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    }
    networks = [ipaddress.ip_network(each) for each in allowed]
    for address in found:
        plain = _meant(address)
        is_ours = any(one.version == each.version and one in each for one in (address, plain) for each in networks)
        if not is_ours and (not plain.is_global or plain.is_multicast):
            raise ForbiddenAddressError(INSIDE)
        if not is_ours and parts.scheme != "https":
            raise ForbiddenAddressError(NOT_ENCRYPTED)
    return min(found, key=str)


def _meant(address: Address) -> Address:
    """The IPv4 address an IPv6 one stands for: mapped or compatible (RFC 4291), 6to4 (RFC 3056), NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in each for each in _CARRYING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _call(url: str, address: Address, body: bytes, headers: dict[str, str]) -> int:
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, address)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        return connection.getresponse().status  # what it says beside its status is not read
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, address: Address) -> http.client.HTTPConnection:
    """A connection to that very address, under the name of its host."""
    number = port or (443 if scheme == "https" else 80)
    connection = http.client.HTTPConnection(host, number, timeout=TRY_SECONDS)
    wire: socket.socket = socket.create_connection((str(address), number), timeout=TRY_SECONDS)
    if scheme == "https":
        wire = ssl.create_default_context().wrap_socket(wire, server_hostname=host)
    connection.sock = wire
    return connection
