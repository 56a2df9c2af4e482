"""Who calls? The key that a request brings, and the address that it comes from."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

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


def from_another_site(request: HTTPConnection, public_url: str) -> bool:
    """Was a form sent by a page of another site, in the name of whoever read that page?

    A browser says so itself (`Sec-Fetch-Site`, over TLS), else by `Origin`; programs send neither. We have no session
    that such a form could use, but a reader's address and time.
    """
    fetched = request.headers.get("sec-fetch-site")
    if fetched in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if fetched == "cross-site" or origin is None:
        return fetched == "cross-site"
    return urlsplit(origin).netloc not in {urlsplit(public_url).netloc, request.headers.get("host", "")}


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
