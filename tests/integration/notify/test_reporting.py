"""Does the desk learn how deliveries went, and ingest whom a kill reached, whatever Redis forgets?"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.notify.handlers.loops import Reporter
from shared.events import DeliveriesProgressed, Event, KillConfirmed

NOW = datetime(2026, 11, 25, tzinfo=UTC)


class _Ledger:
    """One story, whose counts have changed until the desk was told, and whose kill is open until ingest was."""

    def __init__(self) -> None:
        self.version, self.reported = 1, 0
        self.kill: KillConfirmed | None = KillConfirmed(
            at=NOW, story_id=UUID(int=1), revision=1, receipt=UUID(int=2), channel="email", outcome="confirmed"
        )

    async def progress(self) -> list[DeliveriesProgressed]:
        changed = self.version > self.reported
        return [DeliveriesProgressed(at=NOW, story_id=UUID(int=1), version=self.version, revisions=())] * changed

    async def told(self, reports: Sequence[DeliveriesProgressed]) -> None:
        self.reported = max(one.version for one in reports)

    async def settled_kills(self) -> list[KillConfirmed]:
        return [self.kill] if self.kill else []

    async def close_kills(self, events: Sequence[KillConfirmed]) -> None:
        assert list(events) == [self.kill]
        self.kill = None


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
        assert (event, group, before_ms) in {(DeliveriesProgressed, "desk", 6), (KillConfirmed, "ingest", 6)}
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


async def test_a_settled_kill_is_open_until_ingest_has_read_of_it() -> None:
    ledger, line = _Ledger(), _Line()
    reporter = Reporter(ledger, line)
    for _ in range(3):
        await reporter.confirm()
    assert (line.emitted, ledger.kill is None) == (1, False)
    line.age, line.reads = "second", True  # Redis forgot it, and what is not there everybody has read
    await reporter.confirm()
    assert (line.emitted, ledger.kill is None) == (2, False)
    await reporter.confirm()
    assert (line.emitted, ledger.kill is None) == (2, True)
