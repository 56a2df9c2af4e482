"""Does the site's feed lead back to its very first story (RFC 5005), and does what is archived stay as it is?"""

import json
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from tests.integration.render.conftest import PUBLIC, World, enriched, killed, story_id

NAMES = {"a": "http://www.w3.org/2005/Atom", "fh": "http://purl.org/syndication/history/1.0"}


def told(name: str, ordinal: int, month: int) -> object:
    """A story of a month; those with a higher ordinal are later."""
    at = datetime(2026, month, 2, tzinfo=UTC) + timedelta(minutes=ordinal)
    return enriched(name, ordinal, published_at=at, path=f"/2026/{month:02}/02/{name}/")


async def publish(world: World, first: int, last: int, month: int) -> None:
    await world.take(*(told(f"s{number}", number, month) for number in range(first, last + 1)))  # type: ignore[arg-type]
    await world.settle()


async def walked(world: World, form: str) -> list[list[str]]:
    """The ids in the site's feed and in every document that it leads back to."""
    found, path, seen = [], f"/feed/{form}", set[str]()
    while path:
        assert path not in seen
        seen.add(path)
        root = etree.fromstring((await world.body(path)).encode())
        ids = root.xpath("//item/guid/text() | //a:entry/a:id/text()", namespaces=NAMES)
        found.append([str(one) for one in ids])
        assert _rel(root, "self") == [PUBLIC + path]
        if len(found) > 1:
            assert root.xpath("boolean(//fh:archive)", namespaces=NAMES), path
            assert _rel(root, "current") == [f"{PUBLIC}/feed/{form}"]
        path = "".join(_rel(root, "prev-archive")).removeprefix(PUBLIC)
    return found


def _rel(root: etree._Element, rel: str) -> list[str]:
    return [str(one) for one in root.xpath(f"/*//a:link[@rel='{rel}']/@href", namespaces=NAMES)]


@pytest.mark.parametrize("form", ["", "atom/"])
async def test_the_feed_leads_back_to_the_first_story(world: World, form: str) -> None:
    await publish(world, 1, 45, 8)
    await publish(world, 46, 47, 9)
    await publish(world, 48, 130, 11)
    documents = await walked(world, form)
    assert len(documents[0]) == 50
    everything = {one for document in documents for one in document}
    assert everything == {f"urn:uuid:{story_id(f's{number}')}" for number in range(1, 131)}
    assert [len(one) for one in documents[1:]] == [20, 20, 20, 2, 5, 20, 20]
    # The feeds of other lists are paged: the site goes on where they end.
    path = f"/section/town/feed/{form}"
    first_left_out = datetime(2026, 11, 2, 1, 20, tzinfo=UTC).timestamp()
    lead = _rel(etree.fromstring((await world.body(path)).encode()), "next")
    assert lead == [f"{PUBLIC}{path}until/{int(first_left_out) * 1_000_000}/"]


async def test_json_feeds_lead_back_by_their_one_address(world: World) -> None:
    await publish(world, 1, 90, 11)
    found, path = set[str](), "/feed/json/"
    while path:
        feed = json.loads(await world.body(path))
        assert feed["feed_url"] == PUBLIC + path
        found |= {one["id"] for one in feed["items"]}
        path = feed.get("next_url", "").removeprefix(PUBLIC)
    assert found == {f"urn:uuid:{story_id(f's{number}')}" for number in range(1, 91)}


async def test_what_is_archived_is_not_written_again(world: World) -> None:
    await publish(world, 1, 70, 10)
    before = {path: key for path, key in (await world.bodies()).items() if path.startswith("/archive/2026/10/page/")}
    assert "/archive/2026/10/page/3/feed/atom/" in before
    await publish(world, 71, 100, 10)
    await publish(world, 101, 130, 11)
    after = await world.bodies()
    feeds = {path for path in before if "/feed/" in path}
    assert {path for path in feeds if after[path] != before[path]} == set()
    assert "<fh:archive/>" in await world.body("/archive/2026/10/feed/")
    assert "<fh:archive/>" not in await world.body("/archive/2026/11/feed/")


async def test_a_kill_leaves_nothing_in_what_is_archived_and_no_page_too_many(world: World) -> None:
    await publish(world, 1, 61, 10)
    await publish(world, 62, 130, 11)
    assert "/archive/2026/10/page/3/feed/" in world.routes
    for number in (5, 61):
        await world.take(killed(f"s{number}", number))
    await world.settle()
    for path, route in world.routes.items():
        if path.startswith("/archive/") and route.key:
            body = await world.body(path)
            assert "Headline s5<" not in body, path
            assert "Headline s61" not in body, path
    assert world.routes["/archive/2026/10/page/3/feed/"].key == ""
    documents = await walked(world, "")
    assert {len(one) for one in documents[1:]} <= {19, 20}
    assert len({one for document in documents for one in document}) == 128 + 2


async def test_a_story_that_comes_late_stands_in_its_month(world: World) -> None:
    await publish(world, 1, 40, 9)
    await publish(world, 41, 120, 11)
    await publish(world, 121, 121, 9)
    documents = await walked(world, "atom/")
    assert f"urn:uuid:{story_id('s121')}" in {one for document in documents for one in document}
    assert len({one for document in documents for one in document}) == 121
