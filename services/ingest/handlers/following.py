"""Up to which change have those read on who stand beside the line?

The line itself is driven: what Redis forgets comes again. The desk, which only listens, is not waited for; so it must
be known what it may not have read yet, for the moment in which Redis forgets that.
"""

from typing import Final, Protocol

from shared import clock
from shared.events import (
    ChangeNumbered,
    Event,
    StoryEnriched,
    StoryKilled,
    StoryLive,
    StoryReceived,
    StoryRendered,
)

#: How often (s) they are asked. So much may be told again that they have read already.
LOOK_EVERY: Final = 5.0
#: Of what was numbered before this process began it is not known who has read it: so many are told again.
UNKNOWN: Final = 500

_LISTENERS: Final[tuple[tuple[type[Event], str], ...]] = (
    *((event, "desk") for event in (StoryReceived, StoryEnriched, StoryRendered, StoryLive, StoryKilled)),
    (ChangeNumbered, "notify"),
)


class Log(Protocol):
    """Knows how many changes there are."""

    async def last_change(self) -> int:
        """The newest number."""


class Transport(Protocol):
    """The bus."""

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """Has a step done with everything older?"""

    async def time_ms(self) -> int:
        """Redis' clock."""


class Following:
    """Remembers a moment, and believes that its changes were read when everybody has passed it."""

    def __init__(self, log: Log, bus: Transport) -> None:
        """Nothing was asked yet."""
        self._log, self._bus = log, bus
        self._read: int | None = None
        self._asking: tuple[int, int] | None = None
        self._asked_at = float("-inf")

    async def read(self) -> int:
        """The number up to which everybody has read for certain."""
        if self._read is None:
            self._read = max(0, await self._log.last_change() - UNKNOWN)
        return self._read

    async def look(self) -> None:
        """Ask, unless they were asked just now."""
        if clock.monotonic() - self._asked_at < LOOK_EVERY:
            return
        self._asked_at = clock.monotonic()
        await self.read()
        if self._asking is not None and await self._all_passed(self._asking[0]):
            self._read, self._asking = self._asking[1], None
        if self._asking is None:
            number = await self._log.last_change()  # before the time: what is numbered later is not meant
            if number != self._read:
                self._asking = (await self._bus.time_ms(), number)

    def forget(self) -> None:
        """Redis has lost what was asked for: nobody will pass it."""
        self._asking = None

    async def _all_passed(self, moment: int) -> bool:
        return all([await self._bus.passed(event, group, moment) for event, group in _LISTENERS])
