"""What if the process that has events in hand dies, hangs or stops? Nothing is lost, nothing is handed over twice."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import partial

import pytest
from redis.asyncio import Redis

from shared.bus import keys
from shared.events import Event, KillConfirmed
from tests.integration.bus.conftest import Make
from tests.integration.bus.scene import (
    GROUP,
    IN,
    OUT,
    answer_all,
    answers,
    dead_letters,
    eventually,
    numbers,
    pending,
    question,
)

Spawn = Callable[..., Awaitable[Process]]
NOBODY = -1


@pytest.fixture
async def spawn(each_redis_url: str) -> AsyncGenerator[Spawn]:
    """Start worker processes; none outlives its test."""
    started: list[Process] = []

    async def start(pause_s: float, lethal: int = NOBODY) -> Process:
        command = (sys.executable, "-m", "tests.integration.bus.worker", each_redis_url, str(pause_s), str(lethal))
        started.append(await asyncio.create_subprocess_exec(*command, stdout=PIPE))
        return started[-1]

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _in_hand(process: Process) -> list[int]:
    """The numbers of the next batch that a worker has in hand."""
    assert process.stdout
    line = await process.stdout.readline()
    return [int(number) for number in line.split()]


async def test_every_event_is_handed_over_once_however_often_its_consumer_is_killed_mid_batch(
    make: Make, spawn: Spawn, redis: Redis
) -> None:
    await make().emit([question(number) for number in range(1, 201)])
    for _ in range(3):
        victim = await spawn(0.02)
        for _ in range(3):
            assert await _in_hand(victim)
        victim.kill()
        await victim.wait()
    heir = make(tries=5)
    heir.step(IN, answer_all)
    await heir.start()
    await eventually(lambda: _all_answered(redis, 200))
    assert sorted(await answers(redis)) == list(range(1, 201))
    assert await dead_letters(redis) == []


async def test_the_sole_process_takes_over_at_once_what_the_one_before_it_left(
    make: Make, spawn: Spawn, redis: Redis
) -> None:
    victim = await spawn(60)
    await make().emit([question(1)])
    assert await _in_hand(victim) == [1]
    victim.kill()
    await victim.wait()
    heir = make(sole=True, lease_s=600)
    heir.step(IN, answer_all)
    await heir.start()
    await eventually(lambda: _all_answered(redis, 1), within_s=2)


async def test_a_process_that_hung_longer_than_its_lease_hands_over_nothing_twice(
    make: Make, spawn: Spawn, redis: Redis
) -> None:
    sleeper = await spawn(0.3)
    await make().emit([question(number) for number in range(1, 11)])
    in_hand = await _in_hand(sleeper)
    assert in_hand
    os.kill(sleeper.pid, signal.SIGSTOP)
    heir = make()
    heir.step(IN, answer_all)
    await heir.start()
    await eventually(lambda: _all_answered(redis, 10))
    os.kill(sleeper.pid, signal.SIGCONT)
    # It wakes, finishes its batch and finds that none of it is its own any more; then it works on.
    await make().emit([question(11)])
    await eventually(lambda: _all_answered(redis, 11))
    await asyncio.sleep(0.5)
    assert sorted(await answers(redis)) == list(range(1, 12))


async def test_an_event_that_kills_its_process_dies_itself_in_the_end_and_alone(
    make: Make, spawn: Spawn, redis: Redis
) -> None:
    await make().emit([question(number) for number in range(1, 31)])
    deaths = 0
    while not await redis.xlen("event.died.v1"):
        victim = await spawn(0, 13)
        await eventually(partial(_dead_or_buried, victim, redis), within_s=20)
        deaths += victim.returncode is not None
        assert deaths < 8
    await eventually(lambda: _all_answered(redis, 29), within_s=15)
    (letter,) = await dead_letters(redis)
    assert letter.revision == 13
    assert "never finished" in letter.error
    assert sorted(await answers(redis)) == [number for number in range(1, 31) if number != 13]


async def test_an_entry_that_was_delivered_too_often_is_buried_and_a_suspect_is_tried_alone(
    make: Make, redis: Redis
) -> None:
    batches: list[list[int]] = []

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        batches.append(numbers(batch))
        return await answer_all(batch)

    killer, suspect, innocent, other = await make().emit([question(number) for number in range(1, 5)])
    await redis.xreadgroup(GROUP, "dead", {IN.stream: ">"})
    for entry_id, deliveries in ((killer, 3), (suspect, 2), (innocent, 1), (other, 1)):
        await redis.xclaim(IN.stream, GROUP, "dead", 0, [entry_id], retrycount=deliveries, idle=60_000, justid=True)
    heir = make(tries=3)
    heir.step(IN, handle)
    await heir.start()
    await eventually(lambda: _all_answered(redis, 3))
    assert batches == [[3, 4], [2]]
    assert [letter.revision for letter in await dead_letters(redis)] == [1]


async def test_a_bus_that_stops_releases_what_it_read_and_did_not_begin(make: Make, redis: Redis) -> None:
    away = asyncio.Event()

    async def handle(_batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        away.set()
        raise ConnectionError("away")

    first = make(is_outage=lambda error: isinstance(error, ConnectionError), lease_s=600)
    first.step(IN, handle)
    await first.start()
    await first.emit([question(1)])
    await away.wait()
    await first.stop()
    (row,) = await redis.xpending_range(IN.stream, GROUP, "-", "+", 10)
    assert row["times_delivered"] == 0
    second = make(lease_s=600)
    second.step(IN, answer_all)
    await second.start()
    await eventually(lambda: _all_answered(redis, 1))


async def test_a_bus_that_stops_leaves_no_lock_of_a_sweep_that_it_cut_off(make: Make, redis: Redis) -> None:
    step = make(lease_s=600)
    step.step(IN, answer_all)
    await step.start()
    lock = keys.sweep(IN.stream, GROUP)
    await redis.set(lock, step._consumer, px=600_000)
    await step.stop()
    assert not await redis.exists(lock)


async def test_a_bus_that_stops_finishes_the_batch_in_hand_and_leaves_no_name(make: Make, redis: Redis) -> None:
    begun = asyncio.Event()

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        begun.set()
        await asyncio.sleep(0.2)
        return await answer_all(batch)

    bus = make()
    bus.step(IN, handle)
    await bus.start()
    await bus.emit([question(1)])
    await begun.wait()
    await bus.stop()
    assert await answers(redis) == [1]
    assert await redis.xinfo_consumers(IN.stream, GROUP) == []


async def test_two_replicas_share_the_work_without_doubling_any(make: Make, redis: Redis) -> None:
    hands: list[list[int]] = [[], []]

    def worker(number: int) -> Callable[[Sequence[KillConfirmed]], Awaitable[list[list[Event]]]]:
        async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
            hands[number] += numbers(batch)
            await asyncio.sleep(0.01)
            return await answer_all(batch)

        return handle

    for number in range(2):
        replica = make()
        replica.step(IN, worker(number), batch=8)
        await replica.start()
    await make().emit([question(number) for number in range(1, 401)])
    await eventually(lambda: _all_answered(redis, 400))
    assert all(hands)
    assert sorted(hands[0] + hands[1]) == sorted(await answers(redis)) == list(range(1, 401))


async def test_the_name_of_a_dead_consumer_goes_only_when_nothing_is_pending_under_it(make: Make, redis: Redis) -> None:
    await make().emit([question(1)])
    await redis.xreadgroup(GROUP, "dead-and-holding", {IN.stream: ">"}, count=1)
    await redis.xgroup_createconsumer(IN.stream, GROUP, "dead-and-idle")
    heir = make(lease_s=0.2)
    heir.step(IN, answer_all)
    await heir.start()
    # Ten leases without a sign of life, then both are gone: the one entry has been taken over first.
    await eventually(lambda: _names(redis, 1))
    assert await answers(redis) == [1]


async def _dead_or_buried(victim: Process, redis: Redis) -> bool:
    return victim.returncode is not None or bool(await redis.xlen("event.died.v1"))


async def _all_answered(redis: Redis, count: int) -> bool:
    return await redis.xlen(OUT.stream) >= count and await pending(redis) == 0


async def _names(redis: Redis, count: int) -> bool:
    return len(await redis.xinfo_consumers(IN.stream, GROUP)) == count
