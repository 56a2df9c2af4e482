"""How long from the call that kills a story until its page answers 410, at rest and behind a backlog?"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

import aiohttp

from tests.bench.latency import fill
from tests.bench.stories import story
from tests.bench.table import Figure
from tests.servers.newswire import newswire

KILLS = 20
BACKLOG = 5_000
BEHIND_S = 0.25


def measure() -> list[Figure]:
    """In one process: twenty kills at rest, twenty while 5,000 stories are on their way."""
    with tempfile.TemporaryDirectory() as directory, newswire(Path(directory), LOG_LEVEL="warning") as running:
        key = running.publisher("Bench")["key"]
        rest, behind = asyncio.run(_kills(running.url, key))
    return [
        Figure("kill → 410, at rest, median", f"{median(rest):.0f} ms"),
        Figure(
            f"… while {BACKLOG:,} stories pass, median",
            f"{median(behind):.0f} ms",
            f"{median(rest):.0f} ms at rest",
            median(behind) / median(rest),
        ),
        Figure("… at worst", f"{max(behind):.0f} ms", target="≤ 1000 ms more than at rest"),
    ]


async def _kills(url: str, key: str) -> tuple[list[float], list[float]]:
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(url, headers=headers) as session:
        pages = [await _publish(session, number) for number in range(2 * KILLS)]
        rest = [await _kill(session, number, pages[number], 0.05) for number in range(KILLS)]
        backlog = asyncio.create_task(fill(_At(url), key, 10_000, 10_000 + BACKLOG))
        await asyncio.sleep(1)
        behind = [await _kill(session, number, pages[number], BEHIND_S) for number in range(KILLS, 2 * KILLS)]
        if backlog.done():
            raise RuntimeError("the backlog was gone before the last kill: this measured nothing")
        await backlog
    return rest, behind


class _At:
    """Where the API is."""

    def __init__(self, url: str) -> None:
        self.url = url


async def _publish(session: aiohttp.ClientSession, number: int) -> str:
    async with session.put(f"/v1/stories/kill-{number}", json=story(number), headers={"Prefer": "wait=30"}) as answer:
        return str((await answer.json())["links"]["page"])


async def _kill(session: aiohttp.ClientSession, number: int, page: str, pause: float) -> float:
    await asyncio.sleep(pause)
    begun = time.perf_counter()
    async with session.post(f"/v1/stories/kill-{number}/kill", json={"reason": "bench"}) as answer:
        answer.raise_for_status()
    while True:
        async with session.get(page) as answer:
            if answer.status == 410:
                return (time.perf_counter() - begun) * 1000
        await asyncio.sleep(0.002)
