"""Does the stream of what is new hold whatever readers, proxies and restarts do?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from services.site.routes import live, stream
from services.site.routes.stream import LAST, Broadcast, Reader, Stream
from tests.integration.site.conftest import Site


@asynccontextmanager
async def following(site: Site) -> AsyncIterator[asyncio.Task[None]]:
    """The site looks for changes meanwhile."""
    task = asyncio.ensure_future(site.loops["follow"]())
    await asyncio.sleep(0)
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def listening(site: Site, last_event_id: str = "") -> AsyncIterator[AsyncIterator[str]]:
    """The lines of a stream that is open: its first line has come."""
    sent = {"last-event-id": last_event_id} if last_event_id else {}
    async with asyncio.timeout(30), site.client.stream("GET", "/live", headers=sent) as answer:
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("retry: ")
        yield lines


async def told(lines: AsyncIterator[str], count: int) -> list[dict[str, Any]]:
    """The next events."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        line = await anext(lines)
        if line.startswith("data: "):
            found.append(orjson.loads(line.removeprefix("data: ")))
    return found


async def test_every_one_of_many_readers_hears_every_story_once(site: Site) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with following(site), httpx.AsyncClient(base_url=site.client.base_url, limits=limits) as many:
        open_now = asyncio.Semaphore(0)

        async def read() -> list[str]:
            async with many.stream("GET", "/live", timeout=60) as answer:
                lines = answer.aiter_lines()
                await anext(lines)
                open_now.release()
                return [one["headline"] for one in await told(lines, 3)]

        readers = [asyncio.ensure_future(read()) for _ in range(300)]
        for _ in readers:
            await open_now.acquire()
        for name in ("flood", "storm", "thaw"):
            await site.publish(name)
        expected = [f"{name} in revision 1" for name in ("flood", "storm", "thaw")]
        assert await asyncio.gather(*readers) == [expected] * 300


async def test_comments_are_no_news_of_a_story(site: Site) -> None:
    async with following(site), listening(site) as lines:
        await site.publish("flood")
        await site.publish("flood", comments_version=1)
        await site.publish("flood", 2)
        assert [one["revision"] for one in await told(lines, 2)] == [1, 2]
    async with listening(site, "0") as lines:
        assert [one["revision"] for one in await told(lines, 1)] == [2]


async def test_who_comes_with_an_id_from_before_a_restored_backup_hears_what_is_new(site: Site) -> None:
    await site.publish("flood")
    async with following(site), listening(site, "123456789.6a5d21b7-47a0-53de-91ae-af107110e38d") as lines:
        await site.publish("storm")
        [storm] = await told(lines, 1)
        assert storm["path"] == "/2026/11/23/storm/"


async def test_a_new_reader_is_told_at_once_from_where_to_resume(site: Site) -> None:
    await site.publish("flood")
    async with following(site):
        await site.publish("storm")
        async with listening(site) as lines:
            name, _, number = (await anext(lines)).partition(": ")
            assert (name, await anext(lines)) == ("id", "")
        await site.publish("thaw")
        async with listening(site, number) as lines:
            heard = [one["path"] async for one in _until(lines, "/2026/11/23/thaw/")]
        assert "/2026/11/23/flood/" not in heard


async def _until(lines: AsyncIterator[str], path: str) -> AsyncIterator[dict[str, Any]]:
    while True:
        [one] = await told(lines, 1)
        yield one
        if one["path"] == path:
            return


async def test_a_quiet_stream_gives_signs_of_life(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.05)
    async with listening(site) as lines:
        found = {await anext(lines) for _ in range(6)}
    assert ": still here" in found


async def test_a_head_request_ends_and_too_many_readers_are_sent_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asyncio.timeout(10):
        head = await site.client.head("/live")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")
    assert head.headers["x-accel-buffering"] == "no"
    monkeypatch.setattr(live, "MOST_READERS", 1)
    async with listening(site):
        full = await site.get("/live")
        assert (full.status_code, full.headers["retry-after"]) == (503, "30")
        assert full.headers["x-content-type-options"] == "nosniff"


async def test_streams_end_when_nobody_tells_any_more(site: Site) -> None:
    async with following(site) as task, listening(site) as lines:
        task.cancel()
        assert [line async for line in lines if line.startswith("data")] == []


async def test_readers_that_were_cut_off_together_do_not_come_back_together(site: Site) -> None:
    waits = set()
    for _ in range(5):
        async with site.client.stream("GET", "/live") as answer:
            waits.add(await anext(answer.aiter_lines()))
    assert len(waits) == 5


def event(number: int) -> Broadcast:
    return Broadcast([((number, "a"), b"%d," % number)])


async def test_a_reader_who_is_too_far_behind_is_let_go_with_an_id_to_resume_by() -> None:
    reader = Reader()
    for number in range(stream.MOST_BEHIND + 5):
        reader.offer(event(number))
    heard = []
    while (one := await reader.next()) is not None:
        heard.append(one.last[0])
    assert heard == sorted(heard)
    assert heard[-1] < stream.MOST_BEHIND + 5


@pytest.mark.parametrize("place", [(0, ""), (1, "a"), (1, LAST), (2, "a"), (9, "")])
def test_a_broadcast_leaves_out_what_a_reader_has(place: tuple[int, str]) -> None:
    places = [(1, "a"), (1, "b"), (2, "a"), (3, "a")]
    told_of = Broadcast([(one, b"%d%s;" % (one[0], one[1].encode())) for one in places])
    expected = b"".join(b"%d%s;" % (one[0], one[1].encode()) for one in places if one > place)
    assert told_of.after(place) == expected


async def test_who_takes_nothing_for_long_loses_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STALLED", 0.05)
    readers: set[Reader] = set()
    held = asyncio.Event()

    async def nothing(number: int, story: str | None) -> None:
        del number, story

    async def receive() -> dict[str, Any]:
        await held.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await held.wait()

    async with asyncio.timeout(10):
        await Stream(readers, b"retry: 1\n\n", nothing, None)({"type": "http", "method": "GET"}, receive, send)
    assert readers == set()
