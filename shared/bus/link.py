"""Is Redis there? One place per bus that knows, so that an outage is logged once and not by every loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from shared import clock, telemetry
from shared.bus.connection import TROUBLE
from shared.bus.errors import Unavailable

T = TypeVar("T")

CRASH_PAUSE_S = 1.0
#: A trouble that comes and goes (a replica in between, memory at its limit) is told no more often than this.
TELL_EVERY_S = 10.0
PAUSES_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Stopping(Exception):  # noqa: N818 - not an error
    """The bus is being stopped; what is unfinished stays pending."""


class Link:
    """The bus's connection as a state: there, or away since a moment and for a reason; and the bus's will to stop."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        """It is taken to be there until something fails."""
        self.log = log
        self.stopping = asyncio.Event()
        self.away: str | None = None
        self._told_at = -TELL_EVERY_S
        self._told = False

    def lost(self, error: BaseException) -> None:
        """Redis did not answer, or refused."""
        now = clock.monotonic()
        if self.away is None and now - self._told_at >= TELL_EVERY_S:
            self._told, self._told_at = True, now
            self.log.warning("redis is in trouble", error=f"{type(error).__name__}: {error}")
        self.away = f"{type(error).__name__}: {error}"

    def back(self) -> None:
        """Redis took a command that it refuses when it is in trouble."""
        self.away = None
        if self._told:
            self._told = False
            self.log.info("redis is well again", seconds=round(clock.monotonic() - self._told_at, 1))

    async def rest(self, seconds: float) -> bool:
        """Sleep, but no longer than until the bus stops; whether it goes on."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return True
        return False

    async def once(self, call: Callable[[], Awaitable[T]], *, proof: bool = True) -> T:
        """Do it; Unavailable when Redis is in trouble. `proof`: success means that Redis also takes writes."""
        try:
            answer = await call()
        except TROUBLE as error:
            self.lost(error)
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        if proof and self.away is not None:
            self.back()
        return answer

    async def supervise(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Keep a loop of the bus running until the bus stops; a crash is logged and the loop begun anew."""
        while not self.stopping.is_set():
            try:
                await loop()
            except Exception:
                telemetry.LOOP_RESTARTS.labels(f"bus {name}").inc()
                self.log.exception("loop crashed", loop=name)
                await self.rest(CRASH_PAUSE_S)

    async def insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Do it, again and again until Redis takes it; Stopping when the bus stops first."""
        failures = 0
        while True:
            try:
                return await self.once(call)
            except Unavailable:
                if not await self.rest(PAUSES_S[min(failures, len(PAUSES_S) - 1)]):
                    raise Stopping from None
                failures += 1
