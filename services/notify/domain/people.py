"""What is known of a subscriber?"""

from dataclasses import dataclass
from datetime import datetime

from services.notify.domain.cadence import Cadence
from services.notify.domain.topics import Topic


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for in one call: topics, and how often to hear of them."""

    topics: tuple[Topic, ...]
    cadence: Cadence = "instant"


@dataclass(frozen=True, slots=True)
class Person:
    """A subscriber; `state` is confirmed or unsubscribed."""

    id: int
    email: str
    state: str
    wishes: tuple[tuple[Topic, Cadence], ...]
    created_at: datetime
    confirmed_at: datetime | None
