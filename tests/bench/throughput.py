"""How many stories a second pass all stages, beside a bare four-stage pass-through of the same events?

Bare means: read a batch, acknowledge it, write it on, on the same Redis, in the same number of processes, in batches of
the same size, events of the mean size of those that our stages passed on. A push of 8 KB is 7 KB as it is received and
14 KB once it is enriched; beside events of 8 KB throughout (the second ratio) ours carries half as much again.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from redis.asyncio import Redis

from shared.events import StoryEnriched, StoryLive, StoryReceived, StoryRendered
from tests.bench.latency import fill
from tests.bench.table import Figure
from tests.servers.fleet import fleet
from tests.servers.newswire import ROOT, Newswire, newswire
from tests.servers.redis import RedisServer, binaries

EVENTS = 6_000
STORIES = 3_000
BATCH = 64
SIZE = 8_192
WARM = 200
SERVICES = ("ingest", "enrich", "render", "site", "notify", "desk")
#: As Newswire starts its own.
EMBEDDED = ("--save", "", "--appendonly", "yes", "--appendfsync", "everysec")
STREAMS = [event.stream for event in (StoryReceived, StoryEnriched, StoryRendered, StoryLive)]


def measure() -> list[Figure]:
    """Six processes beside six; then one beside one, with how late the event loop gets."""
    return [*_six(), *_one()]


def _six() -> list[Figure]:
    redis = RedisServer(next(iter(binaries().values())), EMBEDDED)
    redis.start()
    socket = str(redis.socket)
    try:
        with (
            tempfile.TemporaryDirectory() as directory,
            fleet(Path(directory), SERVICES, REDIS_URL=redis.url, LOG_LEVEL="warning") as ships,
        ):
            with ships.client("ingest") as client:
                key = client.post("/v1/publishers", json={"name": "Bench"}).json()["key"]
            to = SimpleNamespace(url=ships.url("ingest"))
            asyncio.run(fill(to, key, 0, WARM))
            ours = STORIES / asyncio.run(fill(to, key, WARM, WARM + STORIES))
            size = asyncio.run(_mean_size(socket))
        same, small = (EVENTS / asyncio.run(_pass_through_apart(socket, bytes_)) for bytes_ in (size, SIZE))
    finally:
        redis.remove()
    told = f"{ours:.0f}/s"
    return [
        Figure(
            "stories/s through all stages, six processes",
            told,
            f"bare, same events ({size / 1024:.1f} KB) {same:.0f}/s",
            ours / same,
            "≥ 0.1",
        ),
        Figure("… beside events of 8 KB throughout", told, f"bare, 8 KB {small:.0f}/s", ours / small, "≥ 0.1"),
    ]


def _one() -> list[Figure]:
    with tempfile.TemporaryDirectory() as directory, newswire(Path(directory), LOG_LEVEL="warning") as running:
        key = running.publisher("Bench")["key"]
        asyncio.run(fill(running, key, 0, WARM))
        quiet = _lateness(running)
        ours = STORIES / asyncio.run(fill(running, key, WARM, WARM + STORIES))
        late = _share_below(quiet, _lateness(running), 0.99)
        socket = str(next(running.data.rglob("*.sock")))
        size = asyncio.run(_mean_size(socket))
        bare = EVENTS / asyncio.run(_pass_through(socket, size))
    return [
        Figure("… all in one process", f"{ours:.0f}/s", f"bare, one process {bare:.0f}/s", ours / bare, "≥ 0.1"),
        Figure("event loop late under that load, p99", f"≤ {late * 1000:.0f} ms", target="≤ 20 ms"),
    ]


def _lateness(running: Newswire) -> dict[float, float]:
    """Upper bound (s) → samples of the event loop's lateness up to it, so far."""
    text = httpx.get(f"{running.url}/metrics").text
    return {
        float(bound): float(count) for bound, count in re.findall(r'loop_late_seconds_bucket\{le="(.+?)"\} (\S+)', text)
    }


