"""What does the desk do with what it hears? It writes it down; nothing follows from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.desk.domain.heard import LineEvent, StoryLine, story_line
from shared.events import DeliveriesProgressed, Event, EventDied, PublishersChanged, StoryDelayed, StoryHalted

Nothing = Sequence[Sequence[Event]]


class ReadModel(Protocol):
    """The trace read model."""

    async def hear(self, lines: Sequence[StoryLine]) -> None:
        """Enter what events say about stories."""

    async def delayed(self, story_id: str, revision: int, stage: str, at: datetime, note: str) -> None:
        """Note what a stage waits for."""

    async def halted(self, story_id: str, revision: int, at: datetime, error: str) -> None:
        """Note that a step gave up."""

    async def progressed(self, batch: Sequence[DeliveriesProgressed]) -> None:
        """Enter delivery counts."""


class Letters(Protocol):
    """The dead letters."""

    async def keep(self, batch: Sequence[EventDied]) -> None:
        """Store them."""


class Directory(Protocol):
    """The copy of the directory of publishers."""

    async def replace(self, newest: PublishersChanged) -> None:
        """Take a newer one over."""


class DeskHandlers:
    """One method an event; each takes a batch and answers with nothing."""

    def __init__(self, read_model: ReadModel, letters: Letters, directory: Directory) -> None:
        """The three things that the desk remembers."""
        self._read_model = read_model
        self._letters = letters
        self._directory = directory

    async def heard(self, batch: Sequence[LineEvent]) -> Nothing:
        """Events of the line, kills and embargoes: stages of a trace."""
        await self._read_model.hear([story_line(event) for event in batch])
        return [[] for _ in batch]

    async def delayed(self, batch: Sequence[StoryDelayed]) -> Nothing:
        """Something outside keeps a stage waiting."""
        for event in batch:
            story_id, revision = event.subject
            await self._read_model.delayed(story_id, revision, event.stage, event.at, event.note)
        return [[] for _ in batch]

    async def halted(self, batch: Sequence[StoryHalted]) -> Nothing:
        """A step gave a revision up."""
        for event in batch:
            await self._read_model.halted(*event.subject, event.at, f"{event.step}: {event.error}")
        return [[] for _ in batch]

    async def died(self, batch: Sequence[EventDied]) -> Nothing:
        """Dead letters."""
        await self._letters.keep(batch)
        return [[] for _ in batch]

    async def progressed(self, batch: Sequence[DeliveriesProgressed]) -> Nothing:
        """Delivery counts."""
        await self._read_model.progressed(batch)
        return [[] for _ in batch]

    async def publishers(self, batch: Sequence[PublishersChanged]) -> Nothing:
        """The newest directory of the batch is the only one that matters."""
        await self._directory.replace(max(batch, key=lambda event: event.version))
        return [[] for _ in batch]
