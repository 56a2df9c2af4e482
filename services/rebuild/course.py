"""In which order is everything made again, compared, and taken over, while the site serves and stories come?

1. Every story as it is now is carried down a line of its own (`line`), into tables beside those that serve.
2. What came meanwhile follows, until little is left.
3. Ingest holds back what is new (kills never), the rest follows: what is beside is now what the log says.
4. The tables are compared, or taken over. If a kill came in between, it is carried along first, and again.

NotRebuilt    it cannot be done, for the reason given; nothing that serves has changed
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from services.rebuild.line import BATCH, IN_HAND, Line, NoWeb
from shared.database.compare import Moved
from shared.events import CommentsChanged, StoryKilled, StoryReceived

#: So few are left to follow that new ones may be held back meanwhile.
FEW: Final = 500
#: Looks at the rest (s between two), until what went out before the hold has come back.
LOOK: Final = 0.1
PATIENCE: Final = 60.0
#: How far ahead (s) render's jobs are done: it gathers changes for three seconds.
AHEAD: Final = 5.0
TRIES: Final = 20


class NotRebuilt(Exception):  # noqa: N818 - an outcome with a name
    """Nothing has changed."""


class Log(Protocol):
    """What ingest has accepted."""

    async def current(self) -> Mapping[str, int]:
        """Story → the revision that everybody should see."""

    async def events(self, wanted: Sequence[tuple[str, int]]) -> Sequence[StoryReceived | StoryKilled]:
        """Revisions as ingest says them."""

    async def is_at_rest(self) -> bool:
        """Has everything that went out come back?"""


class Comments(Protocol):
    """What readers said and editors approved."""

    async def versions(self) -> Mapping[str, int]:
        """Story → version of its comments."""

    async def events(self, story_ids: Sequence[str]) -> Sequence[CommentsChanged]:
        """Comments as the site says them."""


class Sweep(Protocol):
    """Render's jobs beside stories: deeper pages, archives, sitemaps."""

    async def begin(self) -> None:
        """Ask for what every site has."""

    async def all(self, ahead: float) -> None:
        """Do everything that is due within so many seconds."""


Tell = Callable[[str, int, int], Awaitable[None]]
Hold = Callable[[], AbstractAsyncContextManager[object]]


class Course:
    """Makes everything again, beside what serves."""

    def __init__(self, log: Log, comments: Comments, line: Line, sweep: Sweep, web: NoWeb) -> None:
        """`web` is that of enrich on the line."""
        self._log, self._comments, self._line, self._sweep, self._web = log, comments, line, sweep, web
        self._carried: dict[str, int] = {}
        self._commented: dict[str, int] = {}

    async def whole(self, tell: Tell, order: Callable[[list[tuple[str, int]]], None] | None = None) -> None:
        """Carry every story, then what came meanwhile; `order` may change the order, which must not matter."""
        await self._sweep.begin()
        while True:
            wanted = await self._behind()
            if order is not None:
                order(wanted)
            await self._carry(wanted, tell)
            await self._comment()
            if len(wanted) <= FEW:
                break
        await tell("lists", 0, 0)
        await self._sweep.all(AHEAD)

    async def rest(self) -> None:
        """While new stories are held back: wait until all that went out is back, and carry it, too."""
        for _ in range(int(PATIENCE / LOOK)):
            if await self._log.is_at_rest():
                break
            await asyncio.sleep(LOOK)
        else:
            raise NotRebuilt(f"stories have been on their way for {PATIENCE:.0f} s; `newswire doctor` may say why")
        self._web.may_come = False

    async def follow(self) -> None:
        """Carry what has come since."""
        for _ in range(TRIES):
            if not await self.is_behind():
                break
            await self._carry(await self._behind(), _silent)
            await self._comment()
        await self._sweep.all(AHEAD)

    async def is_behind(self) -> bool:
        """Does the log, or a discussion, say more than was carried?"""
        return bool(await self._behind()) or bool(await self._talked())

    async def _behind(self) -> list[tuple[str, int]]:
        current = await self._log.current()
        return [one for one in current.items() if self._carried.get(one[0], 0) < one[1]]

    async def _talked(self) -> list[tuple[str, int]]:
        versions = await self._comments.versions()
        return [one for one in versions.items() if self._commented.get(one[0], 0) < one[1]]

    async def _carry(self, wanted: Sequence[tuple[str, int]], tell: Tell) -> None:
        """Batches follow each other: while one is painted the next is enriched already."""
        in_hand: deque[asyncio.Task[None]] = deque()
        try:
            for start in range(0, len(wanted), BATCH):
                if len(in_hand) == IN_HAND:
                    await in_hand.popleft()
                await tell("stories", start, len(wanted))
                in_hand.append(asyncio.create_task(self._take(wanted[start : start + BATCH]), name=f"batch {start}"))
            while in_hand:
                await in_hand.popleft()
        finally:
            for one in in_hand:
                one.cancel()
            await asyncio.gather(*in_hand, return_exceptions=True)

    async def _take(self, some: Sequence[tuple[str, int]]) -> None:
        events = {str(one.head.story_id): one for one in await self._log.events(some)}
        aside = await self._line.take([events[story_id] for story_id, _ in some if story_id in events])
        missed = {str(one.head.story_id) for one in aside}
        self._carried |= {story_id: revision for story_id, revision in some if story_id not in missed}

    async def _comment(self) -> None:
        wanted = await self._talked()
        for start in range(0, len(wanted), BATCH):
            some = wanted[start : start + BATCH]
            await self._line.comments(await self._comments.events([story_id for story_id, _ in some]))
            self._commented |= dict(some)


async def again_when_moved(course: Course, work: Callable[[], Awaitable[None]]) -> None:
    """Take over; when something came in between, carry that along first and take over again."""
    for _ in range(TRIES):
        await course.follow()
        try:
            await work()
        except Moved:
            continue
        return
    raise NotRebuilt("kills and comments came faster than they could be carried along; try again")


async def _silent(phase: str, done: int, total: int) -> None:
    del phase, done, total
