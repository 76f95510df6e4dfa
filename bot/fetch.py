"""Fetches a policy from an address: public addresses only, a bounded file in a bounded time, told plainly if it fails.

Every step of a redirect is checked like the first address, and what was checked is what is called (`bot.addresses`).
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

import structlog

from bot.addresses import INSIDE, ForbiddenAddressError, checked, connect, target_of
from policies.readers import LARGEST_FILE, Refused
from policies.readers.web import Fetched, fetched, is_address

log = structlog.get_logger(__name__)

ALL_SECONDS = 30.0  # for everything, redirects included
WAIT_SECONDS = 10.0  # for one answer
MOST_REDIRECTS = 5
PIECE = 64 * 1024  # bytes
_HEADERS = {
    "User-Agent": "zhixun (policy import)",
    "Accept": "text/html, application/pdf, application/*;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, identity;q=0.5",
    "Accept-Language": "zh-CN, zh;q=0.9",
    "Connection": "close",
}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
SAVE_IT = "请在浏览器里打开，另存为文件再导入。"
NOT_AN_ADDRESS = "网址应当以 http:// 或 https:// 开头，例如 https://主机/路径，不带用户名和口令。"
INSIDE_OURS = (
    "这个网址在内部网络里，不能从这里取；确是单位内网上的政策网站，请把网段写进 config.toml 的 [imports] networks。"
)
UNKNOWN_HOST = "找不到这个网站的地址：请核对网址，或检查本机的网络和 DNS。"
TOO_SLOW = f"网站太慢，{ALL_SECONDS:.0f} 秒内没有取完；请稍后再试，或者{SAVE_IT}"
UNREACHABLE = f"连不上这个网站；请稍后再试，或者{SAVE_IT}"
UNTRUSTED = f"这个网站的证书核对不上，没有取；请核对网址，或者{SAVE_IT}"
TOO_LARGE = "网址上的文件超过 20 MB；请下载后拆分，或只保留文字内容后再导入。"
TOO_MANY_REDIRECTS = f"这个网址一再跳转，没有取到；{SAVE_IT}"
EMPTY = f"这个网址上什么也没有；请核对网址，或者{SAVE_IT}"
CUT_OFF = f"没有取完整就断了；请稍后再试，或者{SAVE_IT}"
_STATUS = {
    401: f"网站要求登录（401）；{SAVE_IT}",
    403: f"网站不允许程序读取（403）；{SAVE_IT}",
    404: "网址上没有这个网页（404）；请核对网址。",
    407: "本机的网络要求代理登录（407）；请检查网络。",
    410: "这个网页已经撤下（410）；请核对网址。",
    412: f"网站不允许程序读取（412）；{SAVE_IT}",
    429: "网站说请求太频繁（429）；请过几分钟再试。",
}


class _StoppedError(Exception):
    """It can't be fetched; the message says why and what helps."""


