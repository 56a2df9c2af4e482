"""Who deletes pages that nobody can see any more?

Render writes and never deletes: it does not know what is shown. The site does. It walks through the store, a part of it
at a time, and compares with its routes; so it also finds what a crash left behind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar

from services.site.domain.collecting import KEEP, LATE, MAKING_FOR, Unused
from shared.events import CommentsChanged, Event, ListsRendered, Route, StoryEnriched, StoryKilled, StoryRendered
from shared.pages import MAKING, object_of, shelves
from shared.telemetry import PACKS_DELETED, PACKS_UNUSED

E = TypeVar("E", StoryRendered, ListsRendered)

#: Between two of the sixteen shelves (s): 20 minutes for the whole store.
PAUSE: Final = 75.0
#: Whoever may still bring routes: entries of these that are in hand or not yet read.
_BEFORE_US: Final = (
    *((StoryEnriched, "render"), (StoryKilled, "render"), (CommentsChanged, "render")),
    *((StoryRendered, "site"), (ListsRendered, "site")),
)


class Store(Protocol):
    """The page store."""

    async def packs(self, shelf: str) -> list[tuple[str, datetime]]:
        """The packs on a shelf, each with the time of its writing."""

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects."""

    async def holds(self, key: str) -> bool:
        """Is it there?"""

    async def written_at(self, key: str) -> datetime | None:
        """When it was written; None when it is not there."""


class Current(Protocol):
    """The route table."""

    async def packs(self, start: str) -> Collection[str]:
        """The packs that some route names, of those whose names start so."""


class Line(Protocol):
    """The bus."""

    async def time_ms(self) -> int:
        """Its clock."""

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """Has `group` settled every entry older than that?"""


class PagesGone(LookupError):  # noqa: N818 - an outcome with a name
    """An event names pages that were deleted: it was kept back for too long. Let the story go again instead."""


class Collector:
    """A loop that deletes packs without a current page."""

    def __init__(self, store: Store, current: Current, line: Line, now: Callable[[], Awaitable[datetime]]) -> None:
        """`now`: the database's clock."""
        self._store, self._current, self._line, self._now = store, current, line, now
        self._unused = Unused()

    async def run(self) -> None:
        """For ever."""
        while True:
            for shelf in shelves():
                await asyncio.sleep(PAUSE)
                await self.collect(shelf)

    async def collect(self, shelf: str) -> int:
        """Look at one shelf; how many packs were deleted."""
        # The order matters: first nothing old is under way, then what is there, then what is current.
        is_settled = await self._is_settled() and not await self._is_making()
        there = await self._store.packs(shelf)
        current = await self._current.packs(shelf)
        gone = self._unused.note(there, current, shelf, await self._now()) if is_settled else []
        await self._store.delete(gone)
        self._unused.forget(gone)
        PACKS_DELETED.inc(len(gone))
        PACKS_UNUSED.set(len(self._unused))
        return len(gone)

    async def _is_making(self) -> bool:
        """Is a rebuild writing pages that no route will name before its end?"""
        said = await self._store.written_at(MAKING)
        return said is not None and await self._now() - said < MAKING_FOR

    async def _is_settled(self) -> bool:
        before_ms = await self._line.time_ms() - int((KEEP - LATE).total_seconds() * 1000)
        return all([await self._line.passed(event, group, before_ms) for event, group in _BEFORE_US])


class Late:
    """Looks after events that come so late that their pages may have been collected (a dead letter sent again)."""

    def __init__(self, store: Store, now: Callable[[], Awaitable[datetime]]) -> None:
        """`now`: the database's clock."""
        self._store, self._now = store, now

    def checked(
        self, step: Callable[[Sequence[E]], Awaitable[list[list[Event]]]]
    ) -> Callable[[Sequence[E]], Awaitable[list[list[Event]]]]:
        """`step`, but PagesGone for a late event whose pages are not there."""

        async def checked(batch: Sequence[E]) -> list[list[Event]]:
            now = await self._now()
            for event in batch:
                if now - event.at > LATE:
                    await self._look(event.routes)
            return await step(batch)

        return checked

    async def _look(self, routes: Iterable[Route]) -> None:
        for name in sorted({object_of(route.key) for route in routes if route.key}):
            if not await self._store.holds(name):
                raise PagesGone(f"{name} was deleted before this event came; let the story go again")
