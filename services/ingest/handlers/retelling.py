"""What Redis forgot before those beside the line had read it, who tells it again?

What is owed to them is written in the log before Redis is given a new epoch, and crossed out when it has reached Redis:
whichever process dies in between, another one goes on.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from services.ingest.domain.listening import Heard
from services.ingest.domain.standing import Entry
from services.ingest.domain.telling import Told, event, scheduled
from shared import clock, telemetry
from shared.bus import Unavailable
from shared.events import Event

#: How often (s) somebody looks whether a process that died has left anything untold.
LOOK_EVERY: Final = 5.0
_PAUSE: Final = 1.0

log = telemetry.logger("ingest")


class Log(Protocol):
    """The log as those beside the line see it."""

    async def heard(self) -> Heard:
        """How far they have read, and what is owed to them."""

    async def owe(self) -> Heard:
        """What they have not read is owed to them from now on."""

    async def waiting(self, after: int) -> tuple[list[Entry], int]:
        """The next revisions after a position that wait for their time, and where they end."""

    async def changes(self, heard: Heard) -> tuple[list[Told], int]:
        """The next revisions of those that are owed, and the number up to which that is all."""

    async def were_told(self, heard: Heard, end: int) -> None:
        """What `changes` answered has reached Redis, unless it has forgotten again since."""


class Emitter(Protocol):
    """The bus."""

    async def emit(self, events: Sequence[Event]) -> list[str]:
        """Entry ids."""


class Retelling:
    """Pays what is owed to those who only listen."""

    def __init__(self, story_log: Log, bus: Emitter, held: Callable[[], bool]) -> None:
        """`held()`: must it wait, because Redis holds enough?"""
        self._log, self._bus, self._held = story_log, bus, held
        self._wake = asyncio.Event()
        self._wake.set()  # who ran before may have died before it told what waits for its time

    async def owe(self) -> None:
        """Redis has forgotten something: owe it, on disk, and begin soon."""
        heard = await self._log.owe()
        if heard.is_owed:
            log.warning("redis forgot what may be unread; it is told again", changes=heard.owed - heard.told)
        self._wake.set()

    async def run(self) -> None:
        """Tell, for ever. What waits for its time is told whenever Redis forgot, and it is little."""
        while True:
            waits = await self._called()
            try:
                if waits:
                    await self.embargoes()
                await self.tell()
            except Unavailable as away:
                log.warning("redis is away; what is owed waits in the log", error=away)
                if waits:
                    self._wake.set()
                await asyncio.sleep(_PAUSE)

    async def embargoes(self) -> None:
        """Tell of everything that waits for its time."""
        position = 0
        while True:
            entries, end = await self._log.waiting(position)
            if not entries:
                return
            await self._bus.emit([scheduled(one, clock.now()) for one in entries])
            position = end

    async def tell(self) -> None:
        """Tell all changes that are owed, as far as Redis has room."""
        while (heard := await self._log.heard()).is_owed and not self._held():
            told, end = await self._log.changes(heard)
            if told:
                await self._bus.emit([event(one, clock.now()) for one in told])
            await self._log.were_told(heard, end)

    async def _called(self) -> bool:
        """Wait until there is something to do, or it is time to look; was Redis forgetful?"""
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True
