"""Does accepting cost the same with 50,000 stories in the queue? Enrich is stopped while they come, then it starts."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import aiohttp
import orjson
from redis.asyncio import Redis

from tests.bench.stories import story
from tests.bench.table import Figure
from tests.servers.fleet import Fleet, fleet
from tests.servers.redis import RedisServer, binaries

STORIES = 50_000
#: Lines of a push: as many as share a transaction. Small stories: it is about their number.
LINES, SIZE = 64, 500
SERVICES = ("ingest", "enrich", "render", "site", "notify", "desk")


def measure() -> list[Figure]:
    """Six processes on SQLite."""
    redis = RedisServer(next(iter(binaries().values())))
    redis.start()
    try:
        with (
            tempfile.TemporaryDirectory() as directory,
            fleet(Path(directory), SERVICES, REDIS_URL=redis.url, LOG_LEVEL="warning") as ships,
        ):
            return asyncio.run(_measure(ships, redis))
    finally:
        redis.remove()


async def _measure(ships: Fleet, redis: RedisServer) -> list[Figure]:
    with ships.client("ingest") as client:
        key = client.post("/v1/publishers", json={"name": "Bench"}).json()["key"]
    (enrich,) = ships.of("enrich")
    enrich.stop()
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(ships.url("ingest"), headers=headers) as session:
        taken = [await _push(session, start) for start in range(0, STORIES, LINES)]
        held = await _bytes(redis)
        begun = time.monotonic()
        enrich.start()
        await _drained(session)
    first, last = _tenth(taken), _tenth(taken[::-1])
    drained = STORIES / (time.monotonic() - begun)
    return [
        Figure(
            f"push of {LINES} behind {STORIES} that wait, median",
            f"{last:.1f} ms",
            f"{first:.1f} ms at the first",
            last / first,
            "≤ 1.3",
        ),
        Figure("… redis holds", f"{held / 2**20:.1f} MB", target="≤ 48 MB"),
        Figure("… stories/s while it drains", f"{drained:.0f}/s"),
    ]


def _tenth(taken: Sequence[float]) -> float:
    return median(taken[: len(taken) // 10]) * 1000


async def _push(session: aiohttp.ClientSession, start: int) -> float:
    numbers = range(start, min(start + LINES, STORIES))
    lines = b"".join(orjson.dumps({"external_id": f"q{n}", **story(n, SIZE), "notify": False}) + b"\n" for n in numbers)
    begun = time.perf_counter()
    async with session.post(
        "/v1/stories:batch", data=lines, headers={"Content-Type": "application/x-ndjson"}
    ) as answer:
        told = await answer.read()
    taken = time.perf_counter() - begun
    if told.count(b'"accepted"') != len(numbers):
        raise RuntimeError(told[:500].decode())
    return taken


async def _bytes(server: RedisServer) -> int:
    redis = Redis(unix_socket_path=str(server.socket))
    used = (await redis.info("memory"))["used_memory"]
    await redis.aclose()
    return int(used)


async def _drained(session: aiohttp.ClientSession) -> None:
    while True:
        async with session.get("/v1/changes", params={"after": STORIES - 1, "limit": 1}) as answer:
            if (await answer.json())["changes"]:
                return
        await asyncio.sleep(0.2)
