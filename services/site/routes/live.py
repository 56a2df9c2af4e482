"""How do open pages hear of new stories at once (server-sent events)?"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from typing import Final, Protocol

import orjson
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from services.site.adapters.sql_addresses import Changes, Happened
from services.site.domain.addresses import wire_form
from services.site.domain.entries import SECURITY
from shared.events import rfc3339

#: A line that keeps proxies from closing a quiet stream (s).
HEARTBEAT: Final = 20.0
#: Streams at a time, and events that a slow reader may be behind.
MOST_READERS: Final = 2_000
MOST_BEHIND: Final = 100
#: Stories that are read at a time.
PAGE: Final = 500
#: What a browser waits before it comes back (ms).
RETRY: Final = 3_000
#: An event's id: the number of its change and, as many stories share one, its story.
_ID: Final = re.compile(r"([0-9]{1,18})(?:\.([0-9a-f-]{36}))?", re.ASCII)
#: After every story of a number.
_LAST: Final = "~"
_NAMES: Final = {"live": "live", "killed": "withdrawn", "expired": "expired"}


class Addresses(Protocol):
    """Knows what changed."""

    async def number(self) -> int:
        """The number of the newest change."""

    async def since(self, number: int, story: str | None = None, most: int = PAGE) -> Changes:
        """What changed after `number`, or after `story` of that number."""


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
        self._readers: set[asyncio.Queue[Happened | None]] = set()
        self._seen: int | None = None

    def wake(self) -> None:
        """Somebody changed routes."""
        self._woken.set()

    async def follow(self) -> None:
        """Look for changes, for ever."""
        if self._seen is None:
            self._seen = await self._addresses.number()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._woken.wait()
            self._woken.clear()
            await self.look()

    async def look(self) -> None:
        """Look once."""
        if self._seen is None:
            self._seen = await self._addresses.number()
            return
        changes = await self._addresses.since(self._seen)
        if changes.number == self._seen:
            return
        self._seen = changes.number
        for path, number in changes.paths.items():
            self._memory.forget([path], number)
        if any(story.state != "live" for story in changes.stories):
            self._memory.forget_pictures(changes.number)
        found = changes.stories
        while found:
            for story in found:
                for reader in self._readers:
                    _offer(reader, story)
            found = (await self._addresses.since(*found[-1].place)).stories if len(found) == PAGE else ()

    async def __call__(self, request: Request) -> Response:
        """Open a stream; `Last-Event-ID` (or `?since=`) brings what was missed."""
        if len(self._readers) >= MOST_READERS:
            return Response(b"", 503, {"Retry-After": "30", "Cache-Control": "no-store"})
        asked = _ID.fullmatch(request.headers.get("last-event-id") or request.query_params.get("since") or "")
        after = (int(asked[1]), asked[2]) if asked else None
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = StreamingResponse(self._events(after), 200, headers, "text/event-stream")
        response.raw_headers.extend(SECURITY)
        return response

    async def _events(self, after: tuple[int, str | None] | None) -> AsyncGenerator[bytes]:
        queue: asyncio.Queue[Happened | None] = asyncio.Queue(MOST_BEHIND)
        self._readers.add(queue)
        try:
            last = (after[0], after[1] or _LAST) if after is not None else (0, "")
            yield b"retry: %d\n\n" % RETRY
            while after is not None:
                missed = (await self._addresses.since(*after)).stories
                for story in missed:
                    last = story.place
                    yield message(story)
                after = last if len(missed) == PAGE else None
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        story_or_end = await queue.get()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if story_or_end is None:
                    return
                if story_or_end.place > last:
                    last = story_or_end.place
                    yield message(story_or_end)
        finally:
            self._readers.discard(queue)


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


def _offer(reader: "asyncio.Queue[Happened | None]", story: Happened) -> None:
    """Hand a story on; who is too far behind is let go, and resumes by its last id."""
    if reader.full():
        reader.get_nowait()
        reader.put_nowait(None)
    else:
        reader.put_nowait(story)
