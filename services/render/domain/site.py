"""What must every page know about the site it belongs to?"""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo


def always(_publisher: str) -> bool:
    """Whoever it is."""
    return True


@dataclass(frozen=True, slots=True)
class Site:
    """The publication: `url` is public, without a trailing slash.

    `feed_style` is the path of the style sheet in which browsers show feeds; `hub` the WebSub hub that hears of changes
    of feeds, None where nobody tells one: who believes in a hub asks less often. `in_full`: do a publisher's stories
    (its slug) stand in feeds as a whole, or as their summary?
    """

    title: str
    url: str
    language: str
    zone: ZoneInfo
    feed_style: str = ""
    hub: str | None = None
    in_full: Callable[[str], bool] = always
