"""Where does a story stand in its section, and between which others?"""

from typing import Any, NamedTuple

from services.render.domain.markup import uri
from shared.events import StoryEnriched

SECTION = "section/"


class Spot(NamedTuple):
    """A place in the order of a list: by time (µs), then by acceptance."""

    key: str
    at: int
    ordinal: int


class Neighbour(NamedTuple):
    """Another story, as far as a link to it shows it."""

    story_id: str
    path: str
    headline: str


class Between(NamedTuple):
    """The stories on either side of a spot."""

    older: Neighbour | None = None
    newer: Neighbour | None = None


NOBODY = Between()


def spot_of(event: StoryEnriched, at: int) -> Spot | None:
    """Where a story stands in its first section, `at` being when it was published (µs); None without one."""
    if event.article is None or not event.article.sections:
        return None
    return Spot(f"{SECTION}{event.article.sections[0].slug}", at, event.head.ordinal)


def shown(one: Neighbour | None) -> dict[str, Any] | None:
    """A neighbour as templates show it."""
    return {"path": uri(one.path), "headline": one.headline} if one else None
