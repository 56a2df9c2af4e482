"""What does a worker get to know of the ledger rows that it sends?"""

from dataclasses import dataclass
from datetime import datetime

from services.notify.domain.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class DueMail:
    """A mail to send. `recipient` is the subscriber (None: a letter, whose notice names the address).

    `state` is the subscriber's, `parent` the delivery that this one answers to.
    """

    id: int
    notice: int
    recipient: int | None
    attempts: int
    parent: int | None
    fresh: bool
    action: str
    email: str | None
    state: str | None

    @property
    def is_digest(self) -> bool:
        """Does it carry several stories?"""
        return self.action in {"daily", "weekly"}


@dataclass(frozen=True, slots=True)
class DueWebhook:
    """A webhook to send to endpoint `endpoint`; it is `sending` already."""

    id: int
    notice: int
    endpoint: int
    attempts: int
    story_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a row; `attempts` were made before this one."""

    id: int
    attempts: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes and how it is signed; `secrets` are two while one is being rotated away."""

    url: str
    secrets: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of an endpoint's log."""

    endpoint: int
    webhook_id: str
    event: str
    at: datetime
    status: int | None
    ms: int
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message ready to go: `body` is the whole of RFC 5322 with CRLF."""

    id: int
    recipient: str
    body: bytes
