"""Does a poison entry in every batch delay anybody, on every Redis that we support?"""

from collections.abc import Sequence
from typing import Final

from redis.asyncio import Redis

from shared.bus.envelope import DATA
from shared.events import Event, EventDied, KillConfirmed, StoryHalted
from tests.integration.bus.conftest import Make
from tests.integration.bus.scene import (
    GROUP,
    IN,
    answer_all,
    answers,
    dead_letters,
    eventually,
    pending,
    question,
    stored,
)

BATCH, STORIES, EVERY, TRIES = 16, 400, 8, 3
#: In each batch one that the handler raises at and one that nobody can read.
POISON: Final = range(EVERY, STORIES + 1, BATCH)
UNREADABLE: Final = range(0, STORIES, BATCH)


async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
    for event in batch:
        if event.revision in POISON:
            raise ValueError(f"number {event.revision} is poison")
    return await answer_all(batch)


async def test_poison_in_every_batch_delays_nobody_and_is_kept_with_what_it_says(make: Make, redis: Redis) -> None:
    bus = make(tries=TRIES, backoff_s=(60,))
    bus.step(IN, handle, batch=BATCH)
    for number in range(1, STORIES + 1):
        if number - 1 in UNREADABLE:
            await redis.xadd(IN.stream, {DATA: b"poison %d" % number})
        await bus.emit([question(number)])
    await bus.start()
    innocent = [number for number in range(1, STORIES + 1) if number not in POISON]
    await eventually(lambda: _answered(redis, innocent), 30)
    # All others are through before a single poisoned one has had its second try.
    assert await redis.zcard(f"newswire:retry:{IN.stream}:{GROUP}") == len(POISON)
    assert await pending(redis) == 0
    letters = await dead_letters(redis)
    assert sorted(one.payload for one in letters) == sorted(f"poison {number + 1}" for number in UNREADABLE)
    assert {(one.from_stream, one.group, one.tries) for one in letters} == {(IN.stream, GROUP, 1)}


async def test_poison_dies_with_its_event_its_error_and_its_tries_and_lives_once_it_is_mended(
    make: Make, redis: Redis
) -> None:
    mended: list[bool] = []

    async def curable(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        return await (answer_all(batch) if mended else handle(batch))

    bus = make(tries=TRIES)
    bus.step(IN, curable, batch=BATCH)
    await bus.emit([question(number) for number in range(1, STORIES + 1)])
    await bus.start()
    await eventually(lambda: _dead(redis, len(POISON)), 30)
    letters = {one.revision: one for one in await dead_letters(redis)}
    assert sorted(number or 0 for number in letters) == list(POISON)
    for number, letter in letters.items():
        assert number is not None
        assert KillConfirmed.model_validate_json(letter.payload) == question(number)
        assert (letter.error, letter.tries) == (f"ValueError: number {number} is poison", TRIES)
        assert "in handle" in letter.traceback
    assert sorted(one.revision for one in await stored(redis, StoryHalted)) == list(POISON)
    assert len(await answers(redis)) == STORIES - len(POISON)
    mended.append(True)
    for letter in letters.values():
        await bus.redeliver(letter.from_stream, letter.group, letter.payload.encode())
    await eventually(lambda: _answered(redis, list(range(1, STORIES + 1))), 30)
    assert await redis.xlen(EventDied.stream) == len(POISON)


async def _answered(redis: Redis, numbers: list[int]) -> bool:
    return sorted(await answers(redis)) == numbers


async def _dead(redis: Redis, count: int) -> bool:
    return await redis.xlen(EventDied.stream) >= count
