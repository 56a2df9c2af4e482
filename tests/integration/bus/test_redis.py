"""What if Redis itself loses things, goes away, or fills up?"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from shared.bus import Bus, Unavailable, connection
from shared.bus.trim import trim_all
from shared.events import Event, KillConfirmed, NoticesPlanned, StoryHalted
from tests.integration.bus.conftest import Make
from tests.integration.bus.scene import (
    GROUP,
    IN,
    NOON,
    OUT,
    answer_all,
    answers,
    bus,
    eventually,
    pending,
    question,
)
from tests.servers.redis import DURABLE, RedisServer, binaries


async def test_steps_go_on_after_flushall_in_mid_flight(make: Make, redis: Redis) -> None:
    step = make()
    step.step(IN, answer_all)
    await step.start()
    for number in range(1, 6):
        await step.emit([question(number)])
        await redis.flushall()
    await step.emit([question(9)])
    await eventually(lambda: _answered(redis, 9), within_s=3)
    assert await step.problems() == []


async def test_a_deleted_group_comes_back_at_the_beginning(make: Make, redis: Redis) -> None:
    step = make()
    step.step(IN, answer_all)
    await step.start()
    await redis.xgroup_destroy(IN.stream, GROUP)
    await step.emit([question(1)])
    await eventually(lambda: _answered(redis, 1), within_s=3)


async def test_a_subscriber_whose_task_died_is_started_again(make: Make, redis: Redis) -> None:
    step = make()
    step.step(IN, answer_all)
    await step.start()
    for subscriber in step._subscriptions._subscribers.values():
        for task in subscriber.tasks:
            task.cancel()
    await asyncio.sleep(0)
    assert "dead" in (await step.problems())[0]
    await step.emit([question(1)])
    await eventually(lambda: _answered(redis, 1), within_s=3)
    assert await step.problems() == []


async def test_trimming_takes_only_what_every_group_has_settled(make: Make, redis: Redis) -> None:
    halted = [StoryHalted(at=NOON, story_id=question(n).story_id, revision=n, step="x", error="") for n in (1, 2, 3)]
    ids = await make().emit(halted)
    assert await trim_all(redis) == 0
    await redis.xreadgroup("ingest", "a", {StoryHalted.stream: ">"})
    await redis.xack(StoryHalted.stream, "ingest", *ids)
    assert await trim_all(redis) == 0, "desk has not read"
    await redis.xreadgroup("desk", "a", {StoryHalted.stream: ">"})
    assert await trim_all(redis) == 0, "desk has settled nothing"
    await redis.xack(StoryHalted.stream, "desk", ids[0], ids[2])
    assert await trim_all(redis) == 1, "the second is pending, the third behind it"
    await redis.xack(StoryHalted.stream, "desk", ids[1])
    await redis.xgroup_destroy(StoryHalted.stream, "ingest")
    assert await trim_all(redis) == 0, "a group that does not exist has read nothing"
    await redis.xgroup_create(StoryHalted.stream, "ingest", "$")
    assert await trim_all(redis) == 2


async def test_a_pending_entry_that_was_deleted_is_acknowledged_and_forgotten(make: Make, redis: Redis) -> None:
    (entry_id,) = await make().emit([question(1)])
    await redis.xreadgroup(GROUP, "gone", {IN.stream: ">"})
    await redis.xdel(IN.stream, entry_id)
    heir = make(lease_s=0.2)
    heir.step(IN, answer_all)
    await heir.start()
    await eventually(lambda: _none_pending(redis))


async def test_passed_means_read_and_settled_and_not_waiting_for_a_retry(make: Make, redis: Redis) -> None:
    gate, failing = asyncio.Event(), [True]

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        await gate.wait()
        if failing:
            raise ValueError("not yet")
        return await answer_all(batch)

    step = make(backoff_s=(0.05,), tries=1_000)
    step.step(IN, handle)
    (entry_id,) = await step.emit([question(1)])
    ms = int(entry_id.partition("-")[0])
    assert await step.passed(IN, GROUP, ms), "nothing is older"
    assert not await step.passed(IN, GROUP, ms + 1), "it is unread"
    await step.start()
    await eventually(lambda: _pending_is(redis, 1))
    assert not await step.passed(IN, GROUP, ms + 1), "it is pending"
    gate.set()
    await eventually(lambda: _exists(redis, f"newswire:open:{IN.stream}:{GROUP}"))
    for _ in range(20):
        assert not await step.passed(IN, GROUP, ms + 1), "it is retried, under a new entry id"
        await asyncio.sleep(0.01)
    failing.clear()
    await eventually(lambda: step.passed(IN, GROUP, ms + 1))
    assert await answers(redis) == [1]
    assert not await step.passed(OUT, "render", await step.time_ms() + 1000), "nobody reads as render"


async def test_a_group_that_vanished_has_passed_nothing(make: Make, redis: Redis) -> None:
    step = make()  # not started: it would make its groups again before we have looked
    (entry_id,) = await step.emit([question(1)])
    ms = int(entry_id.partition("-")[0])
    await redis.flushall()
    assert not await step.passed(NoticesPlanned, GROUP, ms)


async def test_an_answer_that_got_lost_on_its_way_is_fetched_again_long_before_its_lease_ends(
    make: Make, redis: Redis
) -> None:
    step = make(lease_s=20)
    step.step(IN, answer_all)
    await step.emit([question(1)])
    # Delivered in our name, as if Redis had sent it into a connection that broke.
    await redis.xreadgroup(GROUP, step._consumer, {IN.stream: ">"})
    await step.start()
    await eventually(lambda: _answered(redis, 1), within_s=8)


async def test_a_nudge_reaches_every_process_that_listens(make: Make) -> None:
    heard: list[str] = []
    near, far = make("notify"), make("notify")
    near.on_wake("deliveries", lambda: heard.append("near"))
    far.on_wake("deliveries", lambda: heard.append("far"))
    far.on_wake("routes", lambda: heard.append("wrong"))
    await near.start()
    await far.start()
    await eventually(lambda: heard.count("wrong") == 1)
    heard.clear()
    await near.wake("deliveries")
    assert heard == ["near"], "its own callbacks at once"
    await eventually(lambda: sorted(heard) == ["far", "near"])


async def test_the_epoch_is_set_once_and_gone_with_everything_else(make: Make, redis: Redis) -> None:
    first, second = make(), make()
    assert await first.epoch() is None
    assert await first.set_epoch("one")
    assert not await second.set_epoch("two")
    assert await second.epoch() == "one"
    await redis.flushall()
    assert await first.epoch() is None


async def test_no_command_swallows_a_cancellation(make: Make) -> None:
    step = make()
    calls: list[Callable[[], Awaitable[object]]] = [step.time_ms, step.lengths]
    for call in calls:
        for number in range(50):
            loop = asyncio.create_task(_for_ever(call))
            await asyncio.sleep(0.003 + number * 1e-5)
            loop.cancel()
            await asyncio.wait([loop])


async def test_what_waits_is_counted_for_metrics_and_doctor(make: Make, redis: Redis) -> None:
    gate = asyncio.Event()

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        await gate.wait()
        return await answer_all(batch)

    def gauge(name: str) -> float:
        return REGISTRY.get_sample_value(name, {"stream": IN.stream, "group": GROUP}) or 0.0

    step = make()
    step.step(IN, handle, batch=10)
    await step.emit([question(number) for number in range(1, 31)])
    await step.start()
    await eventually(lambda: _pending_is(redis, 10))
    assert (await step.lengths())[IN.stream] == 30
    await eventually(lambda: gauge("newswire_step_oldest_pending_seconds") > 0, within_s=8)
    # Redis 6.2 does not say what was not delivered yet: there the stream's length is the bound.
    assert gauge("newswire_step_lag") in {20, 30}
    gate.set()
    await eventually(lambda: _answered(redis, 30))


async def test_large_and_many_events_go_out_in_chunks(make: Make, redis: Redis) -> None:
    events = [question(number, "x" * 60_000) for number in range(1, 300)]
    ids = await make().emit(events)
    assert len(ids) == await redis.xlen(IN.stream) == 299


async def test_a_server_that_refuses_to_write_is_asked_seldom_and_used_again(make: Make, redis: Redis) -> None:
    step = make()
    step.step(IN, answer_all)
    await step.start()
    before = await _reads(redis)
    await redis.execute_command("REPLICAOF", "127.0.0.1", "1")  # type: ignore[no-untyped-call]
    try:
        await eventually(lambda: _away(step))
        await asyncio.sleep(1)
        assert await _reads(redis) - before < 30
        with pytest.raises(Unavailable):
            await step.emit([question(1)])
    finally:
        await redis.execute_command("REPLICAOF", "NO", "ONE")  # type: ignore[no-untyped-call]
    await step.emit([question(1)])
    await eventually(lambda: _answered(redis, 1))


@pytest.fixture(params=list(binaries().values()), ids=list(binaries()))
async def own(request: pytest.FixtureRequest) -> AsyncGenerator[RedisServer]:
    """A server that a test may kill; it keeps on disk what it was told."""
    binary: Path = request.param
    server = RedisServer(binary, DURABLE)
    server.start()
    yield server
    server.remove()


@pytest.fixture
async def step(own: RedisServer) -> AsyncGenerator[Bus]:
    """A bus on that server."""
    made = bus(own.url, lease_s=20)
    yield made
    await made.stop()


async def test_a_restart_of_redis_loses_nothing_and_needs_no_restart_of_ours(own: RedisServer, step: Bus) -> None:
    step.step(IN, answer_all)
    await step.start()
    await step.emit([question(1)])
    own.stop()
    assert any("redis is away" in problem for problem in await step.problems())
    with pytest.raises(Unavailable):
        await step.emit([question(2)])
    own.start()
    await step.emit([question(2)])
    async with Redis.from_url(own.url, protocol=2) as client:
        # The first may have been in an answer that died with the server; then it comes second, before its lease ends.
        await eventually(lambda: _answered(client, 1), within_s=8)
        await eventually(lambda: _answered(client, 2), within_s=8)
        assert len(await answers(client)) == 2
    await eventually(lambda: _no_problem(step))


async def test_a_batch_that_was_handled_while_redis_was_away_is_handed_over_when_it_is_back(
    own: RedisServer, step: Bus
) -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    calls: list[int] = []

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        calls.append(len(batch))
        begun.set()
        await go.wait()
        return await answer_all(batch)

    step.step(IN, handle)
    await step.start()
    await step.emit([question(1)])
    await begun.wait()
    own.stop()
    go.set()
    await eventually(lambda: _away(step))
    own.start()
    async with Redis.from_url(own.url, protocol=2) as client:
        await eventually(lambda: _answered(client, 1))
    assert calls == [1]


async def test_a_server_that_hangs_is_away_and_not_waited_for(
    own: RedisServer, step: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    await step.emit([question(1)])
    monkeypatch.setattr(connection, "ANSWER_S", 0.2)
    async with Redis.from_url(own.url, protocol=2) as client:
        await client.client_pause(1_500)
    with pytest.raises(Unavailable, match="no answer within"):
        await step.emit([question(2)])
    with pytest.raises(Unavailable, match="no answer within"):
        await step.time_ms()
    monkeypatch.undo()
    await step.emit([question(3)])


async def test_nudges_arrive_again_after_a_restart_of_redis(own: RedisServer, step: Bus) -> None:
    heard: list[str] = []
    step.on_wake("deliveries", lambda: heard.append("deliveries"))
    await step.start()
    await eventually(lambda: bool(heard))
    heard.clear()
    own.stop()
    other = bus(own.url)
    await other.wake("deliveries")
    own.start()
    await eventually(lambda: bool(heard))  # What may have been missed is made up for.
    await asyncio.sleep(0.1)
    heard.clear()
    await other.wake("deliveries")
    await eventually(lambda: bool(heard))
    await other.stop()


async def test_a_bus_starts_before_redis_does(own: RedisServer, step: Bus) -> None:
    own.stop()
    step.step(IN, answer_all)
    await step.start()
    assert await step.problems() != []
    own.start()
    await eventually(lambda: _no_problem(step))
    await step.emit([question(1)])
    async with Redis.from_url(own.url, protocol=2) as client:
        await eventually(lambda: _answered(client, 1))


async def _for_ever(call: Callable[[], Awaitable[object]]) -> None:
    while True:
        await call()


async def _answered(redis: Redis, number: int) -> bool:
    return number in await answers(redis)


async def _none_pending(redis: Redis) -> bool:
    return await pending(redis) == 0


async def _pending_is(redis: Redis, count: int) -> bool:
    return await pending(redis) == count


async def _exists(redis: Redis, key: str) -> bool:
    return bool(await redis.exists(key))


async def _no_problem(step: Bus) -> bool:
    return await step.problems() == []


def _away(step: Bus) -> bool:
    return step._link.away is not None


async def _reads(redis: Redis) -> int:
    stats: Any = await redis.info("commandstats")
    seen = stats.get("cmdstat_xreadgroup", {})
    return int(seen.get("calls", 0)) + int(seen.get("rejected_calls", 0))
