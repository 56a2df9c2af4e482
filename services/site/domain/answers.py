"""What can an address answer?"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The page object `key`, changed at `modified` (Unix seconds); `number`: the change that made it so."""

    key: str
    modified: int
    number: int


@dataclass(frozen=True, slots=True)
class Gone:
    """A story that was withdrawn or has expired: 410 with what the public is told.

    `is_kept`: is anybody told when this address answers otherwise again? An alias or an old address is nobody's page,
    so that no change names it.
    """

    note: str | None
    at: datetime
    number: int
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Moved:
    """The page is at another path now (looked-up form): 301."""

    path: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing was ever here: 404."""


@dataclass(frozen=True, slots=True)
class Card:
    """The card of a live story, drawn from its headline; `number`: the change that brought this headline."""

    headline: str
    number: int


Answer = Found | Gone | Moved | Missing | Card
