"""What becomes of one event after a handler had it? Decisions only; `handover` carries them out.

Done     it was handled; these events follow
Again    it failed; try again after a delay
Dead     it failed for good; a dead letter follows
"""

import base64
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from pydantic import BaseModel

from shared.bus.envelope import Letter
from shared.bus.errors import Reject
from shared.events import Event, EventDied, Fact, StoryHalted

ERROR_LENGTH, TRACEBACK_LENGTH = 2_000, 20_000


class Done(NamedTuple):
    """Handled; `follow` is emitted with the acknowledgement."""

    follow: Sequence[Event] = ()


class Again(NamedTuple):
    """Failed; to be tried again in `delay_ms`."""

    delay_ms: int
    error: str


class Dead(NamedTuple):
    """Given up after `tries`."""

    error: str
    traceback: str
    tries: int


Outcome = Done | Again | Dead


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a step tries an event, and how long it waits in between (the last delay repeats)."""

    tries: int
    backoff_s: Sequence[float]

    def judge(self, error: BaseException, attempts: int, *, immortal: bool = False) -> Again | Dead:
        """Try again or give up, after `attempts` tries of which the last raised `error`.

        `immortal` is for events whose dead letter would be the same event again: they are tried for ever.
        """
        said = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
        if not immortal and (isinstance(error, Reject) or attempts >= self.tries):
            trace = "".join(traceback.format_exception(error))[-TRACEBACK_LENGTH:]
            return Dead(str(error)[:ERROR_LENGTH] if isinstance(error, Reject) else said, trace, attempts)
        delay = self.backoff_s[min(attempts, len(self.backoff_s)) - 1]
        return Again(round(delay * 1000), said)


class Entry(NamedTuple):
    """One entry of a stream in a step's hands; `event` is None where its body was not understood."""

    id: bytes
    letter: Letter
    event: Event | None = None

    @property
    def first_ms(self) -> int:
        """When it was first on the stream: its own id's time, unless it is a retry."""
        return self.letter.first or int(self.id.partition(b"-")[0])

    @property
    def subject(self) -> tuple[str, int] | None:
        """(story id, revision), as well as can be told."""
        return self.event.subject if isinstance(self.event, Fact) else None


class _Subject(BaseModel):
    story_id: UUID
    revision: int


def obituary(entry: Entry, stream: str, group: str, dead: Dead, now: datetime) -> list[Event]:
    """The dead letter of an entry and, where it concerns a revision, the word to ingest to stop driving it."""
    subject = entry.subject or _guess(entry.letter.body)
    payload, encoding = _printable(entry.letter.body)
    story, revision = subject or (None, None)
    died = EventDied(
        at=now,
        attempts=dead.tries or 1,
        from_stream=stream,
        group=group,
        entry_id=entry.id.decode(),
        payload=payload,
        encoding=encoding,
        error=dead.error,
        traceback=dead.traceback,
        tries=dead.tries,
        story_id=story,
        revision=revision,
    )
    if subject is None or stream in {StoryHalted.stream, EventDied.stream}:
        return [died]
    return [died, StoryHalted(at=now, story_id=UUID(subject[0]), revision=subject[1], step=group, error=dead.error)]


def _printable(body: bytes) -> tuple[str, Any]:
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"


def _guess(body: bytes) -> tuple[str, int] | None:
    """Which revision was this, when the body is JSON but not the event that it should be?"""
    try:
        data = orjson.loads(body)
        seen = _Subject.model_validate(data.get("head", data))
    except (ValueError, AttributeError):
        return None
    return str(seen.story_id), seen.revision
