"""Who tells the others who may push?"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from shared import telemetry
from shared.bus import Unavailable
from shared.events import Event, PublishersChanged

#: How often (s) the directory is told without a change, for copies that lost it.
TELL_EVERY: Final = 300.0
#: Whose copies let a caller in. A change waits for them so long (s): what they have not heard, they hear later.
COPIES: Final = ("desk", "notify")
PATIENCE: Final = 1.0
_POLL: Final = 0.01
_PAUSE: Final = 1.0

log = telemetry.logger("ingest")


class Directory(Protocol):
    """The directory of publishers."""

    async def directory(self) -> PublishersChanged:
        """All of it."""


class Transport(Protocol):
    """The bus."""

    async def emit(self, events: Sequence[Event]) -> list[str]:
        """Entry ids, "ms-n"."""

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """Has a step done with everything older?"""


class Announcing:
    """Emits the directory at every start, change, and loss of Redis."""

    def __init__(self, directory: Directory, bus: Transport) -> None:
        """It is due at once."""
        self._directory, self._bus = directory, bus
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """It must be told again."""
        self._changed.set()

    async def everywhere(self) -> None:
        """Tell it now, until every copy has heard: a key that was taken away opens nothing any more."""
        try:
            async with asyncio.timeout(PATIENCE):
                (entry,) = await self._bus.emit([await self._directory.directory()])
                at = int(entry.partition("-")[0])
                for group in COPIES:
                    while not await self._bus.passed(PublishersChanged, group, at + 1):  # noqa: ASYNC110 - Redis tells nobody
                        await asyncio.sleep(_POLL)
        except (TimeoutError, Unavailable):
            log.warning("not every service has heard yet who may push")
            self.changed()

    async def run(self) -> None:
        """Tell it, for ever."""
        while True:
            self._changed.clear()
            try:
                await self._bus.emit([await self._directory.directory()])
            except Unavailable as away:
                log.warning("the directory of publishers waits for redis", error=away)
                await asyncio.sleep(_PAUSE)
                continue
            try:
                async with asyncio.timeout(TELL_EVERY):
                    await self._changed.wait()
            except TimeoutError:
                continue
