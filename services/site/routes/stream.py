"""How does one reader hold a stream of events: missing nothing, never far behind, and never for ever unread?"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.site.domain.entries import SECURITY
from shared.database import is_outage
from shared.telemetry import logger

#: A line that keeps proxies from closing a quiet stream (s).
HEARTBEAT: Final = 20.0
#: Who takes nothing for so long (s) is let go: a stream costs a place.
STALLED: Final = 60.0
#: Broadcasts that a slow reader may be behind; the bytes are the same for all readers.
MOST_BEHIND: Final = 100
#: After every story of a number.
LAST: Final = "~"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    *SECURITY,
]
#: Where a story stands among all that happened: the number of its change, its id.
Place = tuple[int, str]
#: The next stories after a number, or after a story of that number.
Page = Callable[[int, str | None], Awaitable["Broadcast | None"]]
log = logger("site")


class Broadcast:
    """What is told at once: one or more events in order, as bytes that all readers share."""

    def __init__(self, told: Sequence[tuple[Place, bytes]]) -> None:
        """`told`: at least one event with its place."""
        self._told = told

    @property
    def last(self) -> Place:
        """The place of its last event."""
        return self._told[-1][0]

    @cached_property
    def _whole(self) -> bytes:
        return b"".join(event for _, event in self._told)

    def after(self, place: Place) -> bytes:
        """Its events after a place: as a rule all, and then the same bytes for everybody."""
        if self._told[0][0] > place:
            return self._whole
        return b"".join(event for at, event in self._told if at > place)


class Reader:
    """What waits for one reader."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._waiting: asyncio.Queue[Broadcast | None] = asyncio.Queue(MOST_BEHIND)

    def offer(self, told: Broadcast) -> None:
        """Hand it on; who is too far behind is let go, and resumes by its last id."""
        if self._waiting.full():
            self.end()
        else:
            self._waiting.put_nowait(told)

    def end(self) -> None:
        """Nothing more comes."""
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def next(self) -> Broadcast | None:
        """What comes next; None at the end. TimeoutError when it is time for a sign of life."""
        async with asyncio.timeout(HEARTBEAT):
            return await self._waiting.get()


class Stream(Response):
    """The answer of `/live`: what was missed, then what comes, until the reader leaves or takes nothing more."""

    def __init__(self, readers: set[Reader], first: bytes, page: Page, after: tuple[int, str | None] | None) -> None:
        """`readers`: all who are told; `first`: what is sent at once; `after`: from where on things were missed."""
        super().__init__()
        self._readers, self._first, self._page, self._after = readers, first, page, after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        telling, leaving = asyncio.ensure_future(self._tell(send)), asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, leaving):
                task.cancel()
            ended = await asyncio.gather(telling, leaving, return_exceptions=True)
        _raise(ended[0])

    async def _tell(self, send: Send) -> None:
        reader = Reader()
        self._readers.add(reader)  # before the database is asked: what comes meanwhile waits
        try:
            async for part in self._parts(reader):
                async with asyncio.timeout(STALLED):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            async with asyncio.timeout(STALLED):
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            log.info("a reader of /live took nothing for a minute")
        finally:
            self._readers.discard(reader)

    async def _parts(self, reader: Reader) -> AsyncIterator[bytes]:
        yield self._first
        last: Place = (0, "")
        if self._after is not None:
            number, story = self._after
            last = (number, story or LAST)
            while missed := await self._page(number, story):
                yield missed.after(last)
                last = number, story = missed.last
        while True:
            try:
                told = await reader.next()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if told is None:
                return
            if told.last > last:
                yield told.after(last)
                last = told.last


async def _left(receive: Receive) -> None:
    with suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass


def _raise(error: object) -> None:
    """What ended a stream and is a fault of ours. A database that is away ends it, too: the reader comes back."""
    if not isinstance(error, BaseException) or isinstance(error, asyncio.CancelledError):
        return
    if not (isinstance(error, OSError) or is_outage(error)):
        raise error
    log.warning("a stream to a reader ended", reason=str(error))
