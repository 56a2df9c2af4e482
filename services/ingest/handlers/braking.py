"""Does Redis hold too much of what nobody reads?

The window bounds what is emitted and not yet live. Behind that point stories stay in Redis for whoever has not read
them: with the desk or notify stopped they go live all the same, and would fill its memory. So while the streams of the
line hold too many bytes, stories wait in the log. Kills do not.
"""

import asyncio
from typing import Final, Protocol

from shared import telemetry
from shared.bus import Unavailable

#: Bytes in the line's streams from which on stories wait, and below which they go on: some ten thousand of them.
MOST: Final = 256 * 1024 * 1024
ENOUGH: Final = MOST * 3 // 4
LOOK_EVERY: Final = 1.0

log = telemetry.logger("ingest")


class Streams(Protocol):
    """The bus."""

    async def weights(self) -> dict[str, int]:
        """Bytes in each stream of the line."""


class Brake:
    """`on` while stories have to wait."""

    def __init__(self, streams: Streams) -> None:
        """Nothing is known yet."""
        self._streams = streams
        self.on = False

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            try:
                await self.look()
            except Unavailable as away:
                log.debug("nobody knows what redis holds", error=away)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Look once."""
        weights = await self._streams.weights()
        whole = sum(weights.values())
        if not self.on and whole > MOST:
            self.on = True
            fullest = max(weights, key=lambda stream: weights[stream])
            log.warning("stories wait in the log: a service does not read its events", bytes=whole, stream=fullest)
        elif self.on and whole < ENOUGH:
            self.on = False
            log.info("stories go on", bytes=whole)
