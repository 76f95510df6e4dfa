"""Sends what other programs are told: signed, to addresses that may be called, each try ending in a state.

A webhook's address is somebody's input and is checked as `bot.addresses` does; nothing is followed elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.addresses import INSIDE, Address, ForbiddenAddressError, checked, connect, target_of
from consultations import webhooks
from consultations.webhooks import WebhookDelivery
from handlers import tell_programs
from handlers.desk import Desk

log = structlog.get_logger(__name__)

SIGNATURE, EVENT_ID = "Zhixun-Signature", "Zhixun-Event-Id"
TRY_SECONDS = 10.0
TICK_SECONDS = 20.0  # of every tick; the rest waits for the next
GONE = 410  # the program wants to hear nothing more of this


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
        raise _UndeliveredError(forbidden(error)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _UndeliveredError(type(error).__name__) from error
    if not 200 <= status < 300:
        said = f"HTTP {status}"
        raise _UndeliveredError(said, is_final=status == GONE)


def forbidden(error: ForbiddenAddressError) -> str:
    """Why an address may not be called, and what helps."""
    return f"{error}：确实要用时写进 [api] webhook_networks" if str(error) == INSIDE else str(error)


def _call(url: str, address: Address, body: bytes, headers: dict[str, str]) -> int:
    connection = connect(url, address, TRY_SECONDS)
    try:
        connection.request("POST", target_of(url), body, headers)
        return connection.getresponse().status  # what it says beside its status is not read
    finally:
        connection.close()
