"""A policy is taken from an address: public ones only, in bounds, and whoever asked reads why it did not work."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from bot import fetch
from bot.database import sessions
from bot.fetch import Fetcher
from bot.import_sources import sources_of
from handlers.desk import Desk, OfficeSettings
from handlers.staged_imports import StagedImports
from policies.compilation import Revision
from policies.intake import Prepared
from policies.readers import LARGEST_FILE, Refused
from policies.readers.web import NO_TEXT, Fetched, fetched
from tests.bot.test_command_line import zhixun
from tests.conftest import Begin, Clock
from tests.drivers import STAFF_ROOM, StaffRoom
from tests.handlers.conftest import MiniatureAnswerer

OURS = ("127.0.0.1/32",)
LAW = (
    "<!doctype html><html><head><meta charset=utf-8><title>示例</title></head><body><nav><a href=/>首页</a></nav>"
    "<h1>样灯条例</h1><p>（2020年3月1日示例部门公布，自2020年5月1日起施行）</p>"
    "<p>第一条 灯要亮，由街道管护站负责，每月巡检两次，坏了当天报修。</p>"
    "<p>第二条 本条例自2020年5月1日起施行。</p></body></html>"
).encode()
SIGN_IN = b"<html><body><form>%s<input type=password></form></body></html>" % "请先登录统一平台。".encode()
SCRIPTED = b"<html><body><div id=app></div><script>%s</script></body></html>" % (b"x" * 5000)


@dataclass
class Site:
    """A web site: what it says at each path."""

    pages: dict[str, Callable[[http.server.BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def says(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        def answer(request: http.server.BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in ({"Content-Length": str(len(body))} | given).items():
                if value:
                    request.send_header(name, value)
            request.end_headers()
            request.wfile.write(body)

        self.pages[path] = answer
        return self.at(path)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            with contextlib.suppress(OSError):  # whoever asked has gone
                made.pages[self.path](self)

        def log_message(self, *_words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.port = server.server_address[1]
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def got(url: str, seconds: float = 20.0) -> Fetched:
    found = Fetcher(OURS, seconds)(url)
    assert isinstance(found, Fetched), found
    return found


def refused(url: str, seconds: float = 20.0) -> str:
    found = Fetcher(OURS, seconds)(url)
    assert isinstance(found, Refused)
    return found.reason


@pytest.mark.parametrize(
    ("path", "body", "header", "name"),
    [
        ("/zcfg/t20200301_1.html", LAW, "", "t20200301_1.html"),
        ("/zcfg/show.jsp?id=3", LAW, "", "show.html"),
        ("/", LAW, "", "网页.html"),
        (f"/{quote('样灯条例(2020-03-01)')}", b"%PDF-1.4 ...", "", "样灯条例(2020-03-01).pdf"),
        ("/download?f=9", b"%PDF-1.4 ...", "attachment; filename*=UTF-8''" + quote("样灯条例.pdf"), "样灯条例.pdf"),
        ("/file", b"%PDF-1.4 ...", 'attachment; filename="../../evil.pdf"', "evil.pdf"),
        ("/text.txt", "样灯条例\n第一条 灯要亮。".encode(), "", "text.txt"),
    ],
)
def test_what_it_is_is_told_by_its_content(site: Site, path: str, body: bytes, header: str, name: str) -> None:
    url = site.says(path, body, Content_Disposition=header)
    assert got(url) == Fetched(name, body, url)


def test_an_address_may_have_chinese_in_it_and_lead_elsewhere(site: Site) -> None:
    site.says("/new%20place/%E6%9D%A1%E4%BE%8B.html?a=%E7%81%AF", LAW)
    site.says("/old", b"", 302, Location="/new place/条例.html?a=灯".encode().decode("latin-1"))
    found = got(site.at("/old") + "#top")
    assert (found.content, found.url) == (LAW, site.at("/new%20place/%E6%9D%A1%E4%BE%8B.html?a=%E7%81%AF"))
    assert site.asked == ["/old", "/new%20place/%E6%9D%A1%E4%BE%8B.html?a=%E7%81%AF"]


def test_what_is_packed_is_unpacked(site: Site) -> None:
    assert got(site.says("/a.html", gzip.compress(LAW), Content_Encoding="gzip")).content == LAW


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(401, "要求登录"), (403, "不允许程序读取"), (404, "没有这个网页"), (429, "太频繁"), (503, "没有给出内容（503）")],
)
def test_what_the_site_refuses_is_told_with_a_cure(site: Site, status: int, sentence: str) -> None:
    assert sentence in refused(site.says("/a", b"no", status))


@pytest.mark.parametrize("body", [SIGN_IN, SCRIPTED, b"<html><body></body></html>"])
def test_a_page_without_a_text_is_told_as_such(site: Site, body: bytes) -> None:
    assert refused(site.says("/a", body)) == NO_TEXT


@pytest.mark.parametrize("piece", [b"<", b"<script>", b"<!--", b"<input ", b"<input type "])
def test_a_page_made_to_be_looked_at_forever_is_looked_at_once(piece: bytes) -> None:
    started = time.monotonic()
    fetched("http://x/a.html", b"<html>" + piece * (1_500_000 // len(piece)))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "name", ["a" * 300, "灯" * 200 + ".html", "a\0b.html", "a\nb.html", "a\x1b[2Jb.html", "a\u202eb.html"]
)
def test_what_a_site_calls_a_file_every_disk_and_screen_can_take(site: Site, tmp_path: Path, name: str) -> None:
    url = site.says("/a", LAW)
    sources = sources_of([url], lambda url: fetched(url, LAW, name), tmp_path)
    assert all(each.is_file() and each.suffix == ".html" and each.name.isprintable() for each in sources.files)
    assert [isinstance(sources.prepare(each), Prepared) for each in sources.files] == [True]


def test_an_address_too_long_for_a_name_is_refused_with_its_reason(tmp_path: Path) -> None:
    sources = sources_of([f"http://x/{'灯' * 300}"], lambda _url: Refused(fetch.UNKNOWN_HOST), tmp_path)
    assert [sources.prepare(each) for each in sources.files] == [Refused(fetch.UNKNOWN_HOST)]


def test_what_is_empty_too_large_or_cut_off_is_told(site: Site) -> None:
    assert refused(site.says("/empty", b"  ")) == fetch.EMPTY
    assert refused(site.says("/said", b"x", Content_Length=str(LARGEST_FILE + 1))) == fetch.TOO_LARGE
    assert refused(site.says("/unsaid", b"x" * (LARGEST_FILE + 1), Content_Length="")) == fetch.TOO_LARGE
    bomb = gzip.compress(b"\0" * (LARGEST_FILE * 20))
    assert refused(site.says("/bomb", bomb, Content_Encoding="gzip")) == fetch.TOO_LARGE
    assert refused(site.says("/cut", b"half", Content_Length="9")) == fetch.CUT_OFF
    assert refused(site.says("/odd", b"odd", Content_Encoding="gzip")) == fetch.CUT_OFF


def test_a_site_that_says_nothing_or_drop_by_drop_is_given_up_in_time(site: Site) -> None:
    def silent(request: http.server.BaseHTTPRequestHandler) -> None:
        time.sleep(5)
        request.send_response(200)

    def heading(request: http.server.BaseHTTPRequestHandler) -> None:
        for _ in range(50):
            request.wfile.write(b"H")
            time.sleep(0.1)

    def body(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(50):
            request.wfile.write(b"x")
            time.sleep(0.1)

    site.pages |= {"/silent": silent, "/heading": heading, "/body": body}
    for path in ("/silent", "/heading", "/body"):
        begun = time.monotonic()
        assert refused(site.at(path), 0.6) == fetch.TOO_SLOW, path
        assert time.monotonic() - begun < 2, path


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://example.com/a", fetch.NOT_AN_ADDRESS),
        ("file:///etc/passwd", fetch.NOT_AN_ADDRESS),
        ("http://me:secret@example.com/", fetch.NOT_AN_ADDRESS),
        ("http://[::1/", fetch.NOT_AN_ADDRESS),
        ("https:// example.com/", fetch.NOT_AN_ADDRESS),
        ("http://127.0.0.2/", fetch.INSIDE_OURS),
        ("http://10.1.2.3/", fetch.INSIDE_OURS),
        ("http://169.254.169.254/latest/meta-data", fetch.INSIDE_OURS),
        ("http://[::ffff:10.0.0.1]/", fetch.INSIDE_OURS),
        ("http://0.0.0.0/", fetch.INSIDE_OURS),
        ("http://localhost:1/", fetch.INSIDE_OURS),
        ("http://nosuch.invalid/", fetch.UNKNOWN_HOST),
    ],
)
def test_what_is_no_public_address_is_not_called(url: str, sentence: str) -> None:
    networks = () if "localhost" in url else OURS
    found = Fetcher(networks)(url)
    assert isinstance(found, Refused)
    assert found.reason == sentence


def test_a_public_address_does_not_lead_inside(site: Site) -> None:
    """Every step is checked: 127.0.0.1 stands for a public address here, 127.0.0.2 for one inside."""
    assert refused(site.says("/a", b"", 302, Location=f"http://127.0.0.2:{site.port}/b")) == fetch.INSIDE_OURS
    assert refused(site.says("/c", b"", 302, Location="file:///etc/passwd")) == fetch.NOT_AN_ADDRESS
    assert site.asked == ["/a", "/c"]
    assert refused(site.says("/round", b"", 302, Location="/round")) == fetch.TOO_MANY_REDIRECTS


def test_a_name_is_looked_up_once_and_that_very_address_is_called(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers a public address first and one inside afterwards changes nothing."""
    answers = iter(["127.0.0.1", "10.0.0.1"])

    def look_up(_host: str, *_words: object, **_more: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 0))]

    site.says("/a.html", LAW)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    def dial(address: tuple[str, int], timeout: float) -> socket.socket:
        wire = socket.socket()
        wire.settimeout(timeout)
        wire.connect(address)
        return wire

    monkeypatch.setattr(socket, "create_connection", dial)
    assert got(site.at("/a.html", "rebound.example")).content == LAW
    assert next(answers) == "10.0.0.1"


