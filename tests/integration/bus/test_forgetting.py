"""Does Redis forget a story, wherever an event of it is?"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from shared.bus import keys
from shared.events import Event, KillConfirmed, PublishersChanged
from tests.integration.bus.conftest import Make
from tests.integration.bus.scene import GROUP, IN, NOON, answer_all, answers, eventually, pending, question, stored

SECRET = str(UUID(int=7))


async def test_what_nobody_has_read_goes_and_what_is_about_others_stays(make: Make, redis: Redis) -> None:
    bus = make()
    await bus.emit([question(1), question(7), question(7), question(2, detail=f"mentions {SECRET}")])
    await bus.emit([PublishersChanged(at=NOON, version=1, publishers=())])
    assert await bus.forget(SECRET, ()) == 2
    assert [one.revision for one in await stored(redis, IN)] == [1, 2]
    assert len(await stored(redis, PublishersChanged)) == 1
    assert await bus.forget(SECRET, ()) == 0


async def test_streams_that_are_spared_keep_theirs(make: Make, redis: Redis) -> None:
    bus = make()
    await bus.emit([question(7)])
    assert await bus.forget(SECRET, (IN,)) == 0
    assert len(await stored(redis, IN)) == 1


async def test_nothing_follows_from_what_was_in_hand(make: Make, redis: Redis) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        begun.set()
        await may_end.wait()
        return await answer_all(batch)

    bus = make()
    bus.step(IN, slow)
    await bus.start()
    await bus.emit([question(7), question(8)])
    await begun.wait()
    assert await bus.forget(SECRET, ()) >= 1
    may_end.set()
    await eventually(lambda: _is_answered(redis))
    assert await pending(redis) == 0
    assert await answers(redis) == [8]


async def test_what_waits_for_its_next_try_goes_and_holds_nothing_back(make: Make, redis: Redis) -> None:
    async def fail(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        raise RuntimeError(f"cannot do {len(batch)}")

    bus = make(backoff_s=(60,))
    bus.step(IN, fail)
    await bus.start()
    await bus.emit([question(7)])

    async def waits() -> bool:
        return bool(await redis.zcard(keys.retry(IN.stream, GROUP)))

    await eventually(waits)
    assert await bus.forget(SECRET, ()) >= 1
    assert await redis.zcard(keys.retry(IN.stream, GROUP)) == 0
    assert await redis.zcard(keys.opened(IN.stream, GROUP)) == 0
    assert await bus.passed(IN, GROUP, await bus.time_ms())


async def test_an_entry_that_nobody_can_read_goes_when_it_names_the_story(make: Make, redis: Redis) -> None:
    bus = make()
    await bus.emit([question(1)])
    entry: Any = {"__data__": f"no envelope, but {SECRET}"}
    await redis.xadd(IN.stream, entry)
    assert await bus.forget(SECRET, ()) == 1
    assert await redis.xlen(IN.stream) == 1


async def _is_answered(redis: Redis) -> bool:
    return await answers(redis) == [8]
