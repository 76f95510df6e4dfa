"""The console over a real instance with a clock of ours, and browsers of its staff, at the level of HTTP."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pyotp
from fastapi import FastAPI
from httpx import Response

from bot.application import Office, open_office
from bot.settings import Settings
from bot.settings_file import SettingsFile
from consultations.messages import Address, Inbound
from consultations.service_list import Listed, ServiceList
from handlers.stored_files import StoredFiles
from handlers.turn import take_turn
from tests.conftest import Clock
from web import uploads
from web.app import WindowPage, make_app
from web.console.app import add_console
from web.console.console import Console
from web.console.links import set_up_link
from web.console.visits import COOKIE
from web.limits import Limits
from web.window import Window

PASSWORD = "一句只有我知道的话而已"
# Chance draws no reply for a second check (二次复核) where that is not the point.
EVERYDAY = '[[risk]]\nid = "other"\nname = "其他"\nshare = 0\n'
NAMES = {
    "adviser": "咨询",
    "reviewer": "审核",
    "expert": "专家",
    "outlet_admin": "网点",
    "city_admin": "市级",
    "auditor": "审计",
}
OUTLETS = """
[[outlet]]
id = "here"
name = "本部"
[[outlet]]
id = "north"
name = "北站"
"""
MEMBER = """
[[staff]]
id = "{role}"
name = "示例{name}"
outlet = "here"
roles = ["{role}"]
accounts = ["telegram:{n}"]
"""
OTHERS = """
[[staff]]
id = "colleague"
name = "示例同事"
outlet = "here"
roles = ["adviser"]
[[staff]]
id = "north"
name = "示例北站"
outlet = "north"
roles = ["adviser"]
"""
MEMBERS = [MEMBER.format(role=role, name=name, n=n) for n, (role, name) in enumerate(NAMES.items(), start=71)]
BOOK = "".join([EVERYDAY, OUTLETS, *MEMBERS, OTHERS])


SERVICE_LIST = Listed(
    ServiceList(
        ("示例资质",), ("示例范围",), ("示例流程",), "工作日", "12345", "12346", ("示例承诺",), date(2026, 11, 1)
    )
)


@dataclass
class Browser:
    """A browser: it keeps cookies, follows redirects, and fills in the forms it was shown."""

    app: FastAPI
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    page: Response = field(default_factory=lambda: Response(204))
    scheme: str = "http"
    headers: dict[str, str] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    def get(self, path: str) -> Response:
        self.page = self.fetch("GET", path)
        return self.page

    def post(self, path: str, **fields: str) -> Response:
        """Send a form with the token of the last page and an id of its own, unless others are given."""
        body = {"csrf": self.token, "once": f"browser-{id(self)}-{next(self._ids)}"} | fields
        self.page = self.fetch("POST", path, data=body, headers=self.headers)
        return self.page

    def do(self, verb: str, about: str = "", words: str = "", **more: str) -> Response:
        """One act, from the page shown."""
        return self.post("/console/do", verb=verb, about=about, words=words, **more)

    def fetch(self, method: str, path: str, **parts: Any) -> Response:  # noqa: ANN401
        """Ask without taking the answer for the page shown."""
        return asyncio.run(self._fetch(method, path, **parts))

    async def _fetch(self, method: str, path: str, **parts: Any) -> Response:  # noqa: ANN401
        transport, base = httpx.ASGITransport(self.app), f"{self.scheme}://console.example"
        async with httpx.AsyncClient(
            transport=transport, base_url=base, cookies=self.cookies, follow_redirects=True, timeout=60
        ) as client:
            answer = await client.request(method, path, **parts)
            self.cookies = client.cookies
            return answer

    @property
    def cookie(self) -> str:
        """What the server knows this browser by."""
        return self.cookies.get(COOKIE, default="") or ""

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.cookies = httpx.Cookies()
        self.cookies.set(COOKIE, value, domain="console.example", path="/console")

    @property
    def token(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.page.text)
        return found[1] if found else ""

    @property
    def is_in(self) -> bool:
        return "/sign-in" not in str(self.fetch("GET", "/console").url)


@dataclass
class Instance:
    """A served instance. `secrets` are those of the authenticators set up here."""

    office: Office
    clock: Clock
    app: FastAPI
    console: Console
    secrets: dict[str, str] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)

    def set_up(self, staff: str) -> Browser:
        """The browser of somebody who has just set up how they sign in."""
        link = set_up_link(self.office.desk, staff, "")
        assert link is not None
        browser = Browser(self.app)
        shown = browser.get(link)
        secret = re.search(r'class="secret">(\w+)<', shown.text)
        assert secret is not None
        self.secrets[staff] = secret[1]
        page = browser.post(link, password=PASSWORD, again=PASSWORD, code=self.code(staff))
        self.codes[staff] = re.findall(r"<code>([\w-]{11})</code>", page.text)
        return browser

    def code(self, staff: str) -> str:
        """What the authenticator shows now."""
        return pyotp.TOTP(self.secrets[staff]).at(self.clock.now())

    def sign_in(self, staff: str, *, password: str = PASSWORD, code: str | None = None) -> Browser:
        """A fresh browser in which somebody tried to sign in."""
        browser = Browser(self.app)
        browser.get("/console/sign-in")
        browser.post("/console/sign-in", name=staff, password=password, code=code or self.code(staff))
        return browser

    def ask_for_person(self, question: str, chat: str) -> None:
        """A visitor of the window who wants a person."""
        address = Address("web", chat)
        for n, (text, action) in enumerate(((question, ""), ("", "human"))):
            kind = "choice" if action else "text"
            take_turn(
                Inbound(address, f"{chat}:{n}", chat, self.clock.now(), kind=kind, text=text, action=action),  # type: ignore[arg-type]
                self.office.desk,
            )


def open_instance(home: Path, book: str = BOOK) -> Instance:
    """An instance with that duty book."""
    (home / "duty").mkdir(parents=True, exist_ok=True)
    (home / "duty" / "staff.toml").write_text(book, encoding="utf-8")
    clock = Clock()
    office = open_office(Settings(home=home), now=clock.now)
    window, files = Window(office.desk), StoredFiles(home)
    app = make_app(window, WindowPage("示例网点"), lambda: {"ok": True}, limits=Limits(100_000))
    uploads.add_uploads(app, window, files)
    console = Console(office.desk, home, files=files, settings=SettingsFile(office.desk, office.settings))
    console.service_list = lambda: SERVICE_LIST
    add_console(app, console)
    return Instance(office, clock, app, console)
