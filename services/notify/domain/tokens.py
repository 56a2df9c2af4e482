"""What opens a page that belongs to one subscriber?

Three kinds: *confirm* and *manage* are random and stored hashed; *unsubscribe* is computed from the subscriber's number
and a secret, so that a hundred thousand mails need no storage for theirs and it never changes.
"""

import base64
import hashlib
import hmac
from typing import Final

_SIGNATURE: Final = 18
_NUMBER: Final = 6


def hashed(token: str) -> str:
    """What is stored of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


class Unsubscribing:
    """Makes and reads unsubscribe tokens (32 URL-safe characters)."""

    def __init__(self, secret: bytes) -> None:
        """`secret`: made once, kept in notify's database."""
        self._keyed = hmac.new(secret, digestmod=hashlib.sha256)

    def token(self, subscriber: int) -> str:
        """The token of a subscriber; always the same."""
        number = subscriber.to_bytes(_NUMBER, "big")
        return base64.urlsafe_b64encode(number + self._sign(number)).decode()

    def subscriber(self, token: str) -> int | None:
        """Whose token this is; None when it is not one of ours."""
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii"))
        except ValueError:
            return None
        number, signature = raw[:_NUMBER], raw[_NUMBER:]
        if not hmac.compare_digest(signature, self._sign(number)):
            return None
        return int.from_bytes(number, "big")

    def _sign(self, number: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(number)
        return keyed.digest()[:_SIGNATURE]
