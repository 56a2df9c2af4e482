"""What may be asked of the WebSub hub, what does it ask back, and what does it say?

The paragraphs are those of W3C WebSub (https://www.w3.org/TR/2018/REC-websub-20180123/).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal, cast
from urllib.parse import urlencode, urlsplit

from services.notify.domain.feeds import Feed, feed_at
from services.notify.domain.urls import web_address

Mode = Literal["subscribe", "unsubscribe"]

#: A lease (§5.1): who asks for none gets ten days; at most a month, so that nobody is told for ever whom nobody misses.
LEASE: Final = timedelta(days=10)
SHORTEST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=30)
#: Bytes; §5.1 says less than 200.
SECRET_MAX: Final = 199
_OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a subscriber wants (§5.1); true only when its callback has confirmed it."""

    mode: Mode
    callback: str
    feed: Feed
    lease: timedelta
    secret: str | None

    @property
    def key(self) -> str:
        """One subscription for a callback and a topic (§5.1): asking again renews it."""
        return hashlib.sha256(f"{self.callback}\n{self.feed.url}".encode()).hexdigest()

    @property
    def host(self) -> str:
        """Whom our question would reach."""
        return urlsplit(self.callback).hostname or ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for its callback; `number` tells it from one that came later."""

    number: str
    ask: Ask


@dataclass(slots=True)
class Heard:
    """What was understood of a request, and (field, message) of what was not."""

    ask: Ask | None = None
    errors: list[tuple[str, str]] = field(default_factory=list)


def read_ask(given: Mapping[str, Any], public_url: str) -> Heard:
    """The fields of a subscription request; whether the feed is there, and may be told there, is asked elsewhere."""
    heard = Heard()
    mode = _single(given, "hub.mode")
    if mode not in {"subscribe", "unsubscribe"}:
        heard.errors.append(("hub.mode", "must be subscribe or unsubscribe"))
    callback = _callback(_single(given, "hub.callback"), heard)
    feed = feed_at(_single(given, "hub.topic"), public_url)
    if feed is None:
        heard.errors.append(("hub.topic", "is no feed of this site: give the address that a feed names as its own"))
    lease = _lease(_single(given, "hub.lease_seconds"), heard)
    secret = _single(given, "hub.secret")
    if len(secret.encode()) > SECRET_MAX:
        heard.errors.append(("hub.secret", "must be less than 200 bytes long"))
    if not heard.errors and feed is not None:
        heard.ask = Ask(cast("Mode", mode), callback, feed, lease, secret or None)
    return heard


def _callback(url: str, heard: Heard) -> str:
    try:
        url = web_address(url)
    except ValueError as error:
        heard.errors.append(("hub.callback", str(error)))
    if "#" in url:
        heard.errors.append(("hub.callback", "must not have a fragment"))
    return url


def _lease(text: str, heard: Heard) -> timedelta:
    """As long as was asked for, within our limits. "0" and "" are what libraries send that want ours."""
    if not text.strip("0"):
        return LEASE
    if not (text.isascii() and text.isdecimal()):
        heard.errors.append(("hub.lease_seconds", "must be a number of seconds"))
        return LEASE
    return max(SHORTEST, min(LONGEST, timedelta(seconds=min(int(text[:12]), 10**9))))


def _single(given: Mapping[str, Any], name: str) -> str:
    """The text of a JSON field, or of the last of a form's fields of that name."""
    value = given.get(name, "")
    if isinstance(value, list):
        value = value[-1] if value else ""
    return value if isinstance(value, str) else str(value)


def question(ask: Ask, challenge: str) -> str:
    """The address that asks the callback whether it means it (§5.3); a query that it has is kept."""
    said = {"hub.mode": ask.mode, "hub.topic": ask.feed.url, "hub.challenge": challenge}
    if ask.mode == "subscribe":
        said["hub.lease_seconds"] = str(int(ask.lease.total_seconds()))
    joint = "&" if urlsplit(ask.callback).query else "" if ask.callback.endswith("?") else "?"
    return f"{ask.callback}{joint}{urlencode(said)}"


def confirms(status: int, body: bytes, challenge: str) -> bool:
    """Does the callback mean it (§5.3.1)? Nothing but the challenge: a page that repeats what it is asked does not."""
    return status in _OK and body.strip() == challenge.encode()


def headers(hub: str, topic: str, content_type: str, secret: str | None, body: bytes) -> dict[str, str]:
    """The headers of a feed that is handed over (§7): whose it is, and proof of who says so (§7.1)."""
    said = {"Content-Type": content_type, "Link": f'<{hub}>; rel="hub", <{topic}>; rel="self"'}
    if secret is not None:
        said["X-Hub-Signature"] = f"sha256={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}"
    return said
