"""In which order do revisions leave the log?

What the window had room for comes straight from the commit; the rest is claimed from the log, in its order, when room
is there again. Nothing is lost with this process: what it claimed and did not emit is found by `unsent`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from services.ingest.domain.standing import Entry
from services.ingest.domain.telling import Told, event, scheduled
from shared import clock, telemetry
from shared.bus import Unavailable
from shared.events import Event

BATCH: Final = 64
#: What waits in memory to be emitted, about.
MOST: Final = 1000
#: How often (s) the log is asked without being told to; how often emission times are written down.
LOOK_EVERY: Final = 1.0
MARK_EVERY: Final = 0.5
_PAUSE: Final = 1.0

log = telemetry.logger("ingest")


class Outbox(Protocol):
    """The log as the driver sees it."""

    async def claim(self) -> tuple[list[Told], bool]:
        """The next queued revisions that the window has room for; does any remain?"""

    async def unsent(self, *, kills: bool = False) -> list[Told]:
        """Claimed ones of which nobody knows that they were emitted; some of them, or of the kills among them."""

    async def sent(self, marks: Iterable[tuple[str, int, int]]) -> None:
        """Remember when (story, revision, Redis ms) were emitted."""


class Emitter(Protocol):
    """The bus."""

    async def emit(self, events: Sequence[Event]) -> list[str]:
        """Entry ids, "ms-n"."""


class Driver:
    """Emits revisions."""

    def __init__(self, outbox: Outbox, bus: Emitter, held: Callable[[], bool] = lambda: False) -> None:
        """Nothing is on its way yet. `held()`: must stories wait, because Redis holds enough? Kills never do."""
        self._outbox, self._bus, self._held = outbox, bus, held
        self._ready: deque[Told] = deque()
        self._scheduled: deque[Entry] = deque()
        self._marks: dict[str, tuple[str, int, int]] = {}
        self._wake = asyncio.Event()
        #: Does the log hold revisions that wait for room, as far as we know? We look at the start.
        self._behind = True
        self._look_at, self._away = 0.0, False

    def send(self, told: Sequence[Told], waiting: Sequence[Entry] = ()) -> None:
        """Emit these; they are claimed. The desk hears of those that wait for their time."""
        self._ready.extend(one for one in told if one.entry.action == "kill" or not self._held())
        self._scheduled.extend(waiting)
        if told or waiting:
            self._wake.set()

    def queued(self) -> None:
        """There is something to claim."""
        self._behind = True
        self._wake.set()

    def room(self) -> None:
        """The window may have room again."""
        if self._behind:
            self._wake.set()

    async def run(self) -> None:
        """Drive, for ever."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._wake.wait()
            self._wake.clear()
            if clock.monotonic() >= self._look_at:
                await self._look()
                self._look_at = clock.monotonic() + LOOK_EVERY
            try:
                await self._drain()
                self._away = False
            except Unavailable as away:
                self._away = True
                # What is claimed and not emitted comes back through `unsent`.
                log.warning("redis is away; revisions wait in the log", error=away)
                self._ready.clear()
                self._scheduled.clear()
                await asyncio.sleep(_PAUSE)

    async def _look(self) -> None:
        """What was claimed and held back, or claimed by who died, is taken up; another replica may have queued more."""
        while lost := await self._outbox.unsent(kills=self._held()):
            self._ready.extend(lost)
            if self._away or len(self._ready) >= MOST:  # while Redis is away, some are enough to find it back
                break
        self._behind = True

    async def keep_marks(self) -> None:
        """Write down when revisions were emitted, for ever. Most are live by then and need no mark."""
        while True:
            await asyncio.sleep(MARK_EVERY)
            marks, self._marks = self._marks, {}
            if marks:
                try:
                    await self._outbox.sent(marks.values())
                except BaseException:
                    self._marks = marks | self._marks  # else all of them would go again when the database is back
                    raise

    async def _drain(self) -> None:
        while True:
            while self._ready or self._scheduled:
                await self._emit()
            if not self._behind or self._held():
                return
            claimed, self._behind = await self._outbox.claim()
            self._ready.extend(claimed)
            if not claimed:
                return

    async def _emit(self) -> None:
        now = clock.now()
        batch = [self._ready.popleft() for _ in range(min(BATCH, len(self._ready)))]
        late = [self._scheduled.popleft() for _ in range(min(BATCH, len(self._scheduled)))]
        events: list[Event] = [event(one, now) for one in batch]
        ids = await self._bus.emit([*events, *(scheduled(one, now) for one in late)])
        for one, entry_id in zip(batch, ids, strict=False):
            story_id = one.entry.identity.story_id
            self._marks[story_id] = (story_id, one.entry.revision, int(entry_id.partition("-")[0]))
