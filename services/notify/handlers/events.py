"""What does notify do with what it hears?"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shared import clock, telemetry
from shared.events import (
    AnswerNoticed,
    ChangeNumbered,
    CommentAnswered,
    Event,
    NoticesPlanned,
    PublishersChanged,
    StoryKilled,
    StoryLive,
)

Answers = Sequence[Sequence[Event]]
log = telemetry.logger("notify")


class Planned(Protocol):
    """What became of a batch."""

    @property
    def current(self) -> Sequence[bool]:
        """Which events nothing newer had overtaken."""

    @property
    def owed(self) -> bool:
        """Is there anything to send?"""

    @property
    def late(self) -> Sequence[tuple[str, int]]:
        """(story, revision) of notices that are suppressed because they come too late."""


class Plans(Protocol):
    """Enters what is owed into the ledger."""

    async def plan(self, batch: Sequence[StoryLive]) -> Planned:
        """Plan; what a newer revision has overtaken is not current."""

    async def stop(self, batch: Sequence[StoryKilled]) -> None:
        """Suppress what has not left yet."""


class Changes(Protocol):
    """The places of revisions among the changes."""

    async def number(self, batch: Sequence[ChangeNumbered]) -> None:
        """Remember them."""


class Correspondents(Protocol):
    """People who hear of answers to comments."""

    async def note(self, batch: Sequence[CommentAnswered]) -> None:
        """Enter what these answers set off, each once."""


class Directory(Protocol):
    """The copy of the directory of publishers."""

    async def replace(self, newest: PublishersChanged) -> None:
        """Take a newer one over."""


class NotifyHandlers:
    """One method an event; each takes a batch."""

    def __init__(
        self, plans: Plans, changes: Changes, directory: Directory, wake: Callable[[], Awaitable[None]]
    ) -> None:
        """`wake` tells the workers, here and in other replicas, that the ledger has something to do."""
        self._plans = plans
        self._changes = changes
        self._directory = directory
        self._wake = wake

    async def live(self, batch: Sequence[StoryLive]) -> Answers:
        """A revision is proven: plan its notices, then say so (again, when it was asked again)."""
        # In the order of revisions, so that a publish and its correction in one batch are two notices.
        order = sorted(range(len(batch)), key=lambda index: batch[index].head.revision)
        planned = await self._plans.plan([batch[index] for index in order])
        for story, revision in planned.late:
            log.error("notices suppressed: late", story=story, revision=revision)
        if planned.owed:
            await self._wake()
        answers: list[Sequence[Event]] = [[] for _ in batch]
        for index, is_current in zip(order, planned.current, strict=True):
            if is_current:
                answers[index] = [_planned(batch[index])]
        return answers

    async def killed(self, batch: Sequence[StoryKilled]) -> Answers:
        """Nothing of a killed story leaves from now on; its notices follow when the kill is live."""
        await self._plans.stop(batch)
        return [[] for _ in batch]

    async def numbered(self, batch: Sequence[ChangeNumbered]) -> Answers:
        """Partners count what they have had by these numbers."""
        await self._changes.number(batch)
        return [[] for _ in batch]

    async def publishers(self, batch: Sequence[PublishersChanged]) -> Answers:
        """The newest directory of the batch is the only one that matters."""
        await self._directory.replace(max(batch, key=lambda event: event.version))
        return [[] for _ in batch]


def answering(correspondents: Correspondents) -> Callable[[Sequence[CommentAnswered]], Awaitable[Answers]]:
    """The step that hears of answers to comments: notes them, then says so (again, when it was told again)."""

    async def answered(batch: Sequence[CommentAnswered]) -> Answers:
        await correspondents.note(batch)
        return [[AnswerNoticed(at=clock.now(), comment=event.comment)] for event in batch]

    return answered


def _planned(event: StoryLive) -> NoticesPlanned:
    return NoticesPlanned(at=clock.now(), story_id=event.head.story_id, revision=event.head.revision)
