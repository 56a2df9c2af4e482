"""Who calls? The key that a request brings, and the address that it comes from."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.requests import HTTPConnection

Networks = Sequence[IPv4Network | IPv6Network]
_PUBLISHER_KEY = re.compile(r"nw_[A-Za-z0-9_-]{43}")


def bearer(request: HTTPConnection) -> str | None:
    """The key of `Authorization: Bearer …`, None without one."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None


def is_publisher_key(text: str) -> bool:
    """Could this be a publisher's key? Who has no directory, or an old copy, can tell nonsense from it."""
    return _PUBLISHER_KEY.fullmatch(text) is not None


def client_ip(request: HTTPConnection, trusted: Networks) -> str:
    """Who calls? Walks `X-Forwarded-For` from the right, past proxies that we trust; empty when unknown."""
    address = request.client.host if request.client else ""
    hops = [hop.strip() for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",")]
    while hops and _within(address, trusted):
        address = hops.pop()
    return address


def _within(address: str, networks: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
