"""What comes back for our revisions?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from shared import clock, telemetry
from shared.events import ChangeNumbered, Event, KillConfirmed, LiveOutline, NoticesPlanned, StoryHalted

#: Steps that a story needs to get on; the desk's or our own dead letters do not stop it.
DRIVEN_STEPS: Final = frozenset({"enrich", "render", "site", "notify"})

Follow = Sequence[Sequence[Event]]
log = telemetry.logger("ingest")


class Confirmations(Protocol):
    """Where it is written down."""

    async def live(
        self, proven: Mapping[str, tuple[int, datetime]]
    ) -> tuple[Sequence[tuple[str, int, datetime]], Mapping[str, int]]:
        """Settle all up to these; what was new, and the seq of each."""

    async def planned(self, subjects: Sequence[tuple[str, int]]) -> None:
        """Notices up to these are planned."""

    async def halted(self, subjects: Sequence[tuple[str, int, str]]) -> None:
        """(story, revision, step): these are not driven any more."""

    async def killed(self, confirmed: Sequence[KillConfirmed]) -> None:
        """Enter it into receipts."""


class Confirming:
    """Handlers of the four events that come back; all that follows is that a live revision has its number."""

    def __init__(self, confirmations: Confirmations, heard: Callable[[str], None], room: Callable[[], None]) -> None:
        """`heard(story_id)`: who waits for it is told; `room()`: the window may have room again."""
        self._confirmations, self._heard, self._room = confirmations, heard, room

    async def live(self, batch: Sequence[LiveOutline]) -> Follow:
        """Proven: settle it and everything below."""
        proven: dict[str, tuple[int, datetime]] = {}
        for event in batch:
            story_id, revision = event.subject
            if revision > proven.get(story_id, (0, event.live_at))[0]:
                proven[story_id] = (revision, event.live_at)
        news, numbers = await self._confirmations.live(proven)
        for story_id, revision, accepted_at in news:
            seconds = (proven[story_id][1] - accepted_at).total_seconds()
            telemetry.LIVE_SECONDS.observe(max(0.0, seconds))
            log.info("revision live", story=story_id, revision=revision, seconds=round(seconds, 3))
        for story_id in proven:
            self._heard(story_id)
        self._room()
        return [_numbered(event, proven, numbers) for event in batch]

    async def planned(self, batch: Sequence[NoticesPlanned]) -> Follow:
        """Every notice that was owed is planned."""
        await self._confirmations.planned(_highest(event.subject for event in batch))
        return [[] for _ in batch]

    async def halted(self, batch: Sequence[StoryHalted]) -> Follow:
        """A step gave it up."""
        subjects = [(*event.subject, event.step) for event in batch if event.step in DRIVEN_STEPS]
        if subjects:
            await self._confirmations.halted(subjects)
            for event in batch:
                log.warning("revision halted", story=event.story_id, revision=event.revision, step=event.step)
            self._room()
        return [[] for _ in batch]

    async def killed(self, batch: Sequence[KillConfirmed]) -> Follow:
        """A channel did what a kill asked of it."""
        await self._confirmations.killed(batch)
        for story_id in {str(event.story_id) for event in batch}:
            self._heard(story_id)
        return [[] for _ in batch]


def _numbered(
    event: LiveOutline, proven: Mapping[str, tuple[int, datetime]], numbers: Mapping[str, int]
) -> Sequence[Event]:
    """The place of this revision among the changes; again when it is heard again."""
    story_id, revision = event.subject
    if proven[story_id][0] != revision or story_id not in numbers:
        return []
    return [ChangeNumbered(at=clock.now(), story_id=event.head.story_id, revision=revision, seq=numbers[story_id])]


def _highest(subjects: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for story_id, revision in subjects:
        found[story_id] = max(revision, found.get(story_id, 0))
    return list(found.items())
