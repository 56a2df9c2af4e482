"""What must every page know about the site it belongs to?"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Site:
    """The publication: `url` is public, without a trailing slash."""

    title: str
    url: str
    language: str
    zone: ZoneInfo
