"""Up to which change have those read on who stand beside the line?

The line itself is driven: what Redis forgets comes again. The desk, which only listens, is not waited for; so it must
be known what it may not have read yet, for the moment in which Redis forgets that (`retelling` then tells it again).
"""

import asyncio
from typing import Final, NamedTuple, Protocol

from services.ingest.domain.listening import Heard
from shared import telemetry
from shared.bus import Unavailable
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

_LISTENERS: Final[tuple[tuple[type[Event], str], ...]] = (
    *((event, "desk") for event in (StoryReceived, StoryEnriched, StoryRendered, StoryLive, StoryKilled)),
    (ChangeNumbered, "notify"),
)


log = telemetry.logger("ingest")


class Log(Protocol):
    """Knows what has been read."""

    async def heard(self) -> Heard:
        """How far they have read, and what is owed to them."""

    async def has_read(self, number: int) -> None:
        """They have read every change up to this one."""


class Transport(Protocol):
    """The bus."""

    async def epoch(self) -> str | None:
        """What Redis remembers of us; another one since it forgot anything."""

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """Has a step done with everything older?"""

    async def time_ms(self) -> int:
        """Redis' clock."""


class _Asked(NamedTuple):
    """Whoever has passed this moment of an epoch has read every change up to `number`."""

    epoch: str
    moment: int
    number: int


class Following:
    """Remembers a moment, and believes that its changes were read when everybody has passed it."""

    def __init__(self, log: Log, bus: Transport) -> None:
        """Nothing was asked yet."""
        self._log, self._bus = log, bus
        self._asked: _Asked | None = None

    async def run(self) -> None:
        """Ask, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except Unavailable as away:
                log.debug("nobody knows what is read", error=away)

    async def look(self) -> None:
        """Have they passed the moment for which they were asked? Then ask for the next."""
        if self._asked is not None:
            await self._hear(self._asked)
        if self._asked is None:
            self._asked = await self._ask()

    async def _ask(self) -> _Asked | None:
        # In this order: whoever finds that Redis forgot says first what is owed, and then begins an epoch; and what is
        # numbered after we looked is not meant.
        epoch = await self._bus.epoch()
        heard = await self._log.heard()
        if epoch is None or heard.is_owed or heard.last == heard.read:
            return None
        return _Asked(epoch, await self._bus.time_ms(), heard.last)

    async def _hear(self, asked: _Asked) -> None:
        passed = all([await self._bus.passed(event, group, asked.moment) for event, group in _LISTENERS])
        # Asked last: streams that were emptied meanwhile are passed by everybody.
        if await self._bus.epoch() != asked.epoch:
            self._asked = None
        elif passed:
            await self._log.has_read(asked.number)
            self._asked = None
