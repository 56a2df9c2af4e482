"""Does a step handle what it should, retry what failed, and give up what is lost, spoiling nothing else?"""

import base64
from collections.abc import Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.bus import Bus, Reject, Unavailable
from shared.bus.envelope import DATA
from shared.events import Event, EventDied, KillConfirmed, StoryHalted
from tests.integration.bus.conftest import Make
from tests.integration.bus.scene import (
    GROUP,
    IN,
    NOON,
    OUT,
    answer,
    answer_all,
    answers,
    dead_letters,
    eventually,
    pending,
    question,
    stored,
)


async def test_what_follows_from_an_event_is_on_its_stream_once_the_event_is_acknowledged(
    make: Make, redis: Redis
) -> None:
    bus = make()
    bus.step(IN, answer_all)
    await bus.start()
    ids = await bus.emit([question(number) for number in range(1, 301)])
    await eventually(lambda: _count(redis, 300))
    assert await answers(redis) == list(range(1, 301))
    assert await pending(redis) == 0
    assert ids == sorted(ids, key=lambda entry_id: tuple(map(int, entry_id.split("-"))))
    assert await bus.problems() == []


async def test_a_group_that_starts_late_gets_what_was_emitted_before(make: Make, redis: Redis) -> None:
    await make("site").emit([question(1), question(2)])
    late = make()
    late.step(IN, answer_all)
    await late.start()
    await eventually(lambda: _count(redis, 2))


async def test_a_failing_event_backs_off_and_dies_with_its_traceback_while_the_rest_goes_on(
    make: Make, redis: Redis
) -> None:
    tried: list[int] = []

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        for event in batch:
            if event.revision == 7:
                tried.append(len(batch))
                raise ValueError("seven is wrong")
        return await answer_all(batch)

    bus = make(tries=3)
    bus.step(IN, handle)
    await bus.emit([question(number) for number in range(1, 21)])
    await bus.start()
    await eventually(lambda: _dead(redis, 1))
    assert sorted(await answers(redis)) == [number for number in range(1, 21) if number != 7]
    (letter,) = await dead_letters(redis)
    assert (letter.from_stream, letter.group, letter.tries) == (IN.stream, GROUP, 3)
    assert (letter.story_id, letter.revision) == question(7).subject
    assert letter.error == "ValueError: seven is wrong"
    assert "in handle" in letter.traceback
    assert KillConfirmed.model_validate_json(letter.payload) == question(7)
    (halted,) = await stored(redis, StoryHalted)
    assert (halted.subject, halted.step) == (question(7).subject, GROUP)
    # In a batch and alone at first; then twice more, alone on the stream.
    assert tried == [20, 1, 1, 1]
    assert await pending(redis) == 0


async def test_an_event_that_succeeds_at_its_second_try_says_so(make: Make, redis: Redis) -> None:
    failures = [ValueError("first"), ValueError("alone")]

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        if failures and len(batch) == 1:
            failures.clear()
            raise ValueError("not yet")
        return await answer_all(batch)

    bus = make()
    bus.step(IN, handle)
    await bus.start()
    await bus.emit([question(1)])
    await eventually(lambda: _count(redis, 1))
    (followed,) = await stored(redis, OUT)
    assert followed.attempts == 2
    assert await redis.keys("newswire:[ro][ep]*") == []


