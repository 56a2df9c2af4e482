"""In which lists has a story stood that anybody could see?

A list that was used stays when it is empty, and the feeds that carried a story tell of its kill. Both must follow from
the log alone: what was rendered in between depends on how quickly one revision followed another.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from services.ingest.domain.standing import Standing
from services.ingest.domain.telling import terms


def listed(standing: Standing, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """The lists of all content up to the newest, without what is still under embargo at `now`."""
    newest = standing.newest
    is_public = newest.release_at is None or newest.release_at <= now
    if newest.content is None or not is_public:  # a kill's or an expiry's content was counted when they came
        return standing.listed
    month = f"archive/{newest.published_at.astimezone(zone):%Y/%m}"
    stood = {f"{kind}/{slug}" for kind, slug in terms(standing.content)}
    return tuple(sorted({*standing.listed, *stood, month}))
