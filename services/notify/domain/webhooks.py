"""What is a signed webhook (Standard Webhooks), and what does its answer mean?"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from services.notify.domain.audience import EVENTS
from services.notify.domain.outcomes import Delivered, Failed, Outcome, Retry

PREFIX: Final = "whsec_"
KNOWN_EVENTS: Final = frozenset(EVENTS.values())
_GONE: Final = 410


def known_event(name: str) -> str:
    """`name`; ValueError when there is no such event."""
    if name not in KNOWN_EVENTS:
        raise ValueError(f"unknown event; known are {', '.join(sorted(KNOWN_EVENTS))}")
    return name


def secret_from(random: bytes) -> str:
    """A signing secret as it is shown."""
    return PREFIX + base64.b64encode(random).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 of id, timestamp (Unix seconds) and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a delivery; several secrets (one is being rotated away) give several signatures."""
    timestamp = int(at.timestamp())
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(secret, message_id, timestamp, body) for secret in secrets),
    }


def judge(status: int, answer: Mapping[str, str], now: datetime) -> Outcome:
    """What an answer means: 2xx delivered; 410 never again; everything else is tried again, later when so asked."""
    detail = f"HTTP {status}"
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, 15.3
        return Delivered(detail)
    if status == _GONE:
        return Failed(f"{detail}: the endpoint is gone")
    return Retry(detail, retry_after(answer.get("retry-after"), now))


def ends_endpoint(status: int) -> bool:
    """Does this answer ask us to stop for good?"""
    return status == _GONE


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header in either form (RFC 9110, 10.2.3); None without one that can be read."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at - now).total_seconds()) if at.tzinfo else None
