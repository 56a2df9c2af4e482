"""What was lost on the way, and is emitted again?

Redis is only transport. It can forget everything (then the epoch key is gone, and everything open is emitted at once,
and what is done with but was perhaps not read by the desk), or a part (then what is overdue is looked for: when each
step in turn has passed all that it had at a known moment, what has not come back since was lost). A Redis that is
another process than the one of our epoch may have lost its last second: then the desk is told again, too. A kill is
not looked for: it is said again until its receipt is complete, but not while a step stands still that has not even read
what it was told.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol
from uuid import uuid4

from services.ingest.domain.telling import Told
from shared import telemetry
from shared.bus import Unavailable
from shared.events import LINE, Event, KillConfirmed, ListsRendered, NoticesPlanned, StoryKilled, StoryLive

LOOK_EVERY: Final = 1.0
POLL_EVERY: Final = 0.25
FIGURES_EVERY: Final = 5.0

#: Steps in the order of the line, then the confirmations; each is asked for what it had when the one before was done.
WAVE: Final[tuple[tuple[type[Event], str], ...]] = (*LINE, (StoryLive, "ingest"), (NoticesPlanned, "ingest"))

#: Who answers a kill, on which streams; what lies there for longer (s) is not lost, but waits for a step.
ANSWERING: Final[tuple[tuple[type[Event], str], ...]] = (
    *((StoryKilled, service) for service in ("render", "site", "notify")),
    (ListsRendered, "site"),
    (KillConfirmed, "ingest"),
)
UNREAD: Final = 2.0

log = telemetry.logger("ingest")


class Outbox(Protocol):
    """The log as the sweeper sees it; what it answers is claimed."""

    async def unconfirmed(self, after: int) -> tuple[list[Told], int]:
        """The next open revisions after a position, and where they end."""

    async def lost(self, before_ms: int) -> list[Told]:
        """Overdue ones that were emitted before."""

    async def overdue(self, now_ms: int) -> bool:
        """Is anything overdue?"""

    async def figures(self) -> dict[str, int]:
        """Revisions by open state."""


class Receipts(Protocol):
    """Kills and who has answered them."""

    async def are_due(self) -> bool:
        """Is there anything to look at?"""

    async def look(self) -> list[Told]:
        """Kills that must be said again, claimed."""

    async def hurry(self) -> None:
        """Look at every open one now."""


class Transport(Protocol):
    """The bus."""

    async def epoch(self) -> str | None:
        """What Redis remembers of us."""

    async def incarnation(self) -> str:
        """Which server process it is; empty when it does not say."""

    async def set_epoch(self, value: str, instead_of: str | None = None) -> bool:
        """Were we the one to set it?"""

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """Has a step done with everything older?"""

    async def time_ms(self) -> int:
        """Redis' clock."""


class Memory(Protocol):
    """What is owed to those beside the line."""

    async def owe(self) -> None:
        """Redis has forgotten something: what may be unread is told again."""


class Sweeper:
    """Finds what must be emitted again."""

    def __init__(
        self,
        outbox: Outbox,
        receipts: Receipts,
        bus: Transport,
        *,
        send: Callable[[Sequence[Told]], None],
        forgotten: Callable[[], None],
        memory: Memory,
    ) -> None:
        """`send` emits claimed revisions; `forgotten()` is called when Redis has lost everything."""
        self._outbox, self._receipts, self._bus = outbox, receipts, bus
        self._send, self._forgotten, self._memory = send, forgotten, memory

    async def keep_epoch(self) -> None:
        """Watch for a Redis that forgot everything, and for kills that do not come back; for ever."""
        while True:
            try:
                await self.look()
            except Unavailable as away:
                log.warning("redis is away", error=away)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Has Redis forgotten everything? Does a kill lack a word?"""
        await self._remind()
        if await self._receipts.are_due() and await self._is_heard():
            self._send(await self._receipts.look())

    async def _is_heard(self) -> bool:
        """Have all who answer kills read what they were told? Who stands still is not told again and again."""
        before_ms = await self._bus.time_ms() - round(UNREAD * 1000)
        for event, group in ANSWERING:
            if not await self._bus.passed(event, group, before_ms):
                return False
        return True

    async def sweep(self) -> None:
        """Look for what is overdue, one wave at a time; for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                start = await self._bus.time_ms()
                if await self._outbox.overdue(start):
                    await self._wave(start)
            except Unavailable as away:
                log.warning("redis is away; the wave begins anew", error=away)

    async def measure(self) -> None:
        """Keep the gauges of the window; for ever."""
        while True:
            for state, number in (await self._outbox.figures()).items():
                telemetry.REVISIONS.labels(state).set(number)
            await asyncio.sleep(FIGURES_EVERY)

    async def _wave(self, start: int) -> None:
        moment = start
        for event, group in WAVE:
            while not await self._bus.passed(event, group, moment):  # noqa: ASYNC110 - Redis tells nobody of it
                await asyncio.sleep(POLL_EVERY)
            moment = await self._bus.time_ms()
        while lost := await self._outbox.lost(start):
            log.warning("revisions were lost on their way and go again", number=len(lost))
            self._send(lost)

    async def _remind(self) -> None:
        epoch, incarnation = await self._bus.epoch(), await self._bus.incarnation()
        if epoch is not None and epoch.partition("/")[0] == incarnation:
            return
        # What is owed is on disk before Redis is told: who dies now leaves a Redis without an epoch, or a debt.
        await self._memory.owe()
        if await self._bus.set_epoch(f"{incarnation}/{uuid4()}", epoch) and epoch is None:
            self._forgotten()
            await self._open_again()
            await self._memory.owe()  # what was settled before we came to it is among the numbered changes now
            await self._receipts.hurry()

    async def _open_again(self) -> None:
        position, number = 0, 0
        while True:
            told, end = await self._outbox.unconfirmed(position)
            if end == position:
                break
            number += len(told)
            self._send(told)
            position = end
        if number:
            log.warning("redis has forgotten everything; open revisions go again", number=number)
