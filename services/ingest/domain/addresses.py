"""Under which address does a story stand, and which others lead to it?

The date and the first slug are frozen at the first acceptance; only a changed `slug` moves a page, and never its date.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from services.ingest.domain.aliases import looked_up
from services.ingest.domain.slugs import numbered, slugify

#: Whose address is it? The story's id, or None while it is free.
Owner = Callable[[str], str | None]

_DATE_LENGTH: Final = len("/2026/11/23/")


def dated(published_at: datetime, zone: ZoneInfo) -> str:
    """The part of an address that says the day, in the newsroom's zone."""
    day = published_at.astimezone(zone)
    return f"/{day.year:04}/{day.month:02}/{day.day:02}/"


def date_of(path: str) -> str:
    """The same part of an address that exists."""
    return path[:_DATE_LENGTH]


def slug_for(text: str, story_id: str) -> str:
    """The slug that `text` asks for; a name made of the id when it holds no letter."""
    return slugify(text) or f"story-{story_id[:8]}"


def candidates(date: str, slug: str, number: int) -> list[str]:
    """The first addresses that `address` will try."""
    return [f"{date}{numbered(slug, n)}/" for n in range(1, number + 1)]


def address(date: str, slug: str, story_id: str, owner: Owner) -> str:
    """The first free one of `slug`, `slug-2`, `slug-3` … of that day; one's own counts as free."""
    for number in count(1):
        path = f"{date}{numbered(slug, number)}/"
        if owner(path) in {None, story_id}:
            return path
    raise AssertionError("count() ends never")


def granted(aliases: Sequence[str], story_id: str, owner: Owner) -> tuple[list[str], list[str]]:
    """Aliases that this story may have, as the site compares them, and those that lead elsewhere already."""
    free: list[str] = []
    taken: list[str] = []
    for alias in aliases:
        path = looked_up(alias)
        (free if owner(path) in {None, story_id} else taken).append(path)
    return list(dict.fromkeys(free)), taken
