"""Who tells the others who may push?"""

import asyncio
from typing import Final, Protocol

from services.ingest.handlers.driving import Emitter
from shared import telemetry
from shared.bus import Unavailable
from shared.events import PublishersChanged

#: How often (s) the directory is told without a change, for copies that lost it.
TELL_EVERY: Final = 300.0
_PAUSE: Final = 1.0

log = telemetry.logger("ingest")


class Directory(Protocol):
    """The directory of publishers."""

    async def directory(self) -> PublishersChanged:
        """All of it."""


class Announcing:
    """Emits the directory at every start, change, and loss of Redis."""

    def __init__(self, directory: Directory, bus: Emitter) -> None:
        """It is due at once."""
        self._directory, self._bus = directory, bus
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """It must be told again."""
        self._changed.set()

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
