"""Does the desk learn how deliveries went, whatever Redis forgets?"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.notify.handlers.loops import Reporter
from shared.events import DeliveriesProgressed, Event, KillConfirmed

NOW = datetime(2026, 11, 25, tzinfo=UTC)


class _Ledger:
    """One story, whose counts have changed until the desk was told."""

    def __init__(self) -> None:
        self.version, self.reported = 1, 0

    async def progress(self) -> list[DeliveriesProgressed]:
        changed = self.version > self.reported
        return [DeliveriesProgressed(at=NOW, story_id=UUID(int=1), version=self.version, revisions=())] * changed

    async def told(self, reports: Sequence[DeliveriesProgressed]) -> None:
        self.reported = max(one.version for one in reports)

    async def settled_kills(self) -> list[KillConfirmed]:
        return []

    async def close_kills(self, events: Sequence[KillConfirmed]) -> None:
        del events


class _Line:
    """A bus whose other end is the test."""

    def __init__(self) -> None:
        self.age, self.reads, self.emitted = "first", False, 0

    async def emit(self, events: Sequence[Event]) -> list[str]:
        self.emitted += len(events)
        return ["5-0"] * len(events)

    async def epoch(self) -> str | None:
        return self.age

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        assert (event, group, before_ms) == (DeliveriesProgressed, "desk", 6)
        return self.reads


async def test_counts_are_told_when_the_desk_has_read_them_and_not_again_before() -> None:
    ledger, line = _Ledger(), _Line()
    reporter = Reporter(ledger, line)
    for _ in range(3):
        await reporter.count()
    assert (line.emitted, ledger.reported) == (1, 0), "a desk that is away is not flooded"
    line.reads = True
    await reporter.count()
    assert (line.emitted, ledger.reported) == (1, 1)


async def test_counts_that_redis_forgot_are_told_again() -> None:
    ledger, line = _Ledger(), _Line()
    reporter = Reporter(ledger, line)
    await reporter.count()
    line.age, line.reads = "second", True
    await reporter.count()
    assert (line.emitted, ledger.reported) == (2, 0)
    await reporter.count()
    assert (line.emitted, ledger.reported) == (2, 1)
