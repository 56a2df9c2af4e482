"""How long from the push call until page, front page and feed all show the story?"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import aiohttp
import orjson

from tests.bench.stories import story
from tests.bench.table import Figure, quantile
from tests.servers.newswire import Newswire, newswire

PUSHES = 100
PAUSE_S = 0.1


class At(Protocol):
    """Where the publisher API is."""

    url: str


def measure() -> list[Figure]:
    """At 1,000 and at 20,000 stories, in the same process."""
    with tempfile.TemporaryDirectory() as directory, newswire(Path(directory), LOG_LEVEL="warning") as running:
        key = running.publisher("Bench")["key"]
        asyncio.run(fill(running, key, 0, 1_000))
        small = asyncio.run(_pushes(running, key, 1_000_000))
        asyncio.run(fill(running, key, 1_000, 20_000))
        large = asyncio.run(_pushes(running, key, 2_000_000))
    return [
        Figure("push → page, front and feed, 1,000 stories, median", f"{median(small):.0f} ms", target="≤ 60 ms"),
        Figure("… p99", f"{quantile(small, 0.99):.0f} ms", target="≤ 300 ms"),
        Figure(
            "… at 20,000 stories, median",
            f"{median(large):.0f} ms",
            f"{median(small):.0f} ms at 1,000",
            median(large) / median(small),
            "≤ 1.3",
        ),
        Figure("… p99", f"{quantile(large, 0.99):.0f} ms"),
    ]


async def fill(running: At, key: str, start: int, stop: int) -> float:
    """Push stories as one batch and wait until the last is live; the seconds it took."""
    lines = b"".join(orjson.dumps({"external_id": f"fill-{n}", **story(n)}) + b"\n" for n in range(start, stop))
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    timeout = aiohttp.ClientTimeout(total=1800)
    async with aiohttp.ClientSession(running.url, headers=headers, timeout=timeout) as session:
        cursor = await _cursor(session) + stop - start
        begun = time.monotonic()
        async with session.post("/v1/stories:batch", data=lines) as answer:
            told = [orjson.loads(line) async for line in answer.content]
        refused = [one for one in told if "error" in one]
        if refused or len(told) != stop - start:
            raise RuntimeError(f"{len(refused)} of {len(told)} refused: {refused[:1]}")
        while True:
            async with session.get("/v1/changes", params={"after": cursor - 1, "limit": 1}) as answer:
                if (await answer.json())["changes"]:
                    return time.monotonic() - begun
            await asyncio.sleep(0.1)


async def _cursor(session: aiohttp.ClientSession) -> int:
    """The number of the latest change."""
    after, more = 0, True
    while more:
        async with session.get("/v1/changes", params={"after": after, "limit": 1000}) as answer:
            told = await answer.json()
        after, more = told["next"], told["more"]
    return int(after)


async def _pushes(running: Newswire, key: str, base: int) -> list[float]:
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(running.url, headers=headers) as session:
        taken = []
        for number in range(base, base + PUSHES):
            taken.append(await _push(session, number))
            await asyncio.sleep(PAUSE_S)
        return taken


async def _push(session: aiohttp.ClientSession, number: int) -> float:
    body = story(number)
    begun = time.perf_counter()
    async with session.put(f"/v1/stories/push-{number}", json=body) as answer:
        accepted: dict[str, Any] = await answer.json()
    page = accepted["links"]["page"]
    mark = body["headline"].split(":")[0].encode()
    await asyncio.gather(*(_shows(session, path, mark) for path in (page, "/", "/feed/")))
    return (time.perf_counter() - begun) * 1000


async def _shows(session: aiohttp.ClientSession, path: str, mark: bytes) -> None:
    # Asked conditionally, as a feed reader does: half a megabyte of feed a poll would measure the polling.
    seen: dict[str, str] = {}
    while True:
        async with session.get(path, headers=seen) as answer:
            if answer.status == 200:
                if mark in await answer.read():
                    return
                seen = {"If-None-Match": answer.headers["ETag"]}
        await asyncio.sleep(0.004)
