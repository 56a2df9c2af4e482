"""Who renders what is due: deeper pages, archives, sitemaps, and what only time changes?"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from services.render.domain.lists import FRONT, UPDATES
from services.render.domain.snapshot import Job
from services.render.handlers.ports import Index, Line
from services.render.handlers.press import Press
from shared.events import ListsRendered

#: Jobs in one go, and how long the sweep sleeps when nobody wakes it (seconds): replicas mark jobs, too.
MOST, NAP = 32, 1.0
#: Goes that site has not read yet; were it stopped, what is due would be told again whenever its lease is over.
AHEAD = 16
#: What a site without a single story has.
FROM_THE_START = (
    *(Job("list", FRONT), Job("list", UPDATES), Job("comments")),
    *(Job("sitemap"), Job("news"), Job("static")),
)


@dataclass(frozen=True, slots=True)
class _Told:
    """Jobs that were rendered and told; done when site has read the entry, unless Redis forgot it (another epoch)."""

    before_ms: int
    epoch: str | None
    jobs: Sequence[tuple[Job, int]]
    later: Sequence[tuple[Job, int]]
    version: int


class Sweep:
    """A loop that claims what is due, renders it and tells it as `ListsRendered`.

    A job is forgotten only when site has read what was told of it: nobody else would tell it again. What is lost on the
    way (a crash, a Redis that lost everything) comes due once more when its lease is over.
    """

    def __init__(self, index: Index, press: Press, line: Line, style: str) -> None:
        """`line`: the bus. `style` names the theme and the words that pages are made with."""
        self._style = style
        self._index = index
        self._press = press
        self._line = line
        self._woken = asyncio.Event()
        self._told: deque[_Told] = deque(maxlen=256)

    def wake(self) -> None:
        """Something may be due soon."""
        self._woken.set()

    async def run(self) -> None:
        """For ever: first what every site has, then what comes due."""
        await self.begin()
        while True:
            if not await self.once():
                await self._sleep()

    async def begin(self) -> None:
        """What every site has; and everything, when pages look different from now on."""
        now = await self._index.now()
        await self._index.mark(FROM_THE_START, now)
        await self._index.restyle(self._style, now)

    async def all(self, ahead: float) -> None:
        """Render all that is due within so many seconds; for those who make everything again and gather nothing."""
        while await self.once(ahead):
            pass
        await self._settle()

    async def once(self, ahead: float = 0.0) -> bool:
        """Render what is due (within `ahead` seconds); was there anything?"""
        await self._settle()
        if len(self._told) >= AHEAD:
            return False
        claimed = await self._index.claim(await self._index.now(), MOST, ahead)
        if claimed is None:
            return False
        snapshot, jobs = claimed
        routes = tuple(chain.from_iterable((await self._press.print(snapshot)).values()))
        if not routes:
            await self._index.settle(jobs, snapshot.later, snapshot.version)
            return True
        epoch = await self._line.epoch()
        entries = await self._line.emit([ListsRendered(at=await self._index.now(), routes=routes)])
        before_ms = int(entries[-1].partition("-")[0]) + 1
        self._told.append(_Told(before_ms, epoch, jobs, snapshot.later, snapshot.version))
        return True

    async def _settle(self) -> None:
        if not self._told:
            return
        while self._told:
            told = self._told[0]
            passed = await self._line.passed(ListsRendered, "site", told.before_ms)
            # Asked last: streams that were emptied meanwhile are passed by everybody. Without an epoch nobody can know.
            if told.epoch is not None and await self._line.epoch() == told.epoch:
                if not passed:
                    return
                await self._index.settle(told.jobs, told.later, told.version)
            self._told.popleft()

    async def _sleep(self) -> None:
        self._woken.clear()
        try:
            async with asyncio.timeout(NAP):
                await self._woken.wait()
        except TimeoutError:
            return
        # Changes come in bursts: the next look is worth it a little later, when their pages are out.
        await asyncio.sleep(NAP / 4)
