"""Who empties the trash of comments, and takes what was spam with it?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from shared.telemetry import logger

#: How often to look (s); and how soon for more, while there is more than one transaction takes.
LOOK_EVERY: Final = 600.0
MORE_AFTER: Final = 1.0
log = logger("site")


class Trash(Protocol):
    """Comments that nobody wanted."""

    async def empty(self, now: datetime) -> Mapping[str, int]:
        """Overwrite what is due, some at a time; how many of each kind."""


class Emptying:
    """Overwrites what was thrown away long ago. Several replicas may do so at once."""

    def __init__(self, trash: Trash, now: Callable[[], Awaitable[datetime]]) -> None:
        """`now`: the clock of the site's database."""
        self._trash, self._now = trash, now

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            emptied = await self._trash.empty(await self._now())
            if any(emptied.values()):
                log.info("comments emptied", **emptied)
            await asyncio.sleep(MORE_AFTER if any(emptied.values()) else LOOK_EVERY)
