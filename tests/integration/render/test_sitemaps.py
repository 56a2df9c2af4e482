"""Do the sitemap's files hold 50,000 stories each, and does a change touch only what it must?"""

import gzip
import re

from sqlalchemy import Connection, insert, update

from services.render.adapters.tables import chunks
from services.render.domain.splice import deflated
from tests.integration.render.conftest import AT, World, enriched, killed


async def locs(world: World, path: str) -> list[str]:
    """The slugs of the stories in a file."""
    return re.findall(r"<loc>http://site\.example/2026/11/23/([^/]+)/</loc>", await world.body(path))


async def test_a_file_holds_fifty_thousand_and_the_next_story_begins_another(world: World) -> None:
    for number in (1, 1000, 1001, 50_000, 50_001):
        await world.take(enriched(f"n{number}", number, published_at=AT))
    await world.settle()
    assert await locs(world, "/sitemap-1.xml") == ["n1", "n1000", "n1001", "n50000"]
    assert await locs(world, "/sitemap-2.xml") == ["n50001"]
    index = await world.body("/sitemap.xml")
    assert re.findall(r"/(sitemap-\w+)\.xml</loc><lastmod>", index) == ["sitemap-pages", "sitemap-1", "sitemap-2"]
    assert "/sitemap-3.xml" not in world.routes


async def test_a_kill_takes_a_story_out_of_its_file_at_once(world: World) -> None:
    await world.take(*(enriched(f"n{number}", number, published_at=AT) for number in (1, 1500, 2500)))
    await world.settle()
    await world.take(killed("n1500", 1500))
    assert await locs(world, "/sitemap-1.xml") == ["n1", "n2500"]


async def test_a_large_file_is_joined_from_what_is_compressed_already(world: World) -> None:
    """All that is read of the other chunks is how they stand in the file."""
    await world.take(enriched("n1", 1, published_at=AT), enriched("n1001", 1001, published_at=AT))
    await world.settle()
    many = "".join(f"<url><loc>http://site.example/2026/11/23/x{n}/</loc></url>\n" for n in range(1000)).encode()
    await world.database.write(lambda connection: _plant(connection, many))
    await world.take(enriched("n2", 2, published_at=AT))
    await world.settle()
    stored = await world.pages.get_page(world.routes["/sitemap-1.xml"].key)
    assert gzip.decompress(stored.encodings["gzip"]) == stored.encodings["identity"]
    found = await locs(world, "/sitemap-1.xml")
    assert (found[:2], found[2:5], len(found)) == (["n1", "n2"], ["x0", "x1", "x2"], 2 + 49 * 1000)


async def test_chunks_of_before_they_were_kept_are_made_when_their_file_is(world: World) -> None:
    await world.take(*(enriched(f"n{number}", number, published_at=AT) for number in (1, 1001, 2001)))
    await world.settle()
    await world.database.write(lambda connection: connection.execute(update(chunks).values(packed=None)))
    await world.take(enriched("n2", 2, published_at=AT))
    await world.settle()
    assert await locs(world, "/sitemap-1.xml") == ["n1", "n2", "n1001", "n2001"]


async def test_files_that_there_are_no_more_are_emptied(world: World) -> None:
    """A file had a chunk once: the second one's address must not go on showing what is killed later."""
    await world.take(*(enriched(f"n{number}", number, published_at=AT) for number in (1, 1001)))
    await world.settle()
    assert world.routes["/sitemap-2.xml"].key == ""


def _plant(connection: Connection, many: bytes) -> None:

    connection.execute(update(chunks).where(chunks.c.number == 2).values(packed=deflated(many)))
    rows = [{"number": number, "changed_at": None, "packed": deflated(many)} for number in range(3, 51)]
    connection.execute(insert(chunks), rows)