async def test_a_rejected_event_dies_at_once(make: Make, redis: Redis) -> None:
    async def handle(_batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        raise Reject("no such thing")

    bus = make()
    bus.step(IN, handle)
    await bus.start()
    await bus.emit([question(1)])
    await eventually(lambda: _dead(redis, 1))
    (letter,) = await dead_letters(redis)
    assert (letter.error, letter.tries) == ("no such thing", 1)


@pytest.mark.parametrize(
    ("fields", "payload", "encoding"),
    [
        ({DATA: b'{"half": '}, '{"half": ', "utf-8"),
        ({DATA: b"\xff\xfe\x00"}, base64.b64encode(b"\xff\xfe\x00").decode(), "base64"),
        ({b"other": b"field"}, "", "utf-8"),
    ],
)
async def test_a_payload_that_nobody_understands_dies_alone(
    make: Make, redis: Redis, fields: dict[Any, Any], payload: str, encoding: str
) -> None:
    bus = make()
    bus.step(IN, answer_all)
    await bus.emit([question(1)])
    await redis.xadd(IN.stream, fields)
    await bus.emit([question(2)])
    await bus.start()
    await eventually(lambda: _dead(redis, 1))
    await eventually(lambda: _count(redis, 2))
    (letter,) = await dead_letters(redis)
    assert (letter.payload, letter.encoding) == (payload, encoding)
    assert "undecodable" in letter.error
    assert await pending(redis) == 0


async def test_an_undecodable_payload_that_names_its_story_halts_that_story(make: Make, redis: Redis) -> None:
    bus = make()
    bus.step(IN, answer_all)
    await bus.start()
    await redis.xadd(
        IN.stream, {DATA: b'{"head": {"story_id": "00000000-0000-0000-0000-000000000005", "revision": 3}}'}
    )
    await eventually(lambda: _dead(redis, 1))
    (halted,) = await stored(redis, StoryHalted)
    assert halted.subject == ("00000000-0000-0000-0000-000000000005", 3)


async def test_an_outage_pauses_the_step_and_costs_no_attempt(make: Make, redis: Redis) -> None:
    away = [True]
    calls: list[int] = []

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        calls.append(len(batch))
        if away:
            raise ConnectionError("database is away")
        return await answer_all(batch)

    bus = make(is_outage=lambda error: isinstance(error, ConnectionError), lease_s=0.3)
    bus.step(IN, handle)
    await bus.start()
    await bus.emit([question(1)])
    # Longer than the lease: the heartbeat keeps the entry ours, or the reclaimer would count a delivery.
    await eventually(lambda: len(calls) > 3)
    assert any("database is away" in problem for problem in await bus.problems())
    (row,) = await redis.xpending_range(IN.stream, GROUP, "-", "+", 10)
    assert row["times_delivered"] == 1
    away.clear()
    await eventually(lambda: _count(redis, 1))
    (followed,) = await stored(redis, OUT)
    assert followed.attempts == 1
    assert await bus.problems() == []


async def test_a_bus_that_cannot_emit_inside_a_handler_is_an_outage_too(make: Make, redis: Redis) -> None:
    failures = [Unavailable("gone"), Unavailable("gone")]

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        if failures:
            raise failures.pop()
        return await answer_all(batch)

    bus = make(tries=1)
    bus.step(IN, handle)
    await bus.start()
    await bus.emit([question(1)])
    await eventually(lambda: _count(redis, 1))
    assert await dead_letters(redis) == []


async def test_a_retried_event_is_passed_over_by_the_other_groups(make: Make, redis: Redis) -> None:
    heard: dict[str, list[int]] = {"ingest": [], "desk": []}

    def listener(name: str) -> Any:
        async def handle(batch: Sequence[StoryHalted]) -> list[list[Event]]:
            heard[name] += [event.revision for event in batch]
            if name == "ingest" and len(heard[name]) == 1:
                raise ValueError("once")
            return [[] for _ in batch]

        return handle

    buses: list[Bus] = []
    for name in heard:
        buses.append(make(name))
        buses[-1].step(StoryHalted, listener(name))
        await buses[-1].start()
    await buses[0].emit([StoryHalted(at=NOON, story_id=question(1).story_id, revision=1, step="site", error="x")])
    await eventually(lambda: heard["ingest"] == [1, 1])
    await eventually(lambda: _settled(redis, StoryHalted, "desk", 2))
    assert heard["desk"] == [1]


async def test_a_handler_that_loses_count_is_wrong_and_not_believed(make: Make, redis: Redis) -> None:
    async def handle(_batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        return []

    bus = make(tries=1)
    bus.step(IN, handle)
    await bus.start()
    await bus.emit([question(1)])
    await eventually(lambda: _dead(redis, 1))
    assert "answered 0 times to 1 events" in (await dead_letters(redis))[0].error


async def test_an_answer_that_is_no_event_ends_as_a_dead_letter_and_not_in_silence(make: Make, redis: Redis) -> None:
    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Any]]:
        return [["nonsense"] if event.revision == 2 else [answer(event)] for event in batch]

    bus = make(tries=2)
    bus.step(IN, handle)
    await bus.start()
    await bus.emit([question(number) for number in (1, 2, 3)])
    await eventually(lambda: _dead(redis, 1))
    await eventually(lambda: _count(redis, 2))
    assert sorted(await answers(redis)) == [1, 3]
    assert await pending(redis) == 0


async def test_a_dead_letter_that_cannot_be_kept_is_tried_for_ever_and_breeds_no_other(
    make: Make, redis: Redis
) -> None:
    tries: list[int] = []

    async def handle(batch: Sequence[EventDied]) -> list[list[Event]]:
        tries.append(1)
        if len(tries) < 5:
            raise ValueError("no room")
        return [[] for _ in batch]

    bus = make("desk", tries=2, backoff_s=(0.01,))
    bus.step(EventDied, handle)
    await bus.start()
    letter = EventDied(
        at=NOON,
        from_stream="x",
        group="y",
        entry_id="1-1",
        payload="",
        encoding="utf-8",
        error="",
        traceback="",
        tries=1,
    )
    await bus.emit([letter])
    await eventually(lambda: len(tries) == 5)
    await eventually(lambda: _settled(redis, EventDied, "desk", 5))


async def test_a_dead_letter_handed_back_goes_to_its_step_only(make: Make, redis: Redis) -> None:
    ingest, desk = make(), make("desk")
    heard: list[int] = []

    async def handle(batch: Sequence[StoryHalted]) -> list[list[Event]]:
        heard.extend(event.revision for event in batch)
        return [[] for _ in batch]

    desk.step(StoryHalted, handle)
    ingest.step(StoryHalted, handle)
    for bus in (ingest, desk):
        await bus.start()
    halted = StoryHalted(at=NOON, story_id=question(4).story_id, revision=4, step="site", error="x")
    entry_id = await desk.redeliver(StoryHalted.stream, "ingest", halted.model_dump_json().encode())
    assert entry_id.count("-") == 1
    await eventually(lambda: _settled(redis, StoryHalted, "desk", 1))
    await eventually(lambda: _settled(redis, StoryHalted, "ingest", 1))
    assert heard == [4]


async def _count(redis: Redis, count: int) -> bool:
    return await redis.xlen(OUT.stream) >= count


async def _dead(redis: Redis, count: int) -> bool:
    return await redis.xlen(EventDied.stream) >= count


async def _settled(redis: Redis, kind: type[Event], group: str, entries: int) -> bool:
    (info,) = [info for info in await redis.xinfo_groups(kind.stream) if info["name"] == group.encode()]
    newest = (await redis.xinfo_stream(kind.stream))["last-generated-id"]
    read = info["last-delivered-id"] == newest and info["pending"] == 0
    return read and await redis.xlen(kind.stream) == entries