def _share_below(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """The lowest bound under which `share` of the samples between two readings lie."""
    counts = {bound: after[bound] - before[bound] for bound in sorted(after)}
    return next(bound for bound, count in counts.items() if count >= share * counts[float("inf")])


async def _mean_size(socket: str) -> int:
    """Bytes of an event, over the newest ones of the four streams."""
    redis = Redis(unix_socket_path=socket)
    newest: list[Any] = [await redis.xrevrange(stream, count=BATCH) for stream in STREAMS]
    sizes = [len(body) for entries in newest for _, fields in entries for body in fields.values()]
    await redis.aclose()
    return sum(sizes) // len(sizes)


async def _pass_through(socket: str, size: int) -> float:
    """Four stages in this process; the seconds until the last event left the last."""
    redis = Redis(unix_socket_path=socket)
    streams = await _fresh_streams(redis)
    begun = time.perf_counter()
    stages = [asyncio.create_task(_stage(redis, *pair)) for pair in pairwise(streams)]
    whole = asyncio.create_task(_whole(redis, streams, size))
    await asyncio.wait({whole, *stages}, return_when=asyncio.FIRST_COMPLETED)
    for stage in stages:
        if stage.done():  # it never ends by itself: say why, and do not wait for ever
            stage.result()
    await whole
    taken = time.perf_counter() - begun
    while not all(stage.done() for stage in stages):
        for stage in stages:  # again: the bare client may lose a cancellation that meets the end of a send
            stage.cancel()
        await asyncio.wait(stages, timeout=0.5)
    await redis.delete(*streams)
    await redis.aclose()
    return taken


async def _pass_through_apart(socket: str, size: int) -> float:
    """Each stage, the producer and who waits for the end in a process of its own: six, as our services are."""
    redis = Redis(unix_socket_path=socket)
    streams = await _fresh_streams(redis)
    stages = [_process("stage", socket, *pair) for pair in pairwise(streams)]
    try:
        await asyncio.sleep(1)  # until all of them wait for their first event
        producer = _process("produce", socket, streams[0], str(size))
        while not await redis.xlen(streams[0]):  # noqa: ASYNC110 - the producer is another process
            await asyncio.sleep(0.001)
        begun = time.perf_counter()
        await _until_through(redis, streams)
        taken = time.perf_counter() - begun
        producer.wait()
    finally:
        for stage in stages:
            stage.kill()
            stage.wait()
        await redis.delete(*streams)
        await redis.aclose()
    return taken


async def _fresh_streams(redis: Redis) -> list[str]:
    streams = [f"bench.stage.{stage}" for stage in range(5)]
    for stream in streams[:4]:
        await redis.xgroup_create(stream, "bench", id="0", mkstream=True)
    return streams


async def _until_through(redis: Redis, streams: list[str]) -> None:
    while await redis.xlen(streams[4]) < EVENTS:  # noqa: ASYNC110 - the event is in another process
        await asyncio.sleep(0.005)


async def _whole(redis: Redis, streams: list[str], size: int) -> None:
    await _produce(redis, streams[0], size)
    await _until_through(redis, streams)


async def _produce(redis: Redis, stream: str, size: int) -> None:
    body = b"x" * size
    for _ in range(0, EVENTS, BATCH):
        async with redis.pipeline(transaction=False) as pipe:
            for _ in range(BATCH):
                pipe.xadd(stream, {"body": body})
            await pipe.execute()


async def _stage(redis: Redis, source: str, target: str) -> None:
    while True:
        answer: Any = await redis.xreadgroup("bench", "one", {source: ">"}, count=BATCH, block=1000)
        for _, entries in answer or ():
            async with redis.pipeline(transaction=False) as pipe:
                for entry, fields in entries:
                    pipe.xack(source, "bench", entry)
                    pipe.xadd(target, fields)
                await pipe.execute()


def _process(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.bench.throughput", *arguments], cwd=ROOT)


async def _alone(what: str, socket: str, stream: str, argument: str) -> None:
    redis = Redis(unix_socket_path=socket)
    if what == "stage":
        await _stage(redis, stream, argument)
    else:
        await _produce(redis, stream, int(argument))
        await redis.aclose()


if __name__ == "__main__":
    asyncio.run(_alone(*sys.argv[1:]))
