"""What does notify do by itself? It sweeps, tells the trace, confirms kills and gathers digests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from services.notify.domain.channels import CHANNELS
from shared import clock, telemetry
from shared.events import DeliveriesProgressed, Event, KillConfirmed

#: A story's counts are told at most this often (s), and the ledger asked whether something changed.
REPORT: Final = 1.0
SWEEP: Final = 10.0
DIGESTS: Final = 15.0
SHOW: Final = 5.0
#: Counting a large ledger may take at most this part of the time.
BUSY: Final = 20

Wake = Callable[[], Awaitable[None]]


class Reports(Protocol):
    """Counts over the ledger."""

    async def progress(self) -> list[DeliveriesProgressed]:
        """What has changed."""

    async def told(self, reports: Sequence[DeliveriesProgressed]) -> None:
        """It was told."""

    async def settled_kills(self) -> list[KillConfirmed]:
        """Kills that everybody was told of."""

    async def close_kills(self, events: Sequence[KillConfirmed]) -> None:
        """Ingest has read it."""


class Ledger(Protocol):
    """What dead workers leave behind."""

    async def sweep(self) -> int:
        """Settle it; how many."""


class Digests(Protocol):
    """Mails that wait for a boundary."""

    async def gather(self) -> int:
        """Make those that are due; how many."""


class Line(Protocol):
    """The bus."""

    async def emit(self, events: Sequence[Event]) -> list[str]:
        """Entry ids, "ms-n"."""

    async def epoch(self) -> str | None:
        """What Redis remembers, unless it has lost everything."""

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """Has a step done with everything older?"""


Said = TypeVar("Said", DeliveriesProgressed, KillConfirmed)


@dataclass(frozen=True, slots=True)
class _Sent(Generic[Said]):
    """What is on its way to another service."""

    before_ms: int
    epoch: str | None
    events: Sequence[Said]


class _Messenger(Generic[Said]):
    """Says events of one kind to one service, a few at a time, and knows when it has read them."""

    def __init__(self, line: Line, kind: type[Said], group: str) -> None:
        self._line, self._group = line, group
        self._kind: type[Said] = kind
        self._sent: _Sent[Said] | None = None

    async def send(self, events: Sequence[Said]) -> None:
        epoch = await self._line.epoch()
        entries = await self._line.emit(events)
        self._sent = _Sent(int(entries[-1].partition("-")[0]) + 1, epoch, events)

    async def read(self) -> Sequence[Said] | None:
        """What was read of what was sent last; None while it is on its way. What Redis forgot is not read."""
        sent = self._sent
        if sent is None:
            return ()
        # What is there and unread is not said again, whether or not Redis has an epoch: it would only grow.
        if not await self._line.passed(self._kind, self._group, sent.before_ms):
            return None
        self._sent = None
        # Asked last: streams that were emptied meanwhile are passed by everybody. Without an epoch nobody can know.
        return sent.events if sent.epoch is not None and await self._line.epoch() == sent.epoch else ()


class Reporter:
    """Tells the desk how deliveries go and ingest when a kill has reached everybody."""

    def __init__(self, reports: Reports, line: Line) -> None:
        """`line` is the bus."""
        self._reports = reports
        self._counts = _Messenger(line, DeliveriesProgressed, "desk")
        self._kills = _Messenger(line, KillConfirmed, "ingest")
        self._count_at = 0.0
        self._took = 0.0

    async def run(self) -> None:
        """For ever; what was emitted and not remembered is emitted again, which changes nothing."""
        while True:
            await self.confirm()
            if clock.monotonic() >= self._count_at:
                await self.count()
            await asyncio.sleep(REPORT)

    async def confirm(self) -> None:
        """Tell ingest of settled kills; a look-up in a small partial index, which waits for no counting."""
        known = await self._kills.read()
        if known is None:
            return
        if known:
            await self._reports.close_kills(known)
        kills = await self._reports.settled_kills()
        if kills:
            await self._kills.send(kills)

    async def count(self) -> None:
        """Tell the desk what has changed, when it has heard what was told before."""
        known = await self._counts.read()
        if known is None:
            return
        if known:
            await self._reports.told(known)
        began = clock.monotonic()
        progress = await self._reports.progress()
        ended = clock.monotonic()
        # The quicker of the last two counts: one that a stalled machine held up says nothing about the ledger.
        before, self._took = self._took, ended - began
        self._count_at = ended + BUSY * min(before, self._took)
        if progress:
            await self._counts.send(progress)


class Pauses(Protocol):
    """The channels that send nothing."""

    async def all(self) -> Sequence[Mapping[str, Any]]:
        """Which."""


async def showing(pauses: Pauses) -> None:
    """For ever: let the metrics say which channels are paused."""
    while True:
        still = {one["channel"] for one in await pauses.all()}
        for channel in CHANNELS:
            telemetry.PAUSED.labels(channel).set(channel in still)
        await asyncio.sleep(SHOW)


async def sweeping(ledger: Ledger, wake: Wake) -> None:
    """For ever: settle what dead workers were sending."""
    while True:
        if await ledger.sweep():
            await wake()
        else:
            await asyncio.sleep(SWEEP)


async def digesting(digests: Digests, wake: Wake) -> None:
    """For ever: make the digests that are due."""
    while True:
        if await digests.gather():
            await wake()
        else:
            await asyncio.sleep(DIGESTS)
