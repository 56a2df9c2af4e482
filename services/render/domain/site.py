"""What must every page know about the site it belongs to?"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Site:
    """The publication: `url` is public, without a trailing slash.

    `feed_style` is the path of the style sheet in which browsers show feeds; `hub` the WebSub hub that hears of changes
    of feeds, None where nobody tells one: who believes in a hub asks less often.
    """

    title: str
    url: str
    language: str
    zone: ZoneInfo
    feed_style: str = ""
    hub: str | None = None
