"""What is a CDN owed, and when is it told again?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.site.domain.cuts import cut_names
from services.site.domain.kills import Kill

#: The pauses after each attempt that failed (s); the last one repeats.
BACKOFF: Final = (2, 5, 15, 60, 300)
#: Who has not listened for so long is told no more: pages that others hold are asked for again by then.
END: Final = timedelta(days=2)
#: Beside a picture lies its thumbnail (services/render makes it): both were shown.
THUMBNAIL: Final = "-640.webp"


@dataclass(frozen=True, slots=True)
class Purge:
    """Paths (looked-up form) that a CDN must forget, owed since then; `kills` hear what becomes of it."""

    id: int
    paths: Sequence[str]
    kills: Sequence[Kill]
    attempts: int
    owed_at: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """Tell it once more then."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Nobody listens."""

    detail: str


def after_failure(purge: Purge, reason: str, now: datetime) -> Again | GivenUp:
    """What becomes of a purge that the CDN did not take?"""
    if now - purge.owed_at >= END:
        return GivenUp(f"given up after {purge.attempts + 1} attempts: {reason}")
    return Again(now + timedelta(seconds=BACKOFF[min(purge.attempts, len(BACKOFF) - 1)]))


def picture_paths(names: Sequence[str]) -> list[str]:
    """The addresses of pictures, of their thumbnails and of their cuts."""
    found = []
    for name in names:
        found += [f"/media/{name}", f"/media/{name.partition('.')[0]}{THUMBNAIL}"]
        found += [f"/media/{cut}" for cut in cut_names(name)]
    return found
