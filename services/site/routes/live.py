"""How do open pages hear of new stories at once (server-sent events)?"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import count
from typing import Final, Protocol

import orjson
from fastapi import Request, Response

from services.site.adapters.sql_addresses import Changes, Happened
from services.site.domain.addresses import wire_form
from services.site.routes.readers import secured
from services.site.routes.stream import Broadcast, Reader, Stream
from shared.events import rfc3339

#: Streams at a time.
MOST_READERS: Final = 2_000
#: Stories that are read at a time.
PAGE: Final = 500
#: What a browser waits before it comes back (ms), and how far apart browsers that were cut off together come.
RETRY: Final = 3_000
SPREAD: Final = 3_000
#: An event's id: the number of its change and, as many stories share one, its story.
_ID: Final = re.compile(r"([0-9]{1,18})(?:\.([0-9a-f-]{36}))?", re.ASCII)
_NAMES: Final = {"live": "live", "killed": "withdrawn", "expired": "expired"}


class Addresses(Protocol):
    """Knows what changed."""

    async def number(self) -> int:
        """The number of the newest change."""

    async def since(self, number: int, most: int = PAGE) -> Changes:
        """What changed after `number`."""

    async def missed(self, number: int, story: str | None = None, most: int = PAGE) -> Sequence[Happened]:
        """What became of stories after `number`, or after `story` of that number."""


class Memory(Protocol):
    """The pages in memory."""

    def forget(self, paths: Iterable[str], number: int) -> None:
        """These paths answer anew."""

    def forget_pictures(self, number: int) -> None:
        """So do all pictures."""


class LiveStream:
    """`/live`, and the loop that feeds it: it follows the changes of all replicas, also for the pages in memory."""

    def __init__(self, addresses: Addresses, memory: Memory, pause: float = 1.0) -> None:
        """`pause`: how often to look without being woken (s)."""
        self._addresses, self._memory, self._pause = addresses, memory, pause
        self._woken = asyncio.Event()
        self._readers: set[Reader] = set()
        self._seen: int | None = None
        self._opened = count()

    def wake(self) -> None:
        """Somebody changed routes."""
        self._woken.set()

    async def follow(self) -> None:
        """Look for changes, for ever; when that is over, so are the streams: nobody waits for what nobody tells."""
        try:
            if self._seen is None:
                self._seen = await self._addresses.number()
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause):
                        await self._woken.wait()
                self._woken.clear()
                await self.look()
        except asyncio.CancelledError:
            for reader in self._readers:
                reader.end()
            raise

    async def look(self) -> None:
        """Look once."""
        if self._seen is None:
            self._seen = await self._addresses.number()
            return
        changes = await self._addresses.since(self._seen)
        if changes.number == self._seen:
            return
        for path, number in changes.paths.items():
            self._memory.forget([path], number)
        if any(story.state != "live" for story in changes.stories):
            self._memory.forget_pictures(changes.number)
        found = changes.stories
        while found:
            told = broadcast(found)
            for reader in self._readers:
                reader.offer(told)
            found = await self._addresses.missed(*found[-1].place) if len(found) == PAGE else ()
        # Not before all are told: a look that failed half-way is begun again, and readers drop what they had.
        self._seen = changes.number

    async def __call__(self, request: Request) -> Response:
        """Open a stream; `Last-Event-ID` (or `?since=`) brings what was missed."""
        if len(self._readers) >= MOST_READERS:
            return secured(Response(b"", 503, {"Retry-After": "30", "Cache-Control": "no-store"}))
        asked = _ID.fullmatch(request.headers.get("last-event-id") or request.query_params.get("since") or "")
        after = (int(asked[1]), asked[2]) if asked else None
        if after is not None and after[0] > await self._addresses.number():
            after = None  # an id from before a backup was restored: numbers have begun again below it
        # Of all that a restart cuts off at once not all come back at once.
        retry = RETRY + next(self._opened) * 617 % SPREAD
        first = b"retry: %d\n" % retry + (b"id: %d\n\n" % self._seen if after is None and self._seen else b"\n")
        return Stream(self._readers, first, self._page, after)

    async def _page(self, number: int, story: str | None) -> Broadcast | None:
        """The next stories that a reader missed; None when there are none."""
        missed = await self._addresses.missed(number, story)
        return broadcast(missed) if missed else None


def broadcast(stories: Sequence[Happened]) -> Broadcast:
    """Stories as they are sent to everybody."""
    return Broadcast([(story.place, message(story)) for story in stories])


def message(story: Happened) -> bytes:
    """One event. A story that is gone is named by its id alone: its address would repeat its headline."""
    is_live = story.state == "live"
    told = {
        "story_id": story.story_id,
        "path": wire_form(story.path) if is_live else None,
        "headline": story.headline if is_live else None,
        "action": story.action,
        "revision": story.revision,
        "at": rfc3339(story.at),
    }
    name, data = _NAMES[story.state].encode(), orjson.dumps(told)
    return b"id: %d.%s\nevent: %s\ndata: %s\n\n" % (story.number, story.story_id.encode(), name, data)
