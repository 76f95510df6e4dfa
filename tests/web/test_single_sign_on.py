"""Signing in by the identity provider: whom it proves is let in when the duty book knows them, and nobody else."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from consultations import audit
from handlers import console_wording as words
from tests.conftest import Begin
from tests.web.console_client import BOOK, Browser, Instance, open_instance
from web.console.identity import Errand, IdentityError, IdentityProvider, Registration, is_safe_address
from web.console.single_sign_on import COOKIE, PATH, RETURN

ISSUER, CLIENT, SECRET = "https://login.example.com", "zhixun", "示例 secret:1"
KEY, OTHER = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})


@dataclass
class Provider:
    """An identity provider of one person; a test changes what it says."""

    instance: Instance
    who: dict[str, Any] = field(default_factory=lambda: {"sub": "u-7"})
    key: RSAKey | OctKey = field(default_factory=lambda: KEY)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "1"})
    document: dict[str, Any] = field(default_factory=dict)
    ways: list[str] = field(default_factory=list)
    is_away: bool = False
    asked: dict[str, str] = field(default_factory=dict)
    redeemed: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError(request.url.path)
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json=self._document())
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        return self._redeem(request)

    def _document(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        said = {"issuer": ISSUER} | {name: ISSUER + path for name, path in places.items()}
        return said | ({"token_endpoint_auth_methods_supported": self.ways} if self.ways else {}) | self.document

    def _redeem(self, request: httpx.Request) -> httpx.Response:
        self.redeemed.append(request)
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if form["code"] != "good" or challenge.decode() != self.asked["code_challenge"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        now = int(self.instance.clock.now().timestamp())
        claims = {"iss": ISSUER, "aud": CLIENT, "nonce": self.asked["nonce"], "iat": now, "exp": now + 300}
        return httpx.Response(
            200, json={"id_token": jwt.encode(self.header, claims | self.who | self.claims, self.key)}
        )


@pytest.fixture(scope="module")
def shared(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    book = BOOK + '\n[[staff]]\nid = "sso"\nname = "示例丙"\naccounts = ["oidc:u-7"]\nroles = ["adviser"]\n'
    instance = open_instance(begin(tmp_path_factory.mktemp("instance")), book)
    yield instance
    instance.office.close()


@pytest.fixture
def provider(shared: Instance) -> Provider:
    made = Provider(shared)
    agreed = Registration(ISSUER, CLIENT, SECRET, "sub", "市统一身份认证", f"https://www.example.com{RETURN}")
    shared.console.identity = IdentityProvider(agreed, transport=httpx.MockTransport(made))
    return made


def go(provider: Provider, browser: Browser, back: str = "/console") -> httpx.Response:
    """To the provider; what it was asked is with it."""
    response: httpx.Response = browser.fetch("GET", PATH, params={"back": back}, follow_redirects=False)
    if response.status_code == 303:
        there = urlsplit(response.headers["location"])
        provider.asked = {name: values[0] for name, values in parse_qs(there.query).items()}
    return response


def come(provider: Provider, browser: Browser, **said: str) -> httpx.Response:
    """Back from it."""
    told = {"code": "good", "state": provider.asked.get("state", "")} | said
    response: httpx.Response = browser.fetch("GET", RETURN, params=told, follow_redirects=False)
    return response


def test_whom_it_proves_is_signed_in_and_goes_on_where_they_wanted(provider: Provider, shared: Instance) -> None:
    browser = Browser(shared.app)
    assert "用市统一身份认证登录" in browser.fetch("GET", "/console/sign-in").text
    left = go(provider, browser, back="/console/archive")
    assert left.headers["location"].startswith(f"{ISSUER}/authorize?")
    assert provider.asked["redirect_uri"] == f"https://www.example.com{RETURN}"
    assert provider.asked["scope"] == "openid profile"
    came = come(provider, browser)
    assert (came.status_code, came.headers["location"]) == (303, "/console/archive")
    assert "示例丙" in browser.fetch("GET", "/console").text
    assert provider.redeemed[0].headers["authorization"].startswith("Basic ")
    assert come(provider, browser).status_code == 403  # the errand is done


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(provider: Provider, shared: Instance) -> None:
    provider.ways = ["client_secret_post"]
    browser = Browser(shared.app)
    go(provider, browser)
    assert come(provider, browser).status_code == 303
    form = parse_qs(provider.redeemed[0].content.decode())
    assert (form["client_id"], form["client_secret"]) == ([CLIENT], [SECRET])


def test_whom_the_duty_book_does_not_know_stays_outside_and_reads_what_is_missing(
    provider: Provider, shared: Instance
) -> None:
    provider.who = {"sub": "u-8"}
    browser = Browser(shared.app)
    go(provider, browser)
    came = come(provider, browser)
    assert came.status_code == 403
    assert words.not_listed("oidc:u-8") in came.text
    assert browser.fetch("GET", "/console", follow_redirects=False).status_code == 303
    with shared.office.reading() as session:
        assert audit.newest(session, 1)[0].verb == "not_signed_in"


@pytest.mark.parametrize(
    "change",
    [
        {"key": OTHER},
        {"key": OctKey.import_key("a shared secret of thirty-two signs"), "header": {"alg": "HS256"}},
        {"claims": {"iss": "https://evil.example.com"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
        {"claims": {"nonce": "of another errand"}},
        {"claims": {"exp": 1}},
        {"who": {}},
        {"who": {"sub": 7}},
        {"who": {"sub": " "}},
        {"who": {"sub": "u" * 300}},
    ],
)
def test_a_token_that_proves_nothing_opens_nothing(
    provider: Provider, shared: Instance, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(provider, name, value)
    browser = Browser(shared.app)
    go(provider, browser)
    came = come(provider, browser)
    assert came.status_code == 403
    assert words.NOT_PROVEN in came.text
    assert browser.fetch("GET", "/console", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("said", [{"state": "another"}, {"state": ""}])
def test_another_browsers_return_is_refused_before_the_provider_is_asked(
    provider: Provider, shared: Instance, said: dict[str, str]
) -> None:
    browser = Browser(shared.app)
    go(provider, browser)
    came = come(provider, browser, **said)
    assert came.status_code == 403
    assert words.STALE_ERRAND in came.text
    assert provider.redeemed == []
    assert come(provider, Browser(shared.app)).status_code == 403  # somebody who never left


def test_a_cookie_that_is_none_of_ours_is_refused(provider: Provider, shared: Instance) -> None:
    browser = Browser(shared.app)
    for text in ("", "x", base64.urlsafe_b64encode(json.dumps({"state": ""}).encode()).decode()):
        browser.cookies.set(COOKIE, text, domain="console.example", path=PATH)
        assert browser.fetch("GET", RETURN, params={"code": "good", "state": ""}).status_code == 403
    assert Errand.from_cookie(base64.urlsafe_b64encode(b"[]").decode()) is None


def test_what_went_wrong_there_is_told_here(provider: Provider, shared: Instance) -> None:
    browser = Browser(shared.app)
    go(provider, browser)
    assert words.NOT_PROVEN in come(provider, browser, error="access_denied", code="").text
    go(provider, browser)
    assert words.PROVIDER_AWAY in come(provider, browser, code="bad").text
    provider.document, provider.is_away = {}, True
    go(provider, browser)
    away = come(provider, browser)
    assert (away.status_code, words.PROVIDER_AWAY in away.text) == (502, True)


@pytest.mark.parametrize(
    "document",
    [{"issuer": "https://evil.example.com"}, {"token_endpoint": "http://login.example.com/token"}, {"jwks_uri": 7}],
)
def test_a_provider_that_says_something_else_than_agreed_gets_nobody(
    provider: Provider, shared: Instance, document: dict[str, Any]
) -> None:
    provider.document = document
    left = go(provider, Browser(shared.app))
    assert left.status_code == 502
    assert words.PROVIDER_AWAY in left.text


def test_without_a_provider_there_is_no_such_door(shared: Instance) -> None:
    shared.console.identity = None
    browser = Browser(shared.app)
    assert PATH not in browser.fetch("GET", "/console/sign-in").text
    for path in (PATH, RETURN):
        assert browser.fetch("GET", path).status_code == 404


def test_nobody_is_sent_away_from_here_by_the_page_wanted(provider: Provider, shared: Instance) -> None:
    browser = Browser(shared.app)
    go(provider, browser, back="https://evil.example.com/")
    assert come(provider, browser).headers["location"] == "/console"


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://login.example.com/a", True),
        ("http://127.0.0.1:9/a", True),
        ("http://localhost/a", True),
        ("http://10.0.0.1/a", False),
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("http://[", False),
        (None, False),
    ],
)
def test_what_is_sent_stays_between_the_two(address: object, is_safe: bool) -> None:
    assert is_safe_address(address) is is_safe


def test_a_cookie_of_somebody_elses_making_leads_nowhere_else(provider: Provider, shared: Instance) -> None:
    browser = Browser(shared.app)
    go(provider, browser)
    errand = Errand.from_cookie(browser.cookies[COOKIE])
    assert errand is not None
    forged = replace(errand, back="https://evil.example.com/").to_cookie()
    browser.cookies.clear()
    browser.cookies.set(COOKIE, forged, domain="console.example", path=PATH)
    assert come(provider, browser).headers["location"] == "/console"


@pytest.mark.parametrize(
    "text", [json.dumps(dict.fromkeys(("state", "nonce", "verifier", "back"), "\ud800")), "[" * 2500, "[" * 40_000]
)
def test_a_cookie_nobody_can_read_is_no_errand(text: str) -> None:
    assert Errand.from_cookie(base64.urlsafe_b64encode(text.encode()).decode()) is None


@pytest.mark.parametrize("body", [b'{"id_token": "' + b"x" * 2_000_000 + b'"}', b"[" * 500_000])
def test_an_answer_without_end_is_not_read(provider: Provider, shared: Instance, body: bytes) -> None:
    browser = Browser(shared.app)
    go(provider, browser)
    assert shared.console.identity is not None
    shared.console.identity.transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    came = come(provider, browser)
    assert (came.status_code, words.PROVIDER_AWAY in came.text) == (502, True)


def test_an_answer_that_trickles_in_is_given_up(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 4))
    monkeypatch.setattr("web.console.identity.time.monotonic", lambda: next(clock))
    identity = IdentityProvider(
        Registration(ISSUER, CLIENT, SECRET, "sub", "", ""),
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=iter([b"{"] + [b" "] * 100 + [b"}"]))),
    )
    with pytest.raises(IdentityError, match="ReadTimeout"):
        identity.address(Errand.begin("/console"))
    assert next(clock) < 40
    assert provider.redeemed == []


def test_a_provider_that_hangs_keeps_few_waiting_and_tells_everybody_else_at_once() -> None:
    hangs, is_over = threading.Semaphore(0), threading.Event()

    def hang(_: httpx.Request) -> httpx.Response:
        hangs.release()
        is_over.wait(20)
        return httpx.Response(503)

    identity = IdentityProvider(
        Registration(ISSUER, CLIENT, SECRET, "sub", "", ""), transport=httpx.MockTransport(hang)
    )

    def reason() -> str:
        with pytest.raises(IdentityError) as refused:
            identity.address(Errand.begin("/console"))
        return str(refused.value)

    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(reason) for _ in range(6)]
        assert all(hangs.acquire(timeout=20) for _ in waiting)
        assert reason() == "Too many wait for the provider."
        is_over.set()
        assert {each.result(20) for each in waiting} == {"The provider can't be used: HTTPStatusError."}
    assert reason() == "The provider can't be used: HTTPStatusError."  # places are free again
