"""A real window on 127.0.0.1 over a real instance, and Debian's Chromium to look at it."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from sqlalchemy import Engine

from bot.application import Office, open_office
from bot.doors import public_pages
from bot.settings import Settings
from bot.settings_file import SettingsFile
from handlers.stored_files import StoredFiles
from tests.conftest import Begin, Clock
from tests.web.programs import Served, make_served
from web import uploads
from web.app import WindowPage, make_app
from web.console.app import add_console
from web.console.console import Console
from web.limits import Limits
from web.public import add_public_pages
from web.window import Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize


@dataclass(frozen=True)
class Site:
    """A served instance."""

    address: str
    office: Office
    window: Window
    loop: asyncio.AbstractEventLoop


@pytest.fixture
def served(sqlite_engine: Engine, clock: Clock) -> Served:
    """The HTTP interface of a small office."""
    return make_served(sqlite_engine, clock)


@pytest.fixture(scope="module")
def site(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    office = open_office(Settings(home=begin(tmp_path_factory.mktemp("instance"))))
    window = Window(office.desk)
    page = WindowPage("示例知识产权公共服务网点", ("https://www.example.com",))
    limits = Limits(larger={uploads.PATH: uploads.MOST_READ})
    app = make_app(window, page, lambda: {"ok": True}, limits=limits)
    add_public_pages(app, public_pages(office))
    add_console(app, Console(office.desk, office.settings.home, settings=SettingsFile(office.desk, office.settings)))
    uploads.add_uploads(app, window, StoredFiles(office.settings.home))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}", office, window, loops[0])
    server.force_exit = True
    server.should_exit = True
    thread.join(timeout=10)
    office.close()


@pytest.fixture(scope="module")  # its event loop must be gone before other files use asyncio
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless; absent at home → skipped, absent in CI → failed."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; CI must install it")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        options = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
        ]
        browser = play.chromium.launch(executable_path=path, args=[*options, "--disable-component-update"])
        yield browser
        browser.close()


@pytest.fixture(params=["desktop", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, site: Site) -> Iterator[Page]:
    """An open window at a desk's or a phone's size; a foreign request or a script error fails the test."""
    width, height = (1200, 860) if request.param == "desktop" else (375, 720)
    size: ViewportSize = {"width": width, "height": height}
    context = chromium.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda sent: None if sent.url.startswith(site.address) else wrong.append(sent.url))
    opened.goto(site.address)
    yield opened
    context.close()
    assert wrong == []


def screenshot(page: Page, name: str) -> None:
    """Keep a picture where ``ZHIXUN_SCREENSHOTS`` says, for people to look at."""
    folder = os.environ.get("ZHIXUN_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")
