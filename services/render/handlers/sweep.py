"""Who renders what is due: deeper pages, archives, sitemaps, and what only time changes?"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

from services.render.domain.lists import FRONT, UPDATES
from services.render.domain.snapshot import Job
from services.render.handlers.ports import Index
from services.render.handlers.press import Press
from shared.events import Event, ListsRendered

#: Jobs in one go, and how long the sweep sleeps when nobody wakes it (seconds): replicas mark jobs, too.
MOST, NAP = 32, 1.0
#: What a site without a single story has.
FROM_THE_START = (
    *(Job("list", FRONT), Job("list", UPDATES), Job("comments")),
    *(Job("sitemap"), Job("news"), Job("static")),
)


class Sweep:
    """A loop that claims what is due, renders it and tells it as `ListsRendered`."""

    def __init__(self, index: Index, press: Press, emit: Callable[[Sequence[Event]], Awaitable[object]]) -> None:
        """`emit`: the bus."""
        self._index = index
        self._press = press
        self._emit = emit
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something may be due soon."""
        self._woken.set()

    async def run(self) -> None:
        """For ever: first what every site has, then what comes due."""
        await self._index.mark(FROM_THE_START, await self._index.now())
        while True:
            if not await self.once():
                await self._sleep()

    async def once(self) -> bool:
        """Render what is due; was there anything?"""
        now = await self._index.now()
        claimed = await self._index.claim(now, MOST)
        if claimed is None:
            return False
        snapshot, jobs = claimed
        routes = tuple(chain.from_iterable((await self._press.print(snapshot)).values()))
        if routes:
            await self._emit([ListsRendered(at=await self._index.now(), routes=routes)])
        # Only now: a crash before this line renders them again when the lease is over.
        await self._index.settle(jobs, snapshot.later, snapshot.version)
        return True

    async def _sleep(self) -> None:
        self._woken.clear()
        try:
            async with asyncio.timeout(NAP):
                await self._woken.wait()
        except TimeoutError:
            return
        # Changes come in bursts: the next look is worth it a little later, when their pages are out.
        await asyncio.sleep(NAP / 4)
