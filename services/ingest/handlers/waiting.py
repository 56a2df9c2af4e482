"""Who waits for a story to be live (`Prefer: wait`)?"""

import asyncio
from typing import Final, Protocol

#: How often (s) a replica looks that did not hear the confirmation itself.
LOOK_EVERY: Final = 0.25


class LiveRevisions(Protocol):
    """Knows how far a story is live."""

    async def live_revision(self, story_id: str) -> int:
        """The newest revision that is proven live; 0 when none is."""


class Waiting:
    """Wakes callers the moment that a confirmation is written down."""

    def __init__(self, revisions: LiveRevisions) -> None:
        """`revisions`: asked beside, for what another replica heard."""
        self._revisions = revisions
        self._waiters: dict[str, set[asyncio.Event]] = {}

    def heard(self, story_id: str) -> None:
        """A revision of this story became live."""
        for event in self._waiters.get(story_id, ()):
            event.set()

    async def until_live(self, story_id: str, revision: int, seconds: float) -> bool:
        """Wait until this revision or a higher one is live; False when it is not after `seconds`."""
        event = asyncio.Event()
        self._waiters.setdefault(story_id, set()).add(event)
        try:
            async with asyncio.timeout(seconds):
                while await self._revisions.live_revision(story_id) < revision:
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
