"""Do open pages hear of stories at once, and of what they missed?"""

import asyncio

import orjson
import pytest

from services.site.routes import live
from tests.integration.site.conftest import Site


async def events(site: Site, count: int, **headers: str) -> list[tuple[str, dict[str, object]]]:
    found: list[tuple[str, dict[str, object]]] = []
    kind = ""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with asyncio.timeout(10), site.client.stream("GET", "/live", headers=sent) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            if line.startswith("data: "):
                found.append((kind, orjson.loads(line.removeprefix("data: "))))
            if len(found) == count:
                break
    return found


async def test_a_reader_hears_of_a_story_when_it_is_on_its_page(site: Site) -> None:
    following = asyncio.create_task(site.loops["follow"]())
    listening = asyncio.create_task(events(site, 2))
    await asyncio.sleep(0.3)
    await site.publish("flood")
    await asyncio.sleep(0.1)
    await site.bus.take(site.newsroom.killed("flood"))
    (first, flood), (second, gone) = await listening
    following.cancel()
    assert (first, flood["path"], flood["headline"]) == ("live", "/2026/11/23/flood/", "flood in revision 1")
    assert (second, gone["path"], gone["headline"]) == ("withdrawn", None, None)
    assert gone["story_id"] == flood["story_id"]


async def test_a_reader_who_comes_back_hears_what_was_missed(site: Site) -> None:
    await site.publish("flood")
    await site.publish("storm")
    [_, (_, storm)] = await events(site, 2, last_event_id="0")
    assert storm["path"] == "/2026/11/23/storm/"
    [(_, only)] = await events(site, 1, last_event_id="1")
    assert only == storm


async def test_whoever_comes_back_by_an_id_hears_everything_behind_it_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PAGE", 3)
    names = [f"flood-{number}" for number in range(10)]
    await site.bus.take(*[await site.newsroom.rendered(name, 1) for name in names])  # one batch, one number
    await site.publish("storm")
    heard = [path for _, path in await ids_and_paths(site, 11, "0")]
    assert sorted(heard) == sorted([*(f"/2026/11/23/{name}/" for name in names), "/2026/11/23/storm/"])
    whole = await ids_and_paths(site, 11, "0")
    for place in (0, 4, 9):
        event_id, _ = whole[place]
        assert await ids_and_paths(site, 10 - place, event_id) == whole[place + 1 :]


async def ids_and_paths(site: Site, count: int, last_event_id: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    event_id = ""
    sent = {"last-event-id": last_event_id}
    async with asyncio.timeout(10), site.client.stream("GET", "/live", headers=sent) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                event_id = line.removeprefix("id: ")
            if line.startswith("data: "):
                found.append((event_id, orjson.loads(line.removeprefix("data: "))["path"]))
            if len(found) == count:
                break
    return found
