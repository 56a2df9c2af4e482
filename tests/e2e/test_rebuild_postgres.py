"""Does a rebuild do on PostgreSQL what it does on SQLite, beside whole schemas?"""

import asyncio
import random
from collections.abc import Iterator

import asyncpg
import pytest

from tests.e2e.past import live_through
from tests.e2e.test_rebuild import command, in_order_of
from tests.servers.newswire import newswire, wait_until
from tests.servers.postgres import PostgresServer
from tests.servers.publisher import Publisher, path_of


@pytest.fixture(scope="module")
def url(postgres_server: PostgresServer) -> Iterator[str]:
    asyncio.run(postgres_server.execute("CREATE DATABASE rebuilt"))
    yield postgres_server.url("rebuilt")
    asyncio.run(postgres_server.execute("DROP DATABASE rebuilt WITH (FORCE)"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Publisher]:
    with newswire(tmp_path_factory.mktemp("town"), DATABASE_URL=url, ALLOW_NETWORKS="127.0.0.0/8") as wire:
        desk = Publisher(wire, str(wire.publisher("Ebb Desk")["key"]))
        live_through(desk)
        yield desk
        desk.close()


async def run(url: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        found: list[asyncpg.Record] = await connection.fetch(statement)
        return found
    finally:
        await connection.close()


def test_it_comes_out_the_same_and_mends_what_does_not(town: Publisher, url: str) -> None:
    wire = town.wire

    def quiet() -> bool:
        due = "SELECT 1 FROM render.dirty WHERE due < (extract(epoch FROM now()) + 70) * 1000000"
        open_ = "SELECT 1 FROM ingest.revisions WHERE state IN ('queued', 'emitted', 'live')"
        return not asyncio.run(run(url, due)) and not asyncio.run(run(url, open_))

    wait_until(quiet, 30, 0.2)
    assert command(wire, "audit")[1]["findings"] == []
    assert asyncio.run(in_order_of(wire, random.Random(7).shuffle, database_url=url)) == []  # noqa: S311 - an order
    asyncio.run(run(url, "DELETE FROM site.routes WHERE path = '/section/town/'"))
    one = "(SELECT id FROM site.documents WHERE headline = 'With a picture')"
    asyncio.run(run(url, f"DELETE FROM site.listed WHERE document = {one}"))  # noqa: S608 - ours
    asyncio.run(run(url, "DELETE FROM render.memberships WHERE list_key = 'tag/salt'"))
    status, told = command(wire, "audit", "--repair")
    assert (status, {one["where"] for one in told["findings"]}) == (0, {"route", "search"})
    assert "With a picture" in town.get("/search?q=picture").text
    town.until("/section/town/", there="Tide table")
    # The index behind the pages is mended, too: the next story finds those that were in the list.
    town.put("salty", headline="Salt again", tags=["Salt"])
    assert "Tide table" in town.until("/tag/salt/", there="Salt again").text
    assert command(wire, "rebuild")[1]["state"] == "done"
    assert town.get(path_of(town.client.get("/v1/stories/gone").json())).status_code == 410
    left = "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%rebuild'"
    assert asyncio.run(run(url, left)) == []
    assert command(wire, "audit")[0] == 0
