"""How long may a batch keep the event loop to itself? Decoding and sealing hundreds of long events takes tens of ms."""

import asyncio
from typing import Final

from shared import clock

LONGEST_S: Final = 0.004


class Pace:
    """Lets others run whenever the work since the last such moment has taken long enough."""

    def __init__(self) -> None:
        """Begin now."""
        self._since = clock.monotonic()

    async def keep(self) -> None:
        """Call it between two pieces of work."""
        if clock.monotonic() - self._since >= LONGEST_S:
            await asyncio.sleep(0)
            self._since = clock.monotonic()
