"""Does the site's feed lead back to its very first story (RFC 5005), and does what is archived stay as it is?"""

import json
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from tests.integration.render.conftest import PUBLIC, World, enriched, killed, story_id
from tests.valid.feeds import problems

NAMES = {"a": "http://www.w3.org/2005/Atom", "fh": "http://purl.org/syndication/history/1.0"}


def at(ordinal: int, month: int) -> datetime:
    """Of the stories of a month those with a higher ordinal are later."""
    return datetime(2026, month, 2, tzinfo=UTC) + timedelta(minutes=ordinal)


def told(name: str, ordinal: int, month: int) -> object:
    """A story of a month."""
    return enriched(name, ordinal, published_at=at(ordinal, month), path=f"/2026/{month:02}/02/{name}/")


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


async def test_the_very_first_archive_leads_on_to_the_second_wherever_that_is(world: World) -> None:
    first = "/archive/2026/08/feed/"

    async def leads_to(path: str) -> list[str]:
        root = etree.fromstring((await world.body(path)).encode())
        return [one.removeprefix(f"{PUBLIC}/archive/2026/") for one in _rel(root, "next-archive")]

    await publish(world, 1, 2, 8)
    assert await leads_to(first) == []
    await publish(world, 3, 22, 10)
    assert await leads_to(first) == ["10/feed/"]
    await publish(world, 23, 23, 10)
    assert await leads_to(first) == ["10/page/1/feed/"]
    await world.take(killed("s23", 23, published_at=at(23, 10)))
    await world.settle()
    assert await leads_to(first) == ["10/feed/"]
    await publish(world, 24, 42, 8)
    assert await leads_to("/archive/2026/08/page/1/feed/") == ["08/feed/"]
    await publish(world, 43, 62, 8)
    assert await leads_to("/archive/2026/08/page/1/feed/") == ["08/page/2/feed/"]
    await publish(world, 63, 63, 7)
    assert await leads_to("/archive/2026/07/feed/") == ["08/page/1/feed/"]
    assert await leads_to("/archive/2026/08/page/1/feed/") == []
    await world.take(killed("s63", 63, published_at=at(63, 7)))
    await world.settle()
    assert await leads_to("/archive/2026/08/page/1/feed/") == ["08/page/2/feed/"]
    for path, route in world.routes.items():
        if path.startswith("/archive/") and route.kind == "feed" and route.key and "json" not in path:
            wrong = problems((await world.body(path)).encode(), PUBLIC + path)
            assert not [one for one in wrong if "archive" in one], path


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
        await world.take(killed(f"s{number}", number, published_at=at(number, 10)))
    await world.settle()
    for path, route in world.routes.items():
        if path.startswith("/archive/") and route.key:
            body = await world.body(path)
            assert "Headline s5<" not in body, path
            assert "Headline s61" not in body, path
    assert world.routes["/archive/2026/10/page/3/feed/"].key == ""
    for form in ("", "atom/"):
        documents = await walked(world, form)
        assert [len(one) for one in documents[1:]] == [20, 20, 20, 20, 21]
        # Each stands where the story stood: the fifth of the month, oldest last; the newest of it.
        assert documents[5][16] == f"urn:uuid:{story_id('s5')}"
        assert documents[3][0] == f"urn:uuid:{story_id('s61')}"
        assert len({one for document in documents for one in document}) == 130
    said = json.loads(await world.body("/archive/2026/10/page/1/feed/json/"))["items"][16]
    assert (said["title"], said["_newswire"]) == ("Withdrawn", {"withdrawn": True})
    assert "Headline s62" in await world.body("/archive/2026/11/page/1/feed/")


async def test_a_month_forgets_a_withdrawn_story_after_thirty_days_and_one_that_came_back_at_once(world: World) -> None:
    await publish(world, 60, 60, 8)
    await publish(world, 1, 45, 10)
    await publish(world, 46, 47, 11)
    months = {7: 10, 8: 10, 46: 11}
    await world.take(*(killed(f"s{one}", one, published_at=at(one, month)) for one, month in months.items()))
    await world.settle()
    first = "/archive/2026/10/page/1/feed/"
    assert (await world.body(first)).count("<title>Withdrawn<") == 2
    assert "Withdrawn" in await world.body("/archive/2026/11/feed/atom/")
    await world.take(enriched("s7", 7, revision=3, action="revive", published_at=at(7, 10), path="/2026/10/02/s7/"))
    await world.settle()
    assert (await world.body(first)).count("<title>Withdrawn<") == 1
    assert "Headline s7<" in await world.body(first)
    # What comes later makes nothing again that lies before it.
    before = await world.bodies()
    await publish(world, 48, 48, 10)
    await world.settle()
    assert (await world.bodies())[first] == before[first]
    world.told.clear()
    await publish(world, 49, 49, 10)
    told = {route.path for event in world.told for route in getattr(event, "routes", ())}
    assert "/archive/2026/10/feed/" in told
    assert first not in told
    await world.settle(hours=24 * 30 + 1)
    for path in (first, "/archive/2026/11/feed/atom/"):
        assert "Withdrawn" not in await world.body(path)


async def test_a_story_that_comes_late_stands_in_its_month(world: World) -> None:
    await publish(world, 1, 40, 9)
    await publish(world, 41, 120, 11)
    await publish(world, 121, 121, 9)
    documents = await walked(world, "atom/")
    assert f"urn:uuid:{story_id('s121')}" in {one for document in documents for one in document}
    assert len({one for document in documents for one in document}) == 121
