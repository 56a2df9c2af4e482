"""How does a redaction reach every service, and Redis?

    the kill has come home → nothing older is under way → our file is clean → all services are told, until all confirm

Only then may the page store be searched for what is older: whatever held the story was written before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from services.ingest.domain.redacting import Redaction
from shared import telemetry
from shared.bus import Unavailable
from shared.events import (
    LINE,
    WITHDRAWN,
    ChangeNumbered,
    CommentAnswered,
    CommentsChanged,
    DeliveriesProgressed,
    Event,
    KillConfirmed,
    ListsRendered,
    NoticesPlanned,
    RedactionConfirmed,
    StoryKilled,
    StoryLive,
    StoryRedacted,
)

LOOK_EVERY: Final = 1.0
#: Clocks of the page store and of ours may differ by so much: what a service writes after it was told is younger.
BETWEEN_CLOCKS: Final = timedelta(seconds=2)
#: Whoever may still hold something of a story that was killed.
_UNDER_WAY: Final[tuple[tuple[type[Event], str], ...]] = (
    *LINE,
    *((StoryKilled, group) for group in ("enrich", "render", "site", "notify", "desk")),
    *((ListsRendered, "site"), (CommentsChanged, "render"), (CommentAnswered, "notify"), (StoryLive, "ingest")),
)

#: These are about the story and say nothing of it; others wait for them.
_HARMLESS: Final = (
    *(KillConfirmed, NoticesPlanned, ChangeNumbered),
    *(DeliveriesProgressed, StoryRedacted, RedactionConfirmed),
)

log = telemetry.logger("ingest")


class Redactions(Protocol):
    """Redactions in the log."""

    async def unsettled(self) -> list[str]:
        """Stories of which something may be under way."""

    async def settle(self, story_id: str) -> None:
        """Nothing is."""

    async def open(self) -> list[Redaction]:
        """To be told now."""

    async def told(self, story_id: str) -> None:
        """It is told."""

    async def done(self, story_id: str) -> None:
        """All have confirmed."""

    async def confirm(self, batch: Sequence[RedactionConfirmed]) -> None:
        """Services have."""


class Transport(Protocol):
    """The bus."""

    async def emit(self, events: Sequence[Event]) -> list[str]:
        """Entry ids."""

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """Has a step done with everything older?"""

    async def time_ms(self) -> int:
        """Redis' clock."""

    async def forget(self, story_id: str, spare: Sequence[type[Event]]) -> int:
        """Delete every event of a story; how many."""


class Redacting:
    """The loop that drives redactions."""

    def __init__(self, redactions: Redactions, bus: Transport, now: Callable[[], Awaitable[datetime]]) -> None:
        """`now`: the database's clock."""
        self._redactions, self._bus, self._now = redactions, bus, now
        self._since: dict[str, int] = {}

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except Unavailable as away:
                log.warning("redis is away; redactions wait", error=away)

    async def look(self) -> None:
        """Take each redaction a step further."""
        for story_id in await self._redactions.unsettled():
            since = self._since.setdefault(story_id, await self._bus.time_ms())
            if all([await self._bus.passed(event, group, since) for event, group in _UNDER_WAY]):
                await self._redactions.settle(story_id)
                del self._since[story_id]
        for one in await self._redactions.open():
            await self._tell(one)

    async def confirmed(self, batch: Sequence[RedactionConfirmed]) -> Sequence[Sequence[Event]]:
        """A service holds nothing of it any more."""
        await self._redactions.confirm(batch)
        return [[] for _ in batch]

    async def _tell(self, one: Redaction) -> None:
        if one.told_at is None or not one.missing:
            await self._bus.forget(one.story_id, _HARMLESS)
        if not one.missing:
            await self._redactions.done(one.story_id)
            log.info("story redacted", story=one.story_id, revision=one.revision)
            return
        log.info("redaction told", story=one.story_id, to=",".join(one.missing))
        await self._bus.emit([_event(one, await self._now())])
        await self._redactions.told(one.story_id)


def _event(one: Redaction, now: datetime) -> StoryRedacted:
    return StoryRedacted(
        at=now,
        story_id=UUID(one.story_id),
        revision=one.revision,
        public_note=WITHDRAWN,
        lists=one.lists,
        pictures=one.pictures,
        before=(one.settled_at or one.at) + BETWEEN_CLOCKS,
        to=one.missing,
    )
