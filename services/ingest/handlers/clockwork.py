"""What happens because its time has come?"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from services.ingest.domain.identity import Identity
from shared import telemetry

#: The longest sleep (s): another replica may have accepted something that is due sooner.
LONGEST: Final = 1.0
SHORTEST: Final = 0.01

log = telemetry.logger("ingest")


class Due(Protocol):
    """The times that the log waits for."""

    async def release(self) -> int:
        """Queue what may be seen from now on; how many."""

    async def expired(self) -> Sequence[Identity]:
        """Stories whose time is over."""

    async def next(self) -> float | None:
        """Seconds until there is something to do."""


class Clockwork:
    """Releases embargoes and lets stories expire."""

    def __init__(
        self, due: Due, expire: Callable[[Sequence[Identity]], Awaitable[None]], wake: Callable[[], None]
    ) -> None:
        """`expire` appends a revision to each; `wake()`: something was queued."""
        self._due, self._expire, self._wake = due, expire, wake

    async def run(self) -> None:
        """Keep the times, for ever."""
        while True:
            await self.tick()
            seconds = await self._due.next()
            await asyncio.sleep(LONGEST if seconds is None else min(LONGEST, max(SHORTEST, seconds)))

    async def tick(self) -> None:
        """Do what is due now. Expiries first: whose time came and went while we were away is not shown after it."""
        before: Sequence[Identity] = ()
        while (expired := await self._due.expired()) and expired != before:
            await self._expire(expired)
            before = expired
        if released := await self._due.release():
            log.info("embargo over", number=released)
            self._wake()
