"""What time is it? The only module that asks the machine; everybody else takes `now` as an argument."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never go backwards; for durations only."""
    return time.monotonic()
