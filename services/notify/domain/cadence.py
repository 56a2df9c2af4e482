"""When is the next digest?"""

from datetime import datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

Cadence = Literal["instant", "daily", "weekly"]

#: How a cadence is stored: the lowest of several wins, for somebody who asked twice wants to know sooner.
RANKS: Final[dict[Cadence, int]] = {"instant": 0, "daily": 1, "weekly": 2}
#: A digest goes out at this local time, weekly ones on Monday.
AT: Final = time(7, 0)


def next_digest(now: datetime, cadence: Cadence, zone: ZoneInfo) -> datetime:
    """The first boundary after `now` (itself for `instant`), in the zone's own days."""
    if cadence == "instant":
        return now
    local = now.astimezone(zone)
    due = datetime.combine(local.date(), AT, zone)
    if cadence == "weekly":
        due += timedelta(days=-local.weekday() % 7)
    if due <= local:
        due += timedelta(days=7 if cadence == "weekly" else 1)
    return due
