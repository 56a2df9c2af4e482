"""Who waits for a story to be live, or for a kill to have reached every list (`Prefer: wait`)?"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

#: How often (s) a replica looks that did not hear the confirmation itself.
LOOK_EVERY: Final = 0.25


class LiveRevisions(Protocol):
    """Knows how far a story is live."""

    async def live_revision(self, story_id: str) -> int:
        """The newest revision that is proven live; 0 when none is."""

    async def is_out_of_lists(self, receipt: str) -> bool:
        """Does no list, feed or page show the story of this kill any more?"""


class Waiting:
    """Wakes callers the moment that a confirmation is written down."""

    def __init__(self, revisions: LiveRevisions) -> None:
        """`revisions`: asked beside, for what another replica heard."""
        self._revisions = revisions
        self._waiters: dict[str, set[asyncio.Event]] = {}

    def heard(self, story_id: str) -> None:
        """A revision of this story became live, or a kill of it reached something."""
        for event in self._waiters.get(story_id, ()):
            event.set()

    async def until_live(self, story_id: str, revision: int, seconds: float) -> bool:
        """Wait until this revision or a higher one is live; False when it is not after `seconds`."""

        async def is_live() -> bool:
            return await self._revisions.live_revision(story_id) >= revision

        return await self._until(story_id, is_live, seconds)

    async def until_out_of_lists(self, story_id: str, receipt: str, seconds: float) -> bool:
        """Wait until a kill has left no trace in lists; False when it has not after `seconds`."""
        return await self._until(story_id, lambda: self._revisions.is_out_of_lists(receipt), seconds)

    async def _until(self, story_id: str, is_so: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        event = asyncio.Event()
        self._waiters.setdefault(story_id, set()).add(event)
        try:
            async with asyncio.timeout(seconds):
                while not await is_so():
                    await _any(event, LOOK_EVERY)
        except TimeoutError:
            return False
        else:
            return True
        finally:
            self._waiters[story_id].discard(event)
            if not self._waiters[story_id]:
                del self._waiters[story_id]


async def _any(event: asyncio.Event, seconds: float) -> None:
    """Until the event, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    event.clear()
