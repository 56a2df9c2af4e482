"""How many stories a second pass all stages, beside a bare four-stage pass-through of 8 KB events on the same Redis?"""

import asyncio
import re
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis

from tests.bench.latency import fill
from tests.bench.table import Figure
from tests.servers.newswire import Newswire, newswire

EVENTS = 6_000
STORIES = 3_000
BATCH = 64
SIZE = 8_192
WARM = 200


def measure() -> list[Figure]:
    """Ours: one process, all stages, pages written and proven. The limit: one process, four stages, nothing done."""
    with tempfile.TemporaryDirectory() as directory, newswire(Path(directory), LOG_LEVEL="warning") as running:
        key = running.publisher("Bench")["key"]
        asyncio.run(fill(running, key, 0, WARM))
        quiet = _lateness(running)
        ours = STORIES / asyncio.run(fill(running, key, WARM, WARM + STORIES))
        late = _share_below(quiet, _lateness(running), 0.99)
        socket = next(running.data.rglob("*.sock"))
        bare = EVENTS / asyncio.run(_pass_through(str(socket)))
    return [
        Figure(
            "stories/s through all stages, one process",
            f"{ours:.0f}/s",
            f"bare pass-through {bare:.0f}/s",
            ours / bare,
            "≥ 0.1",
        ),
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


async def _pass_through(socket: str) -> float:
    """Four stages that read batches, acknowledge and write on; the seconds until the last event left the last."""
    redis = Redis(unix_socket_path=socket)
    streams = [f"bench.stage.{stage}" for stage in range(5)]
    for stream in streams[:4]:
        await redis.xgroup_create(stream, "bench", id="0", mkstream=True)
    body = b"x" * SIZE
    begun = time.perf_counter()
    stages = [asyncio.create_task(_stage(redis, *pair)) for pair in pairwise(streams)]
    for _ in range(0, EVENTS, BATCH):
        async with redis.pipeline(transaction=False) as pipe:
            for _ in range(BATCH):
                pipe.xadd(streams[0], {"body": body})
            await pipe.execute()
    while await redis.xlen(streams[4]) < EVENTS:  # noqa: ASYNC110 - the event is in another process
        await asyncio.sleep(0.005)
    taken = time.perf_counter() - begun
    for stage in stages:
        stage.cancel()
    await asyncio.gather(*stages, return_exceptions=True)
    await redis.delete(*streams)
    await redis.aclose()
    return taken


async def _stage(redis: Redis, source: str, target: str) -> None:
    while True:
        answer: Any = await redis.xreadgroup("bench", "one", {source: ">"}, count=BATCH, block=1000)
        for _, entries in answer or ():
            async with redis.pipeline(transaction=False) as pipe:
                for entry, fields in entries:
                    pipe.xack(source, "bench", entry)
                    pipe.xadd(target, fields)
                await pipe.execute()
