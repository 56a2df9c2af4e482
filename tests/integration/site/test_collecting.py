"""Are pages that nobody can see deleted, and no others?"""

import asyncio
import os
from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from services.site.adapters.sql_addresses import SqlAddresses
from services.site.domain.collecting import KEEP
from services.site.handlers.collecting import Collector, Late, PagesGone
from shared import clock
from shared.database import Database
from shared.events import Event, ListsRendered, Route
from shared.pages import MAKING, Page, PageMissing, Pages, object_of, shelves
from tests.integration.site.conftest import Site


class HandLine:
    """A line on which the test says whether something old is under way."""

    settled = True

    async def time_ms(self) -> int:
        return 1_700_000_000_000

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        assert before_ms < 1_700_000_000_000
        return self.settled or (event, group) != (ListsRendered, "site")


class HandRoutes:
    """A route table with one column."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    async def packs(self, start: str) -> Collection[str]:
        return {key.partition("#")[0] for key in self.keys if key.startswith(start)}


class World:
    """A store, routes, and a collector with a clock that the test sets."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.store = directory, Pages(f"file://{directory}")
        self.routes, self.line, self.time = HandRoutes(), HandLine(), clock.now()
        self.collector = Collector(self.store, self.routes, self.line, self._now)

    async def _now(self):  # type: ignore[no-untyped-def]
        return self.time

    async def page(self, text: str) -> str:
        """A page in a pack of its own, written two hours ago."""
        [key] = await self.store.put_pages([Page("text/plain", text.encode())])
        at = (self.time - 2 * KEEP).timestamp()
        os.utime(self.directory / key.partition("#")[0], (at, at))
        return key

    async def pass_time(self, hours: float) -> int:
        """What is deleted then."""
        self.time += timedelta(hours=hours)
        return sum([await self.collector.collect(shelf) for shelf in shelves()])

    async def there(self, keys: Iterable[str]) -> list[bool]:
        return [await self.store.holds(key.partition("#")[0]) for key in keys]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "pages")


async def test_what_no_route_names_for_an_hour_is_deleted_and_what_is_shown_stays(world: World) -> None:
    shown, old = await world.page("shown"), await world.page("old")
    world.routes.keys = {shown}
    assert [await world.pass_time(hours) for hours in (0, 0.5, 0.6)] == [0, 0, 1]
    assert await world.there([shown, old]) == [True, False]
    assert (await world.store.get_page(shown)).encodings["identity"] == b"shown"
    with pytest.raises(PageMissing):
        await world.store.get_page(old)


async def test_a_pack_stays_while_one_of_its_pages_is_shown(world: World) -> None:
    keys = await world.store.put_pages([Page("text/plain", b"one"), Page("text/plain", b"two")])
    world.routes.keys = {keys[1]}
    assert [await world.pass_time(hours) for hours in (3, 3)] == [0, 0]
    world.routes.keys = set()
    assert [await world.pass_time(hours) for hours in (3, 3)] == [0, 1]


async def test_nothing_is_deleted_while_old_events_are_under_way(world: World) -> None:
    key = await world.page("waiting")
    world.line.settled = False
    assert [await world.pass_time(hours) for hours in (0, 2, 2)] == [0, 0, 0]
    world.line.settled = True
    world.routes.keys = {key}
    assert [await world.pass_time(hours) for hours in (0, 2, 2)] == [0, 0, 0]


async def test_the_route_table_knows_every_current_pack_and_none_that_was_replaced(
    site: Site, database: Database
) -> None:
    before = await site.newsroom.rendered("alpha")
    after = await site.newsroom.rendered("alpha", 2)
    gone = await site.newsroom.rendered("beta")
    await site.bus.take(before, gone)
    await site.bus.take(after)
    await site.bus.take(site.newsroom.killed("beta"))
    found = {pack for shelf in shelves() for pack in await SqlAddresses(database).packs(shelf)}
    assert {object_of(route.key) for route in after.routes if route.kind != "list"} <= found
    replaced = {object_of(route.key) for event in (before, gone) for route in event.routes if route.kind != "list"}
    assert not found & replaced


async def test_pictures_are_not_its_business(world: World) -> None:
    key = await world.store.put_media(b"\xff\xd8", "jpg")
    assert [await world.pass_time(hours) for hours in (3, 3)] == [0, 0]
    assert await world.store.get(key)


async def test_an_event_that_comes_after_its_pages_were_deleted_shows_no_hole(world: World) -> None:
    key = await world.page("old")
    taken: list[ListsRendered] = []

    async def step(batch):  # type: ignore[no-untyped-def]
        taken.extend(batch)
        return [[] for _ in batch]

    late = Late(world.store, world._now).checked(step)
    route = Route(path="/", key=key, version=1, kind="list")
    event = ListsRendered(at=world.time - 2 * KEEP, routes=(route,))
    assert await late([event]) == [[]]
    await world.store.delete([key.partition("#")[0]])
    with pytest.raises(PagesGone):
        await late([event])
    assert await late([event.model_copy(update={"at": world.time})]) == [[]]
    assert len(taken) == 2


async def test_the_loop_goes_through_the_whole_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.site.handlers.collecting.PAUSE", 0)
    old = await world.page("old")
    task = asyncio.create_task(world.collector.run())
    try:
        async with asyncio.timeout(20):
            while True in await world.there([old]):
                world.time += timedelta(minutes=10)
                await asyncio.sleep(0.01)
    finally:
        task.cancel()


async def test_while_somebody_makes_pages_for_a_rebuild_nothing_goes(tmp_path: Path) -> None:
    world = World(tmp_path)
    key = await world.page("made for a rebuild, named by no route yet")
    await world.store.put(MAKING, b"")
    assert await world.pass_time(0) == 0
    os.utime(tmp_path / MAKING, (world.time.timestamp() + 5400,) * 2)
    assert await world.pass_time(1.5) == 0
    assert await world.there([key]) == [True]
    await world.store.delete([MAKING])
    assert await world.pass_time(0.1) == 0
    assert await world.pass_time(1.1) == 1
