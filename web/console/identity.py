"""Signing in by the identity provider (统一身份认证) of an office, by OpenID Connect.

Authorization code with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636). What must be known again when the browser comes
back, the `Errand`, is kept by that browser alone; of the provider nothing is kept but its addresses, for an hour.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode, urlsplit

import httpx

from handlers import console_wording as words

if TYPE_CHECKING:
    from joserfc.jwk import KeySetSerialization

ERRAND_SECONDS = 600  # in which somebody proves at the provider who they are
_ADDRESSES_SECONDS = 3600
_TIMEOUT_SECONDS = 10  # for one answer as a whole, however slowly it trickles in
_MOST_BYTES = 1_000_000  # of one answer
_MOST_AT_ONCE = 6  # who wait for the provider; when it hangs, the threads of the window stay free for everybody else
_LONGEST_COOKIE = 4096
_LEEWAY_SECONDS = 60  # by which clocks may differ
_LONGEST_NAME = 200  # characters of a claim
_SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


class IdentityError(Exception):
    """Nobody was proven; `sentence` is for whoever reads the sign-in page, the message for the log."""

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(reason)
        self.sentence = sentence


@dataclass(frozen=True)
class Registration:
    """What an office and its provider agreed on. `claim` of the ID token names the person, `return_to` is the address
    registered with the provider.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str
    name: str
    return_to: str


@dataclass(frozen=True)
class Errand:
    """What one browser went to the provider with. `back` is the page it wants afterwards."""

    state: str
    nonce: str
    verifier: str
    back: str

    @classmethod
    def begin(cls, back: str) -> Errand:
        """A fresh one."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), back)

    def to_cookie(self) -> str:
        """As text for a cookie."""
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def from_cookie(cls, text: str) -> Errand | None:
        """What `to_cookie` wrote; ``None`` for anything else."""
        if len(text) > _LONGEST_COOKIE:
            return None
        try:
            value = json.loads(base64.urlsafe_b64decode(text.encode()))
            parts = {name: value[name] for name in ("state", "nonce", "verifier", "back")}
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return (
            cls(**parts) if all(isinstance(each, str) and each.isascii() and each for each in parts.values()) else None
        )


@dataclass
class IdentityProvider:
    """The provider of one office. Safe to share between threads."""

    registration: Registration
    transport: httpx.BaseTransport | None = None  # how it is reached, for tests
    _known: tuple[float, dict[str, Any]] = field(default=(float("-inf"), {}), init=False, repr=False)
    _places: threading.Semaphore = field(
        default_factory=lambda: threading.Semaphore(_MOST_AT_ONCE), init=False, repr=False
    )

    @property
    def name(self) -> str:
        """What it is called on the sign-in page."""
        return self.registration.name

    def address(self, errand: Errand) -> str:
        """Where the browser is sent to.

        Raises:
            IdentityError: The provider can't be reached, or says something else than agreed.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(errand.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.registration.client_id,
            "redirect_uri": self.registration.return_to,
            "scope": "openid profile",
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        place = self._addresses()["authorization_endpoint"]
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    def who(self, code: str, errand: Errand, now: float) -> str:
        """Who came back with this code: the agreed claim. `now` in seconds since 1970.

        Raises:
            IdentityError: Nobody was proven.
        """
        places = self._addresses()
        with self._reaching() as client:
            given = _said(client, "POST", places["token_endpoint"], **self._redeem(code, errand, places))
            keys = _said(client, "GET", places["jwks_uri"])
        claims = self._claims(given.get("id_token"), cast("KeySetSerialization", keys), errand, int(now))
        who = claims.get(self.registration.claim)
        if not isinstance(who, str) or not who.isprintable() or not 0 < len(who.strip()) <= _LONGEST_NAME:
            raise IdentityError(words.NOT_PROVEN, f"No claim {self.registration.claim} in the ID token.")
        return who.strip()

    def _addresses(self) -> dict[str, Any]:
        at, known = self._known
        if time.monotonic() - at < _ADDRESSES_SECONDS:
            return known
        issuer = self.registration.issuer
        with self._reaching() as client:
            told = _said(client, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != issuer:
            raise IdentityError(words.PROVIDER_AWAY, "The provider calls itself by another name than the settings.")
        places = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if wrong := [name for name in places if not is_safe_address(told.get(name))]:
            raise IdentityError(words.PROVIDER_AWAY, f"The provider gives no https address for {wrong[0]}.")
        self._known = (time.monotonic(), told)
        return told

    @contextmanager
    def _reaching(self) -> Iterator[httpx.Client]:
        """A client for the provider; whatever goes wrong on the way is one sentence. Nobody queues for it."""
        if not self._places.acquire(blocking=False):
            raise IdentityError(words.PROVIDER_AWAY, "Too many wait for the provider.")
        try:
            with httpx.Client(timeout=_TIMEOUT_SECONDS, transport=self.transport) as client:
                yield client
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise IdentityError(words.PROVIDER_AWAY, f"The provider can't be used: {type(error).__name__}.") from None
        finally:
            self._places.release()

    def _redeem(self, code: str, errand: Errand, places: Mapping[str, Any]) -> dict[str, Any]:
        """The form with which a code becomes tokens, and how we prove who we are (Core §9), basic where both do."""
        mine, secret = self.registration.client_id, self.registration.client_secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.registration.return_to,
            "code_verifier": errand.verifier,
        }
        ways = places.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if not secret:
            return {"data": form | {"client_id": mine}}
        if "client_secret_basic" in ways:
            return {"data": form, "auth": (quote(mine, safe=""), quote(secret, safe=""))}  # RFC 6749 §2.3.1
        return {"data": form | {"client_id": mine, "client_secret": secret}}

    def _claims(self, token: object, keys: KeySetSerialization, errand: Errand, now: int) -> dict[str, Any]:
        """The claims of an ID token meant for us, for this errand, and still valid (Core §3.1.3.7)."""
        from joserfc import jwt  # loaded by offices that have a provider: 12 MB
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        must = jwt.JWTClaimsRegistry(
            now,
            _LEEWAY_SECONDS,
            iss={"essential": True, "value": self.registration.issuer},
            aud={"essential": True, "value": self.registration.client_id},
            nonce={"essential": True, "value": errand.nonce},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            claims = dict(jwt.decode(str(token), KeySet.import_key_set(keys), algorithms=_SIGNED_BY).claims)
            must.validate(claims)
        except (JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise IdentityError(words.NOT_PROVEN, f"ID token refused: {type(error).__name__}.") from None
        if claims.get("azp", self.registration.client_id) != self.registration.client_id:
            raise IdentityError(words.NOT_PROVEN, "The ID token was made for somebody else.")
        return claims


def is_safe_address(address: object) -> bool:
    """Whether what is sent there stays between the two: https, or this machine itself."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _said(client: httpx.Client, method: str, place: str, **form: Any) -> dict[str, Any]:  # noqa: ANN401  of httpx
    """What the provider answered.

    Raises:
        httpx.HTTPError: It refused, or took too long.
        ValueError: It is no answer.
    """
    until = time.monotonic() + _TIMEOUT_SECONDS
    with client.stream(method, place, **form) as answer:
        answer.raise_for_status()  # a redirection is refused as well: what is sent stays with the provider
        read = bytearray()
        for piece in answer.iter_bytes():
            read += piece
            if len(read) > _MOST_BYTES:
                raise ValueError
            if time.monotonic() > until:
                raise httpx.ReadTimeout(place)
    said = json.loads(read)
    if not isinstance(said, dict):
        raise ValueError  # noqa: TRY004  of what was sent, not of what was passed
    return said
