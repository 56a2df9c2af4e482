"""What time is it? The only module that asks the machine; everybody else takes `now` as an argument."""

import time
from datetime import UTC, datetime, timedelta

_wrong_by = timedelta(0)


def now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC) + _wrong_by


def go_wrong(seconds: float) -> None:
    """Have this process' clock be so far ahead of the machine's (NEWSWIRE_CLOCK_OFFSET: tests of wrong clocks)."""
    global _wrong_by  # noqa: PLW0603 - a process has one clock
    _wrong_by = timedelta(seconds=seconds)


def monotonic() -> float:
    """Seconds that never go backwards; for durations only."""
    return time.monotonic()