def test_the_command_takes_addresses_and_records_where_it_was(site: Site, begin: Begin, tmp_path: Path) -> None:
    home = begin(tmp_path / "home")
    url = site.says("/zc/lamp.html", LAW)
    inside = zhixun(home, "import", "--yes", url)
    assert (inside.returncode, "内部网络" in inside.stdout.replace("\n", "")) == (1, True)
    (home / "config.toml").write_text('[imports]\nnetworks = ["127.0.0.1/32"]\n', "utf-8")
    shown = zhixun(home, "import", "--dry-run", url)
    assert shown.returncode == 0
    assert "样灯条例" in shown.stdout
    assert url in shown.stdout.replace("\n", "")
    assert "没有编号" in zhixun(home, "policies", "show", "1").stderr
    assert zhixun(home, "import", "--yes", url, site.says("/none", b"", 404)).returncode == 1
    assert f"来源：{url}" in zhixun(home, "policies", "show", "1").stdout
    again = zhixun(home, "import", "--yes", url).stdout
    assert "重复 1" in again
    assert next((home / "originals").glob("*/*.html")).read_bytes() == LAW


def test_a_link_sent_to_the_staff_chat_is_shown_and_submitted(
    sqlite_engine: Engine, clock: Clock, site: Site, tmp_path: Path
) -> None:
    writing, reading = sessions(sqlite_engine)
    imports = StagedImports(tmp_path, writing, reading, fetch=Fetcher(OURS))
    settings = OfficeSettings(staff_rooms=(STAFF_ROOM,))
    room = StaffRoom(Desk(writing, reading, MiniatureAnswerer(), clock.now, settings, imports=imports))
    url = site.says("/zc/lamp.html", LAW)
    assert "请写网址" in room.say("/import 样灯条例", thread="")[0].text
    assert "没有这个网页" in room.say(f"/import {site.says('/none', b'', 404)}", thread="")[0].text
    shown = room.say(f"导入 {url}", thread="")[0]
    assert f"来源：{url}" in shown.text
    assert shown.buttons == ("提交审核", "放弃")
    assert "提交审核" in room.press("提交审核")[0].text
    with reading() as session:
        revision = session.exec(select(Revision)).one()
        assert (revision.state, revision.origin, revision.source_name) == ("in_review", url, "lamp.html")
