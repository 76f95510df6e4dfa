"""Which addresses that somebody wrote may be called, and a connection to that very one.

An address from outside must not lead into our own network (SSRF). Its name is looked up once and what was found is
called, so that a second answer of the name server (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NO_ADDRESS = "地址应当是 https://主机/路径，不带用户名"
INSIDE = "地址在内部网络里"
NOT_ENCRYPTED = "公网地址应当以 https:// 开头"
_CARRYING = [ipaddress.IPv6Network(each) for each in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48")]  # in the last 32 bits


class ForbiddenAddressError(Exception):
    """The address may not be called; the message is one of the sentences above."""


def checked(url: str, allowed: Sequence[str], *, is_plain_fine: bool = False) -> Address:
    """Where an address is, when it may be called.

    Args:
        url: As somebody wrote it.
        allowed: Networks that may be called although they are private, also without https.
        is_plain_fine: Whether http will do for public addresses, too.

    Raises:
        ForbiddenAddressError: No plain address, or one inside a network that is not ours to call.
        OSError: Its name is not known.
        ValueError: It can't be read as an address.
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
        if not is_ours and not is_plain_fine and parts.scheme != "https":
            raise ForbiddenAddressError(NOT_ENCRYPTED)
    return min(found, key=_preferred)


def connect(url: str, address: Address, seconds: float) -> http.client.HTTPConnection:
    """A connection to that very address, under the name of its host; `seconds` for each wait.

    Raises:
        OSError: Nobody answers there, or not as who they are said to be.
    """
    parts = urlsplit(url)
    host, number = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(host, number, timeout=seconds)
    wire: socket.socket = socket.create_connection((str(address), number), timeout=seconds)
    if parts.scheme == "https":
        wire = ssl.create_default_context().wrap_socket(wire, server_hostname=host)
    connection.sock = wire
    return connection


def target_of(url: str) -> str:
    """What is asked of the host: path and query."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _preferred(address: Address) -> tuple[int, str]:
    """IPv4 first: many networks know IPv6 by name only."""
    return address.version, str(address)


def _meant(address: Address) -> Address:
    """The IPv4 address an IPv6 one stands for: mapped or compatible (RFC 4291), 6to4 (RFC 3056), NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in each for each in _CARRYING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
