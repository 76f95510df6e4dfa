"""Who is at the window: a secret kept by the browser, a name derived from it for the database.

The browser keeps a random token in its own storage and sends it with each request, never in an address line.
The database only knows the token's hash, so a copy of the database opens nobody's window.
"""

from __future__ import annotations

import hashlib
import re
import secrets

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """A fresh secret: 256 random bits, 43 characters."""
    return secrets.token_urlsafe(32)


def chat_id_of(token: str) -> str | None:
    """The visitor's name in the database, or ``None`` when this can't be a token of ours."""
    if not TOKEN.fullmatch(token):
        return None
    return hashlib.sha256(token.encode()).hexdigest()[:32]