@dataclass(frozen=True)
class Fetcher:
    """Fetches for one instance. Networks in `allowed` may be called although they are private."""

    allowed: Sequence[str] = ()
    all_seconds: float = ALL_SECONDS
    clock: Callable[[], float] = time.monotonic

    def __call__(self, url: str) -> Fetched | Refused:
        """What stands at an address, or why it can't be fetched; waits at most `ALL_SECONDS`."""
        if not is_address(url):
            return Refused(NOT_AN_ADDRESS)
        until = self.clock() + self.all_seconds
        try:
            return self._follow(url.strip(), until)
        except _StoppedError as error:
            log.info("fetch.failed", host=_host(url), reason=str(error.__cause__ or error))
            return Refused(str(error))
        except ValueError:  # an address that can't be taken apart, the first or one it led to
            return Refused(NOT_AN_ADDRESS)

    def _follow(self, url: str, until: float) -> Fetched | Refused:
        for _ in range(MOST_REDIRECTS + 1):
            url = _plain(url)
            found = self._ask(url, until)
            if isinstance(found, str):
                url = urljoin(url, found)
                continue
            content, name = found
            return fetched(url, content, name) if content.strip() else Refused(EMPTY)
        raise _StoppedError(TOO_MANY_REDIRECTS)

    def _ask(self, url: str, until: float) -> str | tuple[bytes, str]:
        """Where to go on, or the bytes and the name that was given to them."""
        try:
            address = checked(url, self.allowed, is_plain_fine=True)
            connection = connect(url, address, self._wait(until))
            with contextlib.closing(connection), self._hung_up_at(until, connection.sock):
                connection.request("GET", target_of(url), headers=_HEADERS)
                return self._answer(connection, until)
        except ForbiddenAddressError as error:
            raise _StoppedError(INSIDE_OURS if str(error) == INSIDE else NOT_AN_ADDRESS) from error
        except socket.gaierror as error:
            raise _StoppedError(UNKNOWN_HOST) from error
        except ssl.SSLCertVerificationError as error:
            raise _StoppedError(UNTRUSTED) from error
        except TimeoutError as error:
            raise _StoppedError(TOO_SLOW) from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise _StoppedError(UNREACHABLE if self.clock() < until else TOO_SLOW) from error
        except ValueError as error:
            raise _StoppedError(NOT_AN_ADDRESS) from error

    def _answer(self, connection: http.client.HTTPConnection, until: float) -> str | tuple[bytes, str]:
        response = connection.getresponse()
        if response.status in _REDIRECTS and (elsewhere := response.getheader("Location")):
            return _utf8(elsewhere)
        if not 200 <= response.status < 300:
            told = f"网站没有给出内容（{response.status}）；请稍后再试，或者{SAVE_IT}"
            raise _StoppedError(_STATUS.get(response.status, told))
        content = self._body(response, until)
        return content, _name_in(response.getheader("Content-Disposition") or "")

    def _body(self, response: http.client.HTTPResponse, until: float) -> bytes:
        """All of it, unpacked, never more than a file may have."""
        if (length := response.length) is not None and length > LARGEST_FILE:
            raise _StoppedError(TOO_LARGE)
        unpack = _unpacker(response.getheader("Content-Encoding") or "")
        content = bytearray()
        while True:
            self._wait(until)
            piece = response.read1(PIECE)
            if not piece:
                break
            content += unpack(piece, LARGEST_FILE + 1 - len(content))
            if len(content) > LARGEST_FILE:
                raise _StoppedError(TOO_LARGE)
        self._wait(until)
        if response.length:
            raise _StoppedError(CUT_OFF)
        return bytes(content)

    @contextlib.contextmanager
    def _hung_up_at(self, until: float, wire: socket.socket) -> Iterator[None]:
        """Whatever comes in drop by drop, headers too, ends then."""

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

        watch = threading.Timer(max(0.0, until - self.clock()), hang_up)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _wait(self, until: float) -> float:
        left = until - self.clock()
        if left <= 0:
            raise _StoppedError(TOO_SLOW)
        return min(left, WAIT_SECONDS)


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    """Unpacks piece by piece, at most so many bytes at a time: a bomb ends where the file would be too large."""
    if encoding.strip().lower() in ("", "identity"):
        return lambda piece, _most: piece
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        raise _StoppedError(UNREACHABLE)
    machine = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def unpack(piece: bytes, most: int) -> bytes:
        try:
            return machine.decompress(piece, most)
        except zlib.error as error:
            raise _StoppedError(CUT_OFF) from error

    return unpack


def _plain(url: str) -> str:
    """The address as it is sent: Chinese and blanks in path and query spelt out, what stands behind # left out."""
    parts = urlsplit(urldefrag(url).url)
    path, query = quote(parts.path, safe="/%:@!$&'()*+,;=~-._"), quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    host = parts.hostname or ""
    if not host.isascii():
        parts = parts._replace(netloc=parts.netloc.replace(host, host.encode("idna").decode("ascii")))
    return urlunsplit(parts._replace(path=path, query=query))


def _name_in(header: str) -> str:
    """The file name in a Content-Disposition."""
    message = Message()
    message["Content-Disposition"] = re.sub(r"[\r\n]", " ", header)
    return _utf8(message.get_filename() or "")


def _utf8(header: str) -> str:
    """What stands in a header, as UTF-8 where it was sent so: headers are read as Latin-1 (RFC 9110, 5.5)."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
