"""How are the values of settings read and completed?"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson


class SocialLink(NamedTuple):
    """One entry of *Connect with us*."""

    name: str
    url: str


def social_links(text: str) -> Iterable[SocialLink]:
    """`Name=https://…, Name=https://…`, bare addresses (their host is the name), or JSON `{name: address}`."""
    if text.lstrip().startswith("{"):
        try:
            pairs = list(orjson.loads(text).items())
        except orjson.JSONDecodeError:
            raise ValueError("not a JSON object of names and addresses") from None
    else:
        parts = (part.strip() for part in re.split(r"[,\n]", text))
        pairs = [(name.strip(), url) for name, _, url in (_named(part) for part in parts if part)]
    for name, url in pairs:
        parsed = urlsplit(str(url))
        if parsed.scheme not in {"http", "https"} or not parsed.hostname:
            raise ValueError(f"{url} is not an http or https address; write Name=https://…, Name=https://…")
        yield SocialLink(str(name) or parsed.hostname.removeprefix("www."), str(url))


def _named(part: str) -> tuple[str, str, str]:
    return ("", "", part) if part.startswith(("http://", "https://")) else part.partition("=")


def loopback(host: str) -> bool:
    """Is `host` this machine only? A wildcard as part of an *address* leads nowhere else either."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def reachable(host: str) -> str:
    """An address at which we reach what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound


def address(host: str, port: int) -> str:
    """The root address of what listens on HOST and PORT."""
    host = reachable(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def phrase(title: str) -> str:
    """A title as the display name of a mail address (RFC 5322 quoted-string)."""
    return '"' + re.sub(r'[\\"]', "", re.sub(r"\s+", " ", title)) + '"'


def mail_host(public_url: str) -> str:
    """The domain of mail from a site, `localhost` where the site has none."""
    host = urlsplit(public_url).hostname or "localhost"
    return "localhost" if loopback(host) or ":" in host else host
