"""What the tests of the bus share: events that are easy to tell apart, and waiting for a condition."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any, TypeVar
from uuid import UUID

from redis.asyncio import Redis

from shared.bus import Bus
from shared.bus.envelope import DATA, open_letter
from shared.events import CommentsChanged, Event, EventDied, KillConfirmed

E = TypeVar("E", bound=Event)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

#: The step under test: ingest hears KillConfirmed number n, and CommentsChanged number n follows.
IN, OUT = KillConfirmed, CommentsChanged
GROUP = "ingest"


def question(number: int, detail: str = "") -> KillConfirmed:
    """Event number n."""
    return KillConfirmed(
        at=NOON,
        story_id=UUID(int=number),
        revision=number,
        receipt=UUID(int=0),
        channel="page",
        outcome="confirmed",
        detail=detail,
    )


def answer(event: KillConfirmed) -> CommentsChanged:
    """The event that follows from number n."""
    return CommentsChanged(at=NOON, story_id=event.story_id, version=event.revision, comments=())


async def answer_all(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
    """A handler that does its duty."""
    return [[answer(event)] for event in batch]


def never(_error: BaseException) -> bool:
    """Nothing is an outage."""
    return False


def bus(url: str, service: str = GROUP, **options: Any) -> Bus:
    """A bus that is quick to lose patience."""
    impatient: dict[str, Any] = {"is_outage": never, "backoff_s": (0.05, 0.1), "lease_s": 1.0}
    return Bus(url, service, **(impatient | options))


async def answers(redis: Redis) -> list[int]:
    """Numbers of the events that followed, in order."""
    return [event.version for event in await stored(redis, OUT)]


async def stored(redis: Redis, kind: type[E]) -> list[E]:
    """Every event on a stream."""
    entries: Any = await redis.xrange(kind.stream)
    return [kind.model_validate_json(open_letter(fields[DATA]).body) for _, fields in entries]


async def dead_letters(redis: Redis) -> list[EventDied]:
    """The dead letters so far."""
    return await stored(redis, EventDied)


async def pending(redis: Redis, kind: type[Event] = IN, group: str = GROUP) -> int:
    """How many entries a group has read and not settled."""
    return int((await redis.xpending(kind.stream, group))["pending"])


async def eventually(condition: Callable[[], Awaitable[object] | object], within_s: float = 10.0) -> None:
    """Wait for a condition, never for a duration."""
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while True:
        holds = condition()
        if await holds if isawaitable(holds) else holds:
            return
        if loop.time() > until:
            raise AssertionError(f"did not happen within {within_s} s")
        await asyncio.sleep(0.01)


def numbers(events: Iterable[KillConfirmed]) -> list[int]:
    """Their numbers."""
    return [event.revision for event in events]
