"""What opens a page that belongs to one reader?

Three kinds: *confirm* and *manage* are random and stored hashed; *unsubscribe* is computed from a person's number
and a secret, so that a hundred thousand mails need no storage for theirs and it never changes.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Self

_SIGNATURE: Final = 18
_NUMBER: Final = 6


def hashed(token: str) -> str:
    """What is stored of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


class Unsubscribing:
    """Makes and reads unsubscribe tokens (32 URL-safe characters)."""

    def __init__(self, secret: bytes, purpose: bytes = b"") -> None:
        """`secret`: made once, kept in notify's database; a token made for one `purpose` means nothing for another."""
        self._keyed = hmac.new(secret, purpose, digestmod=hashlib.sha256)

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


@dataclass(frozen=True, slots=True)
class Leaving:
    """The tokens that end mail: of stories to subscribers, of answers to those who commented."""

    stories: Unsubscribing
    answers: Unsubscribing

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """Both kinds, of one secret."""
        return cls(Unsubscribing(secret), Unsubscribing(secret, b"answers"))
