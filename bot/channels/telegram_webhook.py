"""The webhook: Telegram brings an update, we commit it, then say so. A plain ASGI endpoint."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Route

log = structlog.get_logger(__name__)

BODY_LIMIT = 1024 * 1024
SECRET_HEADER = b"x-telegram-bot-api-secret-token"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Webhook:
    """Secret first, then at most 1 MB, then the commit, then 200.

    Answers 403 for a missing or wrong secret (before a byte of the body is read), 413, 400 for what is no JSON object,
    503 when the database does not take it: Telegram then brings it again.
    """

    def __init__(self, secret: str, keep: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._secret = secret.encode()
        self._keep = keep

    def route(self, path: str) -> Route:
        """The endpoint at exactly this path; a mounted application would answer with a redirect first."""
        return Route(path, self, methods=["POST"])

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        status = await self._take(scope, receive)
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _take(self, scope: Message, receive: Receive) -> int:
        if scope.get("method") != "POST":
            return 405
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        if not self._secret or not hmac.compare_digest(headers.get(SECRET_HEADER, b""), self._secret):
            return 403
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            return 413
        body = await _read_body(receive)
        return 413 if body is None else await self._accept(body)

    async def _accept(self, body: bytes) -> int:
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return 400
        if not isinstance(update, dict):
            return 400
        try:
            await self._keep(update)
        except SQLAlchemyError as error:
            log.warning("telegram.webhook_not_stored", error=type(error).__name__)
            return 503
        return 200


async def _read_body(receive: Receive) -> bytes | None:
    """The request's body; ``None`` as soon as it is over the limit."""
    body = bytearray()
    while True:
        event = await receive()
        body += event.get("body", b"")
        if len(body) > BODY_LIMIT:
            return None
        if not event.get("more_body", False):
            return bytes(body)
