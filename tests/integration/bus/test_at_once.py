"""How many batches does a step have in hand at a time, and are all of them finished when the bus stops?"""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest
from redis.asyncio import Redis

from shared.events import Event, KillConfirmed
from tests.integration.bus.conftest import Make
from tests.integration.bus.scene import IN, answer_all, answers, eventually, pending, question


class Held:
    """A handler that finishes its batches when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.let = asyncio.Event()

    async def handle(self, batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        """Note the batch, wait, answer."""
        self.batches.append([event.revision for event in batch])
        await self.let.wait()
        return await answer_all(batch)


@pytest.mark.parametrize("at_once", [1, 2, 3])
async def test_as_many_batches_as_asked_for_are_in_hand_and_no_more(make: Make, redis: Redis, at_once: int) -> None:
    held, bus = Held(), make()
    bus.step(IN, held.handle, batch=2, at_once=at_once)
    await bus.emit([question(number) for number in range(1, 11)])
    await bus.start()
    await eventually(lambda: len(held.batches) == at_once)
    # What it had read beyond them would be taken from replicas that have time.
    assert await pending(redis) == 2 * at_once
    assert held.batches == [[2 * n + 1, 2 * n + 2] for n in range(at_once)]
    held.let.set()
    await eventually(lambda: _all_answered(redis, 10))
    assert await pending(redis) == 0


async def test_every_batch_in_hand_is_finished_when_the_bus_stops(make: Make, redis: Redis) -> None:
    held, bus = Held(), make()
    bus.step(IN, held.handle, batch=2, at_once=2)
    await bus.emit([question(number) for number in range(1, 11)])
    await bus.start()
    await eventually(lambda: len(held.batches) == 2)
    stopping = asyncio.create_task(bus.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    held.let.set()
    await stopping
    assert sorted(await answers(redis)) == [1, 2, 3, 4]
    assert await pending(redis) == 0


async def test_a_batch_that_fails_spoils_none_beside_it(make: Make, redis: Redis) -> None:
    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        if any(event.revision == 3 for event in batch):
            raise ValueError("three is wrong")
        return await answer_all(batch)

    bus = make(tries=1)
    bus.step(IN, handle, batch=2, at_once=2)
    await bus.emit([question(number) for number in range(1, 11)])
    await bus.start()
    await eventually(lambda: _all_answered(redis, 9))
    assert 3 not in await answers(redis)


async def test_a_step_that_gathers_takes_together_what_comes_while_it_rests(make: Make, redis: Redis) -> None:
    held, bus = Held(), make()
    held.let.set()
    bus.step(IN, held.handle, batch=100, gather_s=1.0)
    await bus.emit([question(number) for number in range(1, 11)])
    await bus.start()
    await eventually(lambda: _all_answered(redis, 10))
    for number in range(11, 16):
        await bus.emit([question(number)])
    await eventually(lambda: _all_answered(redis, 15))
    # One batch after the rest; two if this machine stood still for longer than it lasts.
    assert held.batches[0] == list(range(1, 11))
    assert len(held.batches) <= 3


async def test_neither_few_events_nor_whole_batches_are_followed_by_a_rest(make: Make, redis: Redis) -> None:
    held, bus = Held(), make()
    held.let.set()
    bus.step(IN, held.handle, batch=20, gather_s=60.0)
    await bus.emit([question(number) for number in range(1, 41)])
    await bus.start()
    await eventually(lambda: _all_answered(redis, 40))
    for number in range(41, 46):
        await bus.emit([question(number)])
        await eventually(partial(_all_answered, redis, number))


async def test_a_rest_holds_up_no_stop(make: Make, redis: Redis) -> None:
    held, bus = Held(), make()
    held.let.set()
    bus.step(IN, held.handle, batch=100, gather_s=60.0)
    await bus.emit([question(number) for number in range(1, 11)])
    await bus.start()
    await eventually(lambda: _all_answered(redis, 10))
    async with asyncio.timeout(10):
        await bus.stop()


async def _all_answered(redis: Redis, count: int) -> bool:
    return len(await answers(redis)) == count
