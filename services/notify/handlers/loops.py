"""What does notify do by itself? It sweeps, tells the trace, confirms kills and gathers digests."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from shared import clock
from shared.events import DeliveriesProgressed, Event, KillConfirmed

#: A story's counts are told at most this often (s).
REPORT: Final = 1.0
#: At rest the ledger is asked this often (s) whether something changed; two look-ups in small partial indexes.
REST: Final = 1.0
SWEEP: Final = 10.0
DIGESTS: Final = 15.0
#: Counting a large ledger may take at most this part of the time.
BUSY: Final = 20

Emit = Callable[[Sequence[Event]], Awaitable[object]]
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
        """Ingest knows."""


class Ledger(Protocol):
    """What dead workers leave behind."""

    async def sweep(self) -> int:
        """Settle it; how many."""


class Digests(Protocol):
    """Mails that wait for a boundary."""

    async def gather(self) -> int:
        """Make those that are due; how many."""


class Reporter:
    """Tells the desk how deliveries go and ingest when a kill has reached everybody."""

    def __init__(self, reports: Reports, emit: Emit) -> None:
        """`emit` puts events on the bus."""
        self._reports = reports
        self._emit = emit

    async def run(self) -> None:
        """For ever; what was emitted and not remembered is emitted again, which changes nothing."""
        while True:
            began = clock.monotonic()
            busy = await self.tell()
            pause = REPORT if busy else REST
            await asyncio.sleep(max(pause, BUSY * (clock.monotonic() - began)))

    async def tell(self) -> bool:
        """One round; was there anything?"""
        kills = await self._reports.settled_kills()
        if kills:
            await self._emit(kills)
            await self._reports.close_kills(kills)
        progress = await self._reports.progress()
        if progress:
            await self._emit(progress)
            await self._reports.told(progress)
        return bool(kills or progress)


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
