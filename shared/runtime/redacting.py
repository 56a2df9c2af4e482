"""How does a service answer a redaction? It confirms when it holds nothing of the story; else it is asked again."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shared import clock
from shared.events import Event, RedactionConfirmed, Redactor, StoryRedacted

Handler = Callable[[Sequence[StoryRedacted]], Awaitable[Sequence[Sequence[Event]]]]


class Redacting(Protocol):
    """Overwrites."""

    async def redact(self, event: StoryRedacted) -> bool:
        """Overwrite all that is held of a story; is nothing left? Done again, it does no harm."""


def redacting(service: Redactor, state: Redacting) -> Handler:
    """The step of a service. Who has confirmed already is spared: a file is not written anew for another's sake."""

    async def redacted(batch: Sequence[StoryRedacted]) -> Sequence[Sequence[Event]]:
        answers: list[Sequence[Event]] = []
        for event in batch:
            is_done = service in event.to and await state.redact(event)
            subject = {"story_id": event.story_id, "revision": event.revision}
            answers.append([RedactionConfirmed(at=clock.now(), service=service, **subject)] if is_done else [])
        return answers

    return redacted
